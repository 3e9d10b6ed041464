"""What zstd is given: `corpus.py KIND BYTES FILE` writes so many bytes of a kind, the same in every run."""

import itertools
import json
import random
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

SYLLABLES = ("ka", "re", "to", "min", "sol", "ve", "li", "dor", "an", "pu", "est", "ior", "qua", "ber", "ni", "tra")
SERVICES = ("gateway", "billing", "search", "login", "catalogue", "mailer")
EVENTS = (
    "request {id:08x} from 10.{a}.{b}.{c} took {t} ms",
    "connection to shard-{a} lost, retry {b} of 5 in {t} ms",
    "cache hit ratio 0.{t:03d} over {c} keys",
    "user {id:08x} signed in from 10.{a}.{b}.{c}",
)
CITIES = ("Lisbon", "Oslo", "Quito", "Hanoi", "Accra", "Perth", "Turin", "Osaka")


def text(chance: random.Random) -> Iterator[bytes]:
    """Sentences of words as frequent as Zipf says, and now and then a phrase from before."""
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(6000)]
    up_to = list(itertools.accumulate(1 / (k + 2) for k in range(len(words))))
    phrases: list[str] = []
    while True:
        phrases.append(" ".join(chance.choices(words, cum_weights=up_to, k=chance.randint(3, 10))))
        said = chance.choice(phrases) if chance.random() < 0.2 else phrases[-1]
        yield f"{said.capitalize()}. ".encode()


def logs(chance: random.Random) -> Iterator[bytes]:
    """Lines of a few forms, with times that rise."""
    milliseconds = 0
    while True:
        milliseconds += chance.randint(0, 300)
        numbers = {name: chance.randint(0, 255) for name in "abc"}
        event = chance.choices(EVENTS, (8, 1, 2, 3))[0].format(
            id=chance.getrandbits(18) * 4099, t=int(chance.expovariate(0.02)), **numbers
        )
        second, level = milliseconds // 1000, "INFO" if chance.random() < 0.9 else "WARN"
        clock = f"{second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}.{milliseconds % 1000:03d}"
        yield f"2026-03-01T{clock}Z {level} {chance.choice(SERVICES)} {event}\n".encode()


def binary(chance: random.Random) -> Iterator[bytes]:
    """Records of counters that rise, readings that drift, and flags that seldom change."""
    reading, flags, i = 20.0, 0, 0
    while True:
        i += 1
        reading += chance.gauss(0, 0.05)
        flags ^= (1 << chance.randrange(16)) if chance.random() < 0.02 else 0
        yield struct.pack("<IHHfh", i * 40, flags, i % 17, round(reading, 2), int(chance.gauss(0, 30)))


def records(chance: random.Random) -> Iterator[bytes]:
    """JSON with the same keys in every line."""
    i = 0
    while True:
        i += chance.randint(1, 9)
        price = round(chance.lognormvariate(3, 1), 2)
        tags = chance.sample(SYLLABLES, chance.randint(0, 4))
        row = {"id": i, "city": chance.choice(CITIES), "price": price, "paid": chance.random() < 0.8, "tags": tags}
        yield json.dumps(row).encode() + b"\n"


KINDS = {"text": text, "logs": logs, "binary": binary, "json": records}


def corpus(kind: str, size: int) -> bytes:
    """So many bytes of a kind."""
    parts, have = [], 0
    for part in KINDS[kind](random.Random(f"{kind} corpus")):  # noqa: S311  # content, no secret
        parts.append(part)
        have += len(part)
        if have >= size:
            break
    return b"".join(parts)[:size]


if __name__ == "__main__":
    Path(sys.argv[3]).write_bytes(corpus(sys.argv[1], int(sys.argv[2])))
