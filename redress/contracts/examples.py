"""One record of each event type, as it is written today: made from the fixtures of a checkout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from redress.contracts.errors import ContractError
from shared.events.envelope import decode
from shared.events.outgoing import Outgoing

_FIXTURES = Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "events"


def example(event_type: str) -> dict[str, Any]:
    """The example of a message, with the headers that this release gives it.

    Raises:
        ContractError: the type has no fixture here.
    """
    path = _FIXTURES / f"{event_type}.json"
    try:
        record = json.loads(path.read_text())
    except FileNotFoundError:
        raise ContractError(f"tests/fixtures/events/{path.name} is missing: every event type has one") from None
    headers = [(name, value.encode()) for name, value in record["headers"].items()]
    envelope = decode(headers, json.dumps(record["value"]).encode())
    written = Outgoing("", record.get("key", envelope.subject), envelope)
    return {"name": envelope.data.type, "headers": written.headers(), "payload": json.loads(envelope.value())}
