"""What several workers on one store measure between them: each thing once, and nothing lost where one of them dies."""

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from transferperf.data.measurement import Measurement
from transferperf.data.store import REMEDY, Store
from transferperf.data.store_rows import CLAIMS, TABLE, insert_rows, measurement_of, rows_of
from transferperf.space import Configuration, Environment

PURPOSE = "measure"
"""What measurements of a queue are made for."""

WAITING = CLAIMS.alias()
FIRST = (
    sa.select(WAITING.c.id)
    .where(WAITING.c.system == sa.bindparam("the_system"), WAITING.c.place == sa.bindparam("the_place"))
    .where(WAITING.c.worker.is_(None), WAITING.c.measurement_id.is_(None))
    .order_by(WAITING.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
TAKE = (
    sa.update(CLAIMS)
    .where(CLAIMS.c.id == FIRST.scalar_subquery(), CLAIMS.c.worker.is_(None))
    .values(worker=sa.bindparam("the_worker"), beat=CLAIMS.c.beat + 1)
    .returning(CLAIMS.c.id, CLAIMS.c.configuration)
)
"""One statement, so that two workers never take the same; who finds the first one locked takes the second."""

RECORD = (
    sa.update(CLAIMS)
    .where(CLAIMS.c.id == sa.bindparam("the_id"), CLAIMS.c.worker == sa.bindparam("the_worker"))
    .where(CLAIMS.c.measurement_id.is_(None))
    .values(measurement_id=sa.bindparam("the_measurement"), beat=CLAIMS.c.beat + 1)
)
"""What came of a claim, where the worker still holds it."""

PLACES = (
    sa.select(CLAIMS.c.place)
    .where(CLAIMS.c.system == sa.bindparam("the_system"))
    .where(CLAIMS.c.worker.is_(None), CLAIMS.c.measurement_id.is_(None))
    .group_by(CLAIMS.c.place)
    .order_by(sa.func.min(CLAIMS.c.id))
)
"""Where something waits, in the order in which it was put in."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A configuration that a worker is to measure in an environment, and nobody else meanwhile."""

    id: int
    environment: Environment
    configuration: Configuration


@dataclass(frozen=True, slots=True)
class Pulse:
    """A claim's last sign of life: another beat means that its worker lives; no worker, that it waits for one."""

    id: int
    worker: str | None
    beat: int


@dataclass(frozen=True, slots=True)
class Queue:
    """A system's part of the queue in a store, as one worker sees it.

    Parameters
    ----------
    store
        Shared by all workers.
    system
        Its name.
    worker
        Name of this worker; no two that live at the same time have the same.
    """

    store: Store
    system: str
    worker: str = field(default_factory=lambda: uuid.uuid4().hex)

    def fill(self, wanted: Mapping[Environment, Sequence[Configuration]]) -> None:
        """Put in what is wanted, in its order; what is there or measured already stays as it is.

        Raises
        ------
        StoreError
            As for everything here: where the store cannot be read or written.
        """
        rows = {
            _digest(environment.as_mapping(), configuration): {
                "environment": environment.as_mapping(),
                "place": str(environment),
                "configuration": dict(configuration),
            }
            for environment, configurations in wanted.items()
            for configuration in configurations
        }
        with self.store.saying("could not be written", REMEDY):
            while missing := list(self._missing(rows)):
                try:
                    with self.store.engine.begin() as connection:
                        connection.execute(CLAIMS.insert().returning(CLAIMS.c.id), missing)  # a statement for many rows
                except IntegrityError:  # another worker filled it at the same time
                    continue
                return

    def claim(self, environments: Sequence[Environment], near: Environment | None = None) -> Claim | None:
        """The next thing to measure in one of these environments, from now on this worker's; None where nothing waits.

        What lies in the environment `near` comes first.
        """
        found = self._take(near) if near is not None and near in environments else None
        if found is not None:
            return found
        places = {str(environment): environment for environment in environments}
        with self.store.saying("cannot be read", REMEDY), self.store.engine.connect() as connection:
            waiting = list(connection.scalars(PLACES, {"the_system": self.system}))
        taken = (self._take(places[place]) for place in waiting if place in places)
        return next((claim for claim in taken if claim is not None), None)

    def finish(self, claim: Claim, measurement: Measurement) -> Measurement | None:
        """Record what came of a claim, as in `Store.add`; None, and nothing recorded, where the worker lost it."""
        return self._record(claim, measurement, takes_next=False)[0]

    def exchange(self, claim: Claim, measurement: Measurement) -> tuple[Measurement | None, Claim | None]:
        """The same, and the next thing to measure in that environment: one commit, which waits for the disk."""
        return self._record(claim, measurement, takes_next=True)

    def beat(self) -> None:
        """Say that this worker lives."""
        self._change(*self._mine, beat=CLAIMS.c.beat + 1)

    def release(self) -> None:
        """Give back what this worker holds."""
        self._change(*self._mine, worker=None)

    def pulses(self, environments: Sequence[Environment]) -> set[Pulse]:
        """The last signs of life for what is not measured yet in these environments."""
        unmeasured = sa.select(CLAIMS.c.id, CLAIMS.c.worker, CLAIMS.c.beat).where(
            CLAIMS.c.system == self.system,
            CLAIMS.c.place.in_([str(environment) for environment in environments]),
            CLAIMS.c.measurement_id.is_(None),
        )
        with self.store.saying("cannot be read", REMEDY), self.store.engine.connect() as connection:
            return {Pulse(*row) for row in connection.execute(unmeasured)}

    def take_back(self, dead: Pulse) -> None:
        """Let others measure what a worker holds, unless it has given a sign of life since."""
        gone = (CLAIMS.c.id == dead.id, CLAIMS.c.worker == dead.worker, CLAIMS.c.beat == dead.beat)
        self._change(*gone, CLAIMS.c.measurement_id.is_(None), worker=None)

    def counts(self) -> tuple[int, int]:
        """How many are measured, and how many there are."""
        query = sa.select(sa.func.count(CLAIMS.c.measurement_id), sa.func.count()).where(CLAIMS.c.system == self.system)
        with self.store.saying("cannot be read", REMEDY), self.store.engine.connect() as connection:
            n_done, n = connection.execute(query).one()
        return n_done, n

    def _record(
        self, claim: Claim, measurement: Measurement, *, takes_next: bool
    ) -> tuple[Measurement | None, Claim | None]:
        rows = rows_of(self.system, claim.configuration, measurement, PURPOSE)
        with self.store.saying("could not be written", REMEDY), self.store.engine.connect() as connection:
            first_id = insert_rows(connection, rows)
            what = {"the_id": claim.id, "the_worker": self.worker, "the_measurement": first_id}
            if connection.execute(RECORD, what).rowcount == 0:
                return None, None  # without a commit nothing was inserted
            following = self._take_by(connection, claim.environment) if takes_next else None
            connection.commit()
        return measurement_of(rows), following

    def _take(self, environment: Environment) -> Claim | None:
        with self.store.saying("could not be written", REMEDY), self.store.engine.begin() as connection:
            return self._take_by(connection, environment)

    def _take_by(self, connection: sa.Connection, environment: Environment) -> Claim | None:
        what = {"the_system": self.system, "the_place": str(environment), "the_worker": self.worker}
        found = connection.execute(TAKE, what).one_or_none()
        return None if found is None else Claim(found.id, environment, found.configuration)

    @property
    def _mine(self) -> tuple[sa.ColumnElement[bool], ...]:
        return (CLAIMS.c.system == self.system, CLAIMS.c.worker == self.worker, CLAIMS.c.measurement_id.is_(None))

    def _change(self, *which: sa.ColumnElement[bool], **values: Any) -> None:
        with self.store.saying("could not be written", REMEDY), self.store.engine.begin() as connection:
            connection.execute(sa.update(CLAIMS).where(*which).values(**values))

    def _missing(self, rows: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """The claims that are not in the queue; of what was measured without it, with the measurement."""
        known = sa.select(CLAIMS.c.digest).where(CLAIMS.c.system == self.system)
        kept = sa.select(TABLE.c.id, TABLE.c.environment, TABLE.c.asked).where(
            TABLE.c.system == self.system, TABLE.c.purpose == PURPOSE, TABLE.c.first_id.is_(None)
        )
        claimed = sa.select(CLAIMS.c.measurement_id).where(CLAIMS.c.measurement_id.is_not(None))
        with self.store.engine.connect() as connection:
            present = set(connection.scalars(known))
            alone = connection.execute(kept.where(TABLE.c.id.not_in(claimed)))
            measured = {_digest(environment, asked): first_id for first_id, environment, asked in alone}
        for digest, row in rows.items():
            if digest not in present:
                found = measured.get(digest)
                yield {**row, "system": self.system, "digest": digest, "beat": 0, "measurement_id": found}


def _digest(environment: Mapping[str, str], configuration: Configuration) -> str:
    """What two claims for the same thing have in common."""
    text = json.dumps([dict(environment), dict(configuration)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
