"""The committed files and what they should hold."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from redress.contracts.asyncapi import describe
from redress.contracts.services import SERVICES, build


def generate() -> dict[str, str]:
    """What each file under docs/ should hold, by its path from there. The same text on every machine.

    Raises:
        ContractError: a service is missing or could not be built, or an event belongs to no topic.
    """
    return asyncio.run(_generate())


async def _generate() -> dict[str, str]:
    built = [build(name) for name in SERVICES]
    files = {"asyncapi.json": _text(describe({b.name: b.consumes for b in built}))}
    for b in built:
        files[f"openapi/{b.name}.json"] = _text(b.app.openapi())
    return files


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
