"""Publishes the outboxes of an `AggregateStore`, in order within an aggregate, and removes what the broker acknowledged.

Any number of relays may run: an aggregate is leased by the store's clock. A relay that dies leaves its lease to run out;
what it had published but not yet removed is published again with the same event id.
"""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime
from typing import Any

from shared import failpoints
from shared.backoff import retrying
from shared.clock import now
from shared.messaging.finishing import finishing
from shared.messaging.publisher import BrokerUnavailable, OutgoingRecord, Publisher
from shared.store import AggregateStore, StoreUnavailable
from shared.telemetry.logs import get
from shared.telemetry.metrics import Metrics

log = get(__name__)

_PENDING = {"outbox.0.at": {"$exists": True}}
_FREE = {"$expr": {"$lt": [{"$ifNull": ["$lease.until", datetime(2000, 1, 1, tzinfo=UTC)]}, "$$NOW"]}}


class OutboxRelay:
    """Polls for unpublished events; `wake` makes it look at once.

    Args:
        batch: aggregates leased at a time.
        idle_seconds: the longest pause between two looks.
        lease_seconds: how long another relay leaves alone what this one leased and did not finish.
    """

    def __init__(
        self,
        aggregates: AggregateStore,
        publisher: Publisher,
        metrics: Metrics,
        *,
        batch: int = 200,
        idle_seconds: float = 0.25,
        lease_seconds: float = 30,
    ) -> None:
        self._collection = aggregates.collection
        self._publisher = publisher
        self._metrics = metrics
        self._batch = batch
        self._idle = idle_seconds
        self._lease_ms = round(lease_seconds * 1000)
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look for work now. The next poll would find it too; this shortens the wait."""
        self._woken.set()

    async def run(self) -> None:
        """Relay for ever. Outages of store and broker are waited out."""
        while True:
            self._woken.clear()
            moved = 0
            async for attempt in retrying((StoreUnavailable, BrokerUnavailable), first=0.5, longest=5, notice=self._waiting):
                with attempt:
                    moved = await self.relay_once()
            if moved == 0:
                try:
                    # Not wait_for: before Python 3.12 it loses a cancellation that meets the event being set.
                    async with asyncio.timeout(self._idle):
                        await self._woken.wait()
                except TimeoutError:
                    continue

    def _waiting(self, error: Exception) -> None:
        log.warning("outbox waits", collection=self._collection.name, for_=str(error)[:200])

    async def relay_once(self) -> int:
        """Publish what one lease holds; the number of events that are now safe on their topics."""
        token = uuid.uuid4().hex
        found = await self._collection.find_list(
            {**_PENDING, **_FREE}, projection={"_id": 1}, sort=[("outbox.0.at", 1)], limit=self._batch
        )
        if not found:
            return 0
        ids = [document["_id"] for document in found]
        until = {"$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": self._lease_ms}}
        try:
            await finishing(
                self._collection.update_many(
                    {"_id": {"$in": ids}, **_FREE}, [{"$set": {"lease": {"token": token, "until": until}}}]
                )
            )
            leased = await self._collection.find_list({"_id": {"$in": ids}, "lease.token": token}, projection={"outbox": 1})
            return await self._publish(leased, token)
        except (BrokerUnavailable, asyncio.CancelledError):
            # A service that is stopped in the middle must not make its successor wait for the lease to run out.
            await self._release(ids, token)
            raise

    async def _publish(self, leased: list[dict[str, Any]], token: str) -> int:
        entries = [(document["_id"], entry) for document in leased for entry in document["outbox"]]
        failpoints.hit("relay.before-publish")
        safe = await self._publisher.publish([_record(entry) for _, entry in entries])
        failpoints.hit("relay.published")
        done: dict[Any, list[str]] = {document["_id"]: [] for document in leased}
        for aggregate_id, entry in entries[:safe]:
            done[aggregate_id].append(entry["id"])
        await self._collection.bulk_update(
            (
                {"_id": aggregate_id, "lease.token": token},
                {"$pull": {"outbox": {"id": {"$in": entry_ids}}}, "$unset": {"lease": ""}},
            )
            for aggregate_id, entry_ids in done.items()
        )
        failpoints.hit("relay.removed")
        if safe < len(entries):
            raise BrokerUnavailable(f"{len(entries) - safe} of {len(entries)} events not acknowledged")
        return safe

    async def _release(self, ids: list[Any], token: str) -> None:
        await self._collection.update_many({"_id": {"$in": ids}, "lease.token": token}, {"$unset": {"lease": ""}})

    async def measure(self) -> None:
        """Set the gauges of depth and age."""
        name = self._collection.name
        self._metrics.outbox_depth.labels(name).set(await self._collection.count(_PENDING))
        oldest = await self._collection.find_one(_PENDING, projection={"outbox": {"$slice": 1}}, sort=[("outbox.0.at", 1)])
        age = (now() - oldest["outbox"][0]["at"]).total_seconds() if oldest else 0.0
        self._metrics.outbox_age.labels(name).set(max(0.0, age))


def _record(entry: dict[str, Any]) -> OutgoingRecord:
    return OutgoingRecord(
        topic=entry["topic"],
        key=entry["key"].encode(),
        value=bytes(entry["value"]),
        headers=[(name, value.encode()) for name, value in entry["headers"].items()],
    )
