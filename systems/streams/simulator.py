"""One run of the topology, simulated: a request as JSON on standard input, its outcome on standard output.

The same spouts, splitters, counters and queues as in topology.py, on simulated cores: each step of a process takes a
core for as long as system.toml says. Sentences, and the counter of each word, are the real ones. The same seed gives
the same numbers. It imports nothing of transferperf, so that it starts fast. Times are in microseconds.
"""

import json
import math
import random
import statistics
import sys
import zlib
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any, NamedTuple

import simpy

RUN, WARM_UP, DRAIN = 400e3, 0.125, 500e3
"""How long spouts emit, the share of it at the start that latency leaves out, and how long the last ones may take."""
MOST_MESSAGES = 1000
"""Messages after which spouts emit no more: what they say is said by then."""

Steps = Generator[simpy.Event, Any, Any]


class Part(NamedTuple):
    """Words of a batch."""

    spout: int
    number: int
    n_words: int


class Message(NamedTuple):
    """Parts, and what they weigh; `words` by counter for what goes to a splitter."""

    parts: list[Part]
    n_bytes: float
    words: tuple[int, ...] = ()


class Simulation:
    """A topology on simulated cores.

    Parameters
    ----------
    costs
        Microseconds of each step, by name, as in system.toml.
    """

    def __init__(
        self, sentences: list[str], asked: dict[str, Any], costs: dict[str, float], n_cores: int, seed: int
    ) -> None:
        self.asked, self.costs, self.chance = asked, costs, random.Random(seed)  # noqa: S311  # no secret
        self.size = min(asked["batch_size"], asked["max_pending"])
        self.by_counter = [self.shares(sentence) for sentence in sentences]
        self.n_bytes = [len(sentence) for sentence in sentences]
        self.word_bytes = sum(self.n_bytes) / sum(map(sum, self.by_counter))
        self.env = simpy.Environment()
        self.cores = simpy.Resource(self.env, n_cores)
        self.splitting = [simpy.Store(self.env, asked["queue_bound"]) for _ in range(asked["splitters"])]
        self.counting = [simpy.Store(self.env, asked["queue_bound"]) for _ in range(asked["counters"])]
        self.acks = [simpy.Store(self.env) for _ in range(asked["spouts"])]
        self.times: list[tuple[float, float]] = []  # of each batch: when it was emitted, and acknowledged
        self.n_messages, self.done, self.last, self.busy = 0, 0, 0.0, 0.0

    def shares(self, sentence: str) -> tuple[int, ...]:
        """How many words of a sentence each counter gets."""
        found = Counter(zlib.crc32(word.encode()) % self.asked["counters"] for word in sentence.split(" "))
        return tuple(found[k] for k in range(self.asked["counters"]))

    def run(self) -> dict[str, Any]:
        """Status, reason, metrics, and what ran."""
        for queue in self.counting:
            self.env.process(self.counter(queue))
        for queue in self.splitting:
            self.env.process(self.splitter(queue))
        spouts = [self.env.process(self.spout(i)) for i in range(self.asked["spouts"])]
        self.env.run(until=self.env.any_of([self.env.all_of(spouts), self.env.timeout(RUN + DRAIN)]))
        if not self.times:
            return {"status": "failed", "reason": "no batch came through in time"}
        warm = WARM_UP * max(emitted for emitted, _ in self.times)
        latencies = sorted(done - emitted for emitted, done in self.times if emitted >= warm)
        values = {
            "latency_ms": statistics.fmean(latencies) / 1e3,
            "latency_p99_ms": latencies[math.ceil(0.99 * len(latencies)) - 1] / 1e3,
            "throughput": 1e6 * self.done / self.last,
            "cpu_us": self.busy / self.done,
        }
        return {"status": "ok", "values": values, "configuration": {**self.asked, "batch_size": self.size}}

    def spout(self, i: int) -> Steps:
        """Emits batches while its window has room; ends when all are acknowledged."""
        unfinished: dict[int, list[float]] = {}  # batch -> when it was emitted, words to come
        number, n = 0, len(self.n_bytes)
        while self.env.now < RUN and self.n_messages < MOST_MESSAGES:
            while self.acks[i].items:
                yield from self.take(i, unfinished)
            if (len(unfinished) + 1) * self.size > self.asked["max_pending"]:
                yield from self.take(i, unfinished)
                continue
            batch = [k % n for k in range(i * 97 + number * self.size, i * 97 + (number + 1) * self.size)]
            words = tuple(map(sum, zip(*(self.by_counter[k] for k in batch), strict=True)))
            message = Message([Part(i, number, sum(words))], sum(self.n_bytes[k] for k in batch), words)
            unfinished[number] = [self.env.now, sum(words)]
            emitting = self.costs["emit"] + self.costs["emit_sentence"] * self.size
            yield from self.work(emitting + self.encoding(message, self.size) + self.costs["put"])
            yield self.splitting[(i + number) % len(self.splitting)].put(message)
            self.n_messages += 1
            number += 1
        while unfinished:
            yield from self.take(i, unfinished)

    def take(self, i: int, unfinished: dict[int, list[float]]) -> Steps:
        """Take the next acknowledgement."""
        places = yield from self.get(self.acks[i])
        yield from self.work(self.costs["get"])
        for number, n_words in places:
            unfinished[number][1] -= n_words
            if unfinished[number][1] > 0:
                continue
            emitted, _ = unfinished.pop(number)
            self.last = self.env.now
            self.done += self.size
            self.times.append((emitted, self.env.now))

    def splitter(self, queue: simpy.Store) -> Steps:
        """Gathers words for each counter until they are many enough, or old."""
        gathered: list[dict[tuple[int, int], int]] = [{} for _ in self.counting]
        oldest, wait = math.inf, 1e3 * self.asked["flush_ms"]
        while True:
            message = yield from self.get(queue, oldest + wait)
            if message is not None:
                n_words = sum(message.words)
                splitting = self.costs["split"] + self.costs["split_word"] * n_words
                yield from self.work(self.costs["get"] + self.decoding(message, self.size) + splitting)
                for part, (k, n) in ((part, share) for part in message.parts for share in enumerate(message.words)):
                    if n:
                        gathered[k][part.spout, part.number] = n
                oldest = min(oldest, self.env.now)
            is_due = message is None or self.env.now >= oldest + wait
            for k, parts in enumerate(gathered):
                if parts and sum(parts.values()) >= (1 if is_due else self.asked["flush_words"]):
                    gathered[k] = {}
                    yield from self.send(k, [Part(*place, n) for place, n in parts.items()])
            if not any(gathered):
                oldest = math.inf

    def send(self, k: int, parts: list[Part]) -> Steps:
        """Send words to a counter."""
        n_words = sum(part.n_words for part in parts)
        message = Message(parts, n_words * self.word_bytes)
        yield from self.work(self.encoding(message, n_words) + self.costs["put"])
        yield self.counting[k].put(message)
        self.n_messages += 1

    def counter(self, queue: simpy.Store) -> Steps:
        """Counts words, and acknowledges them to their spouts."""
        while True:
            message = yield from self.get(queue)
            n_words = sum(part.n_words for part in message.parts)
            counting = self.costs["count"] + self.costs["count_word"] * n_words
            yield from self.work(self.costs["get"] + self.decoding(message, n_words) + counting)
            for spout in dict.fromkeys(part.spout for part in message.parts):
                yield from self.work(self.costs["ack"])
                places = [(part.number, part.n_words) for part in message.parts if part.spout == spout]
                yield self.acks[spout].put(places)

    def get(self, queue: simpy.Store, until: float = math.inf) -> Steps:
        """The next message; None where none came in time. Who had to wait has to be woken."""
        if queue.items:
            return (yield queue.get())
        if until <= self.env.now:
            return None
        waiting = queue.get()
        if until < math.inf:
            yield waiting | self.env.timeout(until - self.env.now)
            if not waiting.triggered:
                waiting.cancel()
                return None
        message = yield waiting
        yield self.env.timeout(self.costs["wake"])
        yield from self.work(self.costs["switch"])
        return message

    def work(self, cost: float) -> Steps:
        """Take a core for so long, more or less."""
        taken = cost * self.chance.lognormvariate(0.0, self.costs["jitter"])
        with self.cores.request() as core:
            yield core
            yield self.env.timeout(taken)
        self.busy += taken

    def encoding(self, message: Message, n_texts: int) -> float:
        """Microseconds of making a message of so many texts."""
        return self.transcoding("encode", message, n_texts) + self.asked["compression"] * (
            self.costs["compress"] + self.costs["compress_byte"] * message.n_bytes
        )

    def decoding(self, message: Message, n_texts: int) -> float:
        """Microseconds of reading it."""
        return self.transcoding("decode", message, n_texts) + self.asked["compression"] * (
            self.costs["decompress"] + self.costs["decompress_byte"] * message.n_bytes
        )

    def transcoding(self, step: str, message: Message, n_texts: int) -> float:
        """Without compression: each part costs something, too, as its words are a list of their own."""
        step = f"{step}_{self.asked['format']}"
        return self.costs[step] + self.costs[f"{step}_text"] * (n_texts + 2 * len(message.parts))


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    if request["configuration"]["format"] not in {"json", "pickle", "text"}:
        answer: dict[str, Any] = {"status": "invalid", "reason": "there is no such format"}
    else:
        sentences = Path(request["path"]).read_text(encoding="ascii").splitlines()
        costs = {name: float(cost) for name, cost in request["costs"].items()}
        answer = Simulation(sentences, request["configuration"], costs, request["n_cores"], request["seed"]).run()
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
