"""A sweep over a store with so many open clocks, of which a fixed number is due: what it costs and whether it was right."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry

from services.workflow.background.timer_sweep import Sweeper
from services.workflow.case.commands import Receive
from services.workflow.case.decide import decide
from services.workflow.change import Change, change
from services.workflow.executor import Executor
from services.workflow.rulebook.load import shipped
from services.workflow.store import Cases
from shared.calendar.holidays import published
from shared.events.codes import Channel, Kind
from shared.events.envelope import Envelope
from shared.events.feedback import FeedbackReceived
from shared.events.outgoing import Cause
from shared.events.sealed import Sealed
from shared.ids import feedback_id
from shared.references import reference
from shared.store import Collection, FindCost

RECEIVED = date(2024, 4, 8)
AT = datetime(2024, 4, 20, 11, tzinfo=UTC)
"""When the sweep runs: the acknowledgements of what was received then are over, and no other clock of it."""
_BULK = 10_000


@dataclass(frozen=True)
class Measured:
    """One sweep until nothing is due. `cost` is of its first look; seconds are by the wall and of this process's CPU."""

    open_clocks: int
    due: int
    cost: FindCost
    looks: int
    wall: float
    cpu: float
    events: dict[str, int]

    @property
    def keys_per_due(self) -> float:
        return self.cost.keys_examined / self.cost.returned

    @property
    def documents_per_due(self) -> float:
        return self.cost.documents_examined / self.cost.returned


async def measure(collection: Collection, *, open_clocks: int, due: int, batch: int = 200) -> Measured:
    """Fill an empty collection, sweep it, and check what came of it.

    Raises:
        AssertionError: a due case did not publish just what it had to, or one that was not due was touched.
    """
    cases = Cases(collection, shipped(), published())
    await cases.prepare()
    await _fill(collection, open_clocks - due)
    made = [_case(n) for n in range(due)]
    for n in range(0, due, 500):
        await cases.create_many(made[n : n + 500])
    cost = await cases.due_cost(AT, batch)
    sweeper = Sweeper(cases, Executor(cases, lambda: None), CollectorRegistry(), clock=lambda: AT, batch=batch)
    wall, cpu, looks = time.perf_counter(), time.process_time(), 0
    while await sweeper.sweep():
        looks += 1
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    events = await _check(cases, collection, made, open_clocks - due)
    return Measured(open_clocks, due, cost, looks, wall, cpu, events)


async def _fill(collection: Collection, count: int) -> None:
    """Open cases whose clocks have something to publish later: the fields that the store is asked by, and no history."""
    first = AT + timedelta(days=1)
    for start in range(0, count, _BULK):
        await collection.insert_many([_waiting(n, first) for n in range(start, min(start + _BULK, count))])


def _waiting(n: int, first: datetime) -> dict[str, Any]:
    day = RECEIVED + timedelta(days=n % 14)
    return {
        "_id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"waiting-{n}")),
        "version": 1,
        "outbox": [],
        "reference": f"waiting-{n}",
        "status": "open",
        "state": "stage-1-received",
        "procedure": "corporate",
        "stage": "stage-1",
        "kind": "complaint",
        "received_on": day.isoformat(),
        "due_on": (day + timedelta(days=30)).isoformat(),
        "clocks": ["corporate|stage-1-response|due"],
        "timer_at": first + timedelta(seconds=n % 2_000_000),
        "timer_failures": 0,
    }


def _case(n: int) -> Change:
    fid = feedback_id("benchmark", str(n))
    at = datetime(RECEIVED.year, RECEIVED.month, RECEIVED.day, 11, tzinfo=UTC)
    data = FeedbackReceived(
        feedback_id=fid,
        reference=reference(fid),
        kind=Kind.COMPLAINT,
        channel=Channel.WEB,
        received_at=at,
        received_on=RECEIVED,
        sealed=Sealed(key_id=fid, nonce="bm9uY2U=", ciphertext="Y2lwaGVy"),
    )
    envelope = Envelope(
        id=uuid.uuid5(fid, "received"),
        source="benchmark",
        time=at,
        recorded_at=at,
        subject=str(fid),
        data=data,
        correlation_id="benchmark",
        sequence=1,
    )
    return change(None, decide(None, Receive(envelope), shipped(), at, published()), at, Cause("benchmark"))


async def _check(cases: Cases, collection: Collection, made: list[Change], waiting: int) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for item in made:
        history = await cases.history(str(item.after.case.case_id)) or []
        mine = [entry["type"] for entry in history[1:]]
        assert mine == ["redress.case.clock-due-soon.v1", "redress.case.clock-breached.v1"], mine
        assert all(entry["data"]["late"] for entry in history[1:])
        counts.update(mine)
    untouched = await collection.count({"timer_at": {"$gt": AT}, "version": 1, "clocks": "corporate|stage-1-response|due"})
    assert untouched == waiting, f"{waiting - untouched} cases that were not due were touched"
    assert (await cases.due_cost(AT, 1)).returned == 0
    return dict(counts)
