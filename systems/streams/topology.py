"""One run of the topology as real processes: a request as JSON on standard input, its outcome on standard output.

Spouts emit sentences in batches, splitters take them apart into words, counters count them and acknowledge to the
spout; a word always goes to the same counter. Each is a process. A queue is a socket that keeps messages apart, and a
semaphore bounds it. It imports nothing of transferperf, so that it starts fast. A process that hangs ends by an alarm.
"""

import contextlib
import dataclasses
import functools
import json
import math
import multiprocessing
import os
import pickle
import select
import signal
import socket
import statistics
import struct
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

RUN_S, WARM_UP_S, DRAIN_S, ALARM_S = 0.4, 0.05, 0.5, 5
"""How long spouts emit, which messages at the start are no part of the latency, and how long the last ones may take."""
LARGEST, BUFFER = 1 << 16, 1 << 18
"""Bytes of the largest message, and of all messages that the system keeps for one queue."""
PLACE = struct.Struct("<II")
"""What is acknowledged: the number of a batch, and how many of its words were counted."""

Part = tuple[int, int, list[str]]
"""A spout, the number of a batch that it sent, and sentences or words of it."""


class StopError(Exception):
    """A process was told to end."""


@dataclasses.dataclass(frozen=True, slots=True)
class Queue:
    """Messages from any process to one, at most as many as there are slots."""

    slots: Any
    reader: socket.socket
    writer: socket.socket

    @classmethod
    def of(cls, bound: int) -> "Queue":
        """An empty queue."""
        reader, writer = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        writer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        return cls(multiprocessing.get_context("fork").Semaphore(bound), reader, writer)

    def get(self, wait_s: float | None = None) -> bytes:
        """The next message, which frees its slot; "" where none came in time."""
        if wait_s is not None and not select.select([self.reader], [], [], max(0.0, wait_s))[0]:
            return b""
        message = self.reader.recv(LARGEST)
        self.slots.release()
        return message

    def put(self, message: bytes) -> None:
        """Send as soon as there is a slot."""
        self.slots.acquire()
        self.writer.send(message)


def encode(parts: list[Part], how: str, compressed: int) -> bytes:
    """A message; KeyError where there is no such format."""
    if how == "text":
        message = "\n".join(f"{spout} {number} {'|'.join(texts)}" for spout, number, texts in parts).encode()
    else:
        message = {"json": lambda: json.dumps(parts).encode(), "pickle": lambda: pickle.dumps(parts)}[how]()
    return zlib.compress(message, 1) if compressed else message


def decode(message: bytes) -> tuple[list[Part], str, int]:
    """What a message says, its format, and whether it was compressed: its first byte tells."""
    compressed = int(message[:1] == b"x")
    plain = zlib.decompress(message) if compressed else message
    if plain[:1] == b"\x80":
        return pickle.loads(plain), "pickle", compressed  # noqa: S301  # from our own process
    if plain[:1] == b"[":
        return json.loads(plain), "json", compressed
    heads = (line.split(" ", 2) for line in plain.decode().split("\n"))
    return [(int(spout), int(number), texts.split("|")) for spout, number, texts in heads], "text", compressed


class Spout:
    """Emits sentences while its window has room, and takes the time until all words of a batch are acknowledged."""

    def __init__(self, i: int, sentences: list[str], asked: dict[str, Any], to: list[Queue], acks: Queue) -> None:
        self.i, self.sentences, self.asked, self.to, self.acks = i, sentences, asked, to, acks
        self.size = min(asked["batch_size"], asked["max_pending"])
        self.open: dict[int, list[float]] = {}  # batch -> when it was emitted, words to come
        self.latencies: list[float] = []
        self.done, self.last = 0, 0.0

    def run(self) -> dict[str, Any]:
        """What it measured; a spout ends by itself."""
        start = time.monotonic()
        end, number = start + RUN_S, 0
        while time.monotonic() < end:
            self.take(0.0, start)
            if (len(self.open) + 1) * self.size > self.asked["max_pending"]:
                self.take(end - time.monotonic(), start)
            elif self.emit(number, end, start):
                number += 1
        while self.open and time.monotonic() < end + DRAIN_S:
            self.take(end + DRAIN_S - time.monotonic(), start)
        seen = {"max_pending": self.asked["max_pending"]}
        times = {"latencies": self.latencies, "done": self.done, "start": start, "last": self.last}
        return {"role": "spouts", "seen": seen, **times}

    def emit(self, number: int, end: float, start: float) -> bool:
        """Send one batch; acknowledgements are taken while the queue is full."""
        queue, at = self.to[(self.i + number) % len(self.to)], self.i * 97 + number * self.size
        batch = [self.sentences[k % len(self.sentences)] for k in range(at, at + self.size)]
        words = sum(sentence.count(" ") + 1 for sentence in batch)
        emitted = time.monotonic()
        message = encode([(self.i, number, batch)], self.asked["format"], self.asked["compression"])
        while not queue.slots.acquire(timeout=0.0005):
            self.take(0.0, start)
            if time.monotonic() > end:
                return False
        self.open[number] = [emitted, words]
        queue.writer.send(message)
        return True

    def take(self, wait_s: float, start: float) -> None:
        """Take the acknowledgements that are there; wait for the first of them."""
        while message := self.acks.get(wait_s):
            wait_s = 0.0
            for number, words in PLACE.iter_unpack(message):
                self.open[number][1] -= words
                if self.open[number][1] > 0:
                    continue
                emitted, _ = self.open.pop(number)
                self.last = time.monotonic()
                self.done += self.size
                if emitted >= start + WARM_UP_S:
                    self.latencies.append(self.last - emitted)


class Splitter:
    """Takes sentences apart and gathers words for each counter until they are many enough, or old."""

    def __init__(self, asked: dict[str, Any], queue: Queue, to: list[Queue]) -> None:
        self.asked, self.queue, self.to = asked, queue, to
        self.gathered: list[dict[tuple[int, int], list[str]]] = [{} for _ in to]
        self.n_words = [0] * len(to)
        self.oldest = math.inf
        self.seen = {name: asked[name] for name in ("flush_words", "flush_ms")}
        self.seen["queue_bound"] = queue.slots.get_value()

    def run(self) -> NoReturn:
        """Split until told to end."""
        flush_s = self.asked["flush_ms"] / 1000
        while True:
            is_waiting = self.oldest < math.inf
            message = self.queue.get(self.oldest + flush_s - time.monotonic() if is_waiting else None)
            if message:
                self.split(message)
            if not message or time.monotonic() >= self.oldest + flush_s:
                self.flush(1)
            else:
                self.flush(self.asked["flush_words"])

    def split(self, message: bytes) -> None:
        """Take one message apart."""
        parts, self.seen["format"], self.seen["compression"] = decode(message)
        for spout, number, sentences in parts:
            self.seen["batch_size"] = len(sentences)
            for word in " ".join(sentences).split(" "):
                k = zlib.crc32(word.encode()) % len(self.to)
                self.gathered[k].setdefault((spout, number), []).append(word)
                self.n_words[k] += 1
        self.oldest = min(self.oldest, time.monotonic())

    def flush(self, least: int) -> None:
        """Send what was gathered where it is at least so many words."""
        for k, queue in enumerate(self.to):
            if self.n_words[k] >= least:
                parts = [(spout, number, words) for (spout, number), words in self.gathered[k].items()]
                self.gathered[k], self.n_words[k] = {}, 0
                queue.put(encode(parts, self.asked["format"], self.asked["compression"]))
        if not any(self.n_words):
            self.oldest = math.inf


def count(queue: Queue, acks: list[Queue]) -> NoReturn:
    """A counter: counts words and acknowledges them, until told to end."""
    counted: Counter[str] = Counter()
    while True:
        done: dict[int, list[bytes]] = {}
        for spout, number, words in decode(queue.get())[0]:
            counted.update(words)
            done.setdefault(spout, []).append(PLACE.pack(number, len(words)))
        for spout, places in done.items():
            acks[spout].writer.send(b"".join(places))


def start(role: str, work: Callable[[], dict[str, Any]], seen: dict[str, Any]) -> tuple[int, int]:
    """A process that works until it is done or told to end, and the pipe on which it then says what it saw."""
    reader, writer = os.pipe()
    if pid := os.fork():
        os.close(writer)
        return pid, reader
    report: dict[str, Any] = {"role": role, "seen": seen}
    try:
        signal.signal(signal.SIGTERM, stop)
        signal.alarm(ALARM_S)
        before = time.process_time()
        with contextlib.suppress(StopError):
            report = work()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        report["cpu_s"] = time.process_time() - before
        with os.fdopen(writer, "w", encoding="ascii") as pipe:
            json.dump(report, pipe)
    finally:
        os._exit(0)


def stop(_number: int, _frame: object) -> NoReturn:
    """What a process does that is told to end."""
    raise StopError


def run(sentences: list[str], asked: dict[str, Any]) -> dict[str, Any]:
    """Status, reason, metrics, and what really ran."""
    counting = [Queue.of(asked["queue_bound"]) for _ in range(asked["counters"])]
    splitting = [Queue.of(asked["queue_bound"]) for _ in range(asked["splitters"])]
    acks = [Queue.of(1) for _ in range(asked["spouts"])]
    splitters = [Splitter(asked, queue, counting) for queue in splitting]
    spouts = [Spout(i, sentences, asked, splitting, acks[i]) for i in range(asked["spouts"])]
    started: list[tuple[int, int]] = []
    try:
        started.extend(start("counters", functools.partial(count, queue, acks), {}) for queue in counting)
        started.extend(start("splitters", splitter.run, splitter.seen) for splitter in splitters)
        n_told = len(started)
        started.extend(start("spouts", spout.run, {}) for spout in spouts)
        reports = [told(pipe) for _, pipe in started[n_told:]]
        reports += [told(pipe, pid) for pid, pipe in started[:n_told]]
    finally:
        for pid, _ in started:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return outcome([report for report in reports if report], len(started), asked)


def told(pipe: int, pid: int = 0) -> dict[str, Any]:
    """What a process says at its end; nothing where it was killed. Who just begins to wait may miss being told once."""
    while pid and not select.select([pipe], [], [], 0)[0]:
        os.kill(pid, signal.SIGTERM)
        select.select([pipe], [], [], 0.1)
    with os.fdopen(pipe, encoding="ascii") as lines:
        text = lines.read()
    return json.loads(text) if text else {}


def outcome(reports: list[dict[str, Any]], n_started: int, asked: dict[str, Any]) -> dict[str, Any]:
    """The numbers, from what all processes say."""
    spouts = [report for report in reports if report["role"] == "spouts"]
    latencies = sorted(latency for spout in spouts for latency in spout["latencies"])
    if len(reports) < n_started or not latencies:
        died = f"{n_started - len(reports)} of {n_started} processes died"
        return {"status": "failed", "reason": died if len(reports) < n_started else "no batch came through in time"}
    seen = {name: value for report in reports for name, value in report["seen"].items()}
    roles = Counter(report["role"] for report in reports)
    done = sum(spout["done"] for spout in spouts)
    took_s = max(spout["last"] for spout in spouts) - min(spout["start"] for spout in spouts)
    values = {
        "latency_ms": 1e3 * statistics.fmean(latencies),
        "latency_p99_ms": 1e3 * latencies[math.ceil(0.99 * len(latencies)) - 1],
        "throughput": done / took_s,
        "cpu_us": 1e6 * sum(report["cpu_s"] for report in reports) / done,
    }
    return {"status": "ok", "values": values, "configuration": {**asked, **seen, **roles}}


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    signal.alarm(ALARM_S)
    if request["configuration"]["format"] not in {"json", "pickle", "text"}:
        answer: dict[str, Any] = {"status": "invalid", "reason": "there is no such format"}
    else:
        answer = run(Path(request["path"]).read_text(encoding="ascii").splitlines(), request["configuration"])
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
