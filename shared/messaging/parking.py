"""Dead letters (`parked`): records that could not be handled, with where they came from and why."""

from __future__ import annotations

from typing import Any

from shared.clock import now
from shared.messaging.publisher import OutgoingRecord, Publisher
from shared.telemetry.logs import get

log = get(__name__)


async def park(publisher: Publisher, raw: Any, *, topic: str, group: str, why: str, reason: str) -> None:
    """Publish the raw record on `parked`: key, value and headers as they were, `x-` headers with origin and reason.

    Args:
        raw: the consumer record as the client gave it.
        why: `undecodable`, `refused` or `failed`.
        reason: what was wrong and where, in codes; never a value from the record.

    Raises:
        BrokerUnavailable: it is not safe on `parked`, so the record must be read again.
    """
    origin = {
        "x-origin-topic": topic,
        "x-origin-partition": str(raw.partition),
        "x-origin-offset": str(raw.offset),
        "x-origin-group": group,
        "x-origin-tombstone": "1" if raw.value is None else "0",
        "x-why": why,
        "x-reason": reason[:1000],
        "x-parked-at": now().isoformat(),
    }
    headers = [*raw.headers, *((name, value.encode()) for name, value in origin.items())]
    await publisher.publish_one(OutgoingRecord("parked", raw.key, raw.value or b"", headers))
    log.warning(
        "record parked",
        topic=topic,
        partition=raw.partition,
        offset=raw.offset,
        group=group,
        why=why,
        reason=reason,
    )
