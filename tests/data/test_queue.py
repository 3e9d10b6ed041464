"""The queue in a store: each thing is measured once, by whomever, and nothing is lost with a worker."""

import concurrent.futures
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transferperf.data.measurement import Measurement
from transferperf.data.queue import PURPOSE, Claim, Queue
from transferperf.data.store import Store
from transferperf.space import Configuration, Environment

HERE, THERE = Environment.of({"hardware": "h1"}), Environment.of({"hardware": "h2"})
BOTH = [HERE, THERE]


def design(n: int) -> list[dict[str, int]]:
    """As many configurations."""
    return [{"k": k} for k in range(n)]


def came_of(claim: Claim, time: float = 1.0) -> Measurement:
    """A measurement of a claim."""
    return Measurement(
        configuration=claim.configuration, environment=claim.environment, repeats={"time": (time, time)}, cost_s=0.5
    )


def recorded(store: Store) -> Counter[tuple[str, object]]:
    """How often the store holds each thing."""
    return Counter((measurement.environment.label, asked["k"]) for asked, measurement in store.read("sum"))


actions = st.tuples(st.sampled_from(["claim", "finish", "exchange", "release", "take back", "fill"]), st.integers(0, 2))


@settings(max_examples=25)
@given(st.lists(actions, max_size=25))
def test_whatever_workers_do_each_thing_is_recorded_once(actions: list[tuple[str, int]]) -> None:
    """Three workers claim, finish, give up and take from each other in any order; who comes last finds all the rest."""
    wanted = {HERE: design(2), THERE: design(2)}
    with tempfile.TemporaryDirectory() as folder, Store.open(f"sqlite:///{Path(folder) / 'a.db'}") as store:
        queues = [Queue(store, "sum") for _ in range(3)]
        queues[0].fill(wanted)
        held: list[Claim | None] = [None] * 3
        n_recorded = 0
        for action, who in actions:
            queue, claim = queues[who], held[who]
            if action == "claim" and claim is None:
                held[who] = queue.claim(BOTH)
            elif action in ("finish", "exchange") and claim is not None:
                came = came_of(claim)
                kept, held[who] = (
                    (queue.finish(claim, came), None) if action == "finish" else queue.exchange(claim, came)
                )
                n_recorded += kept is not None
            elif action == "release":
                queue.release()
                held[who] = None
            elif action == "take back":
                for pulse in queue.pulses(BOTH):
                    queue.take_back(pulse)
            elif action == "fill":
                queue.fill(wanted)
        assert recorded(store).total() == n_recorded == queues[0].counts()[0]
        for pulse in queues[0].pulses(BOTH):
            queues[0].take_back(pulse)
        while claim := queues[0].claim(BOTH):
            queues[0].finish(claim, came_of(claim))
        assert recorded(store) == Counter((e.label, k) for e in BOTH for k in range(2))
        assert queues[0].counts() == (4, 4)


def test_a_claim_is_what_was_put_in_and_in_its_order(store_url: str) -> None:
    """Values keep their type; what lies near comes first, and only the environments that are asked for come at all."""
    values: Configuration = {"k": 1, "share": 1.0, "fast": True, "größe": "1"}
    with Store.open(store_url) as store:
        queue = Queue(store, "sum")
        queue.fill({HERE: [values, {"k": 2}], THERE: [{"k": 3}, {"k": 4}]})
        Queue(store, "product").fill({HERE: [{"k": 5}]})
        first = queue.claim(BOTH)
        assert first is not None
        assert [(type(v), v) for v in first.configuration.values()] == [(type(v), v) for v in values.values()]
        assert first.environment is HERE
        rest = [queue.claim(BOTH, THERE), queue.claim([HERE], THERE), queue.claim([HERE]), queue.claim(BOTH)]
        assert [claim and claim.configuration["k"] for claim in rest] == [3, 2, None, 4]


def test_workers_that_fill_and_claim_at_once_share(store_url: str) -> None:
    """Eight at once open, fill and empty one queue: nothing twice in it, nothing claimed twice, nothing left."""

    def measure_all(_: int) -> list[Claim]:
        claims = []
        with Store.open(store_url) as store:
            queue = Queue(store, "sum")
            queue.fill({HERE: design(5), THERE: design(5)})
            while claim := queue.claim(BOTH):
                following: Claim | None = claim
                while following is not None:
                    claims.append(following)
                    kept, following = queue.exchange(following, came_of(following))
                    assert kept is not None
        return claims

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        claims = [claim.id for found in threads.map(measure_all, range(8)) for claim in found]
    with Store.open(store_url) as store:
        assert len(claims) == len(set(claims)) == 10
        assert recorded(store) == Counter((e.label, k) for e in BOTH for k in range(5))
        assert all(measurement.n_repeats == 2 for _, measurement in store.read("sum"))


def test_what_a_silent_worker_held_is_measured_by_another(store_url: str) -> None:
    """Once taken back it is another's; who held it and wakes up records nothing, and one that beats keeps its own."""
    with Store.open(store_url) as store:
        silent, other = Queue(store, "sum"), Queue(store, "sum")
        silent.fill({HERE: design(1)})
        lost = silent.claim(BOTH)
        (before,) = other.pulses(BOTH)
        silent.beat()
        other.take_back(before)
        assert other.claim(BOTH) is None
        (now,) = other.pulses(BOTH)
        assert (now.worker, now.beat > before.beat) == (silent.worker, True)
        other.take_back(now)
        claim = other.claim(BOTH)
        assert lost is not None
        assert claim is not None
        assert silent.finish(lost, came_of(lost, 8.0)) is None
        assert silent.exchange(lost, came_of(lost, 8.0)) == (None, None)
        assert other.finish(claim, came_of(claim, 2.0)) == came_of(claim, 2.0)
        assert silent.finish(lost, came_of(lost, 8.0)) is None
        assert [measurement.mean("time") for _, measurement in store.read("sum")] == [2.0]


@pytest.mark.parametrize("purpose", [PURPOSE, "tune"])
def test_what_was_measured_for_a_design_before_is_not_measured_again(store_url: str, purpose: str) -> None:
    """A store whose measurements came from a file, too; what a tuner measured has another number of repeats."""
    with Store.open(store_url) as store:
        claim = Claim(0, HERE, {"k": 1})
        store.add("sum", {"k": 1}, came_of(claim), purpose=purpose)
        queue = Queue(store, "sum")
        queue.fill({HERE: design(3)})
        assert queue.counts() == ((1, 3) if purpose == PURPOSE else (0, 3))
