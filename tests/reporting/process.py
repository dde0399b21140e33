"""A reporting process that has folded what a test published, for tests that need an address."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.processes import process
from tests.reporting.rig import Rig
from tests.waiting import PATIENCE, until


@asynccontextmanager
async def reporting(rig: Rig, log: Path, folded: Callable[[httpx.AsyncClient], Awaitable[bool]]) -> AsyncIterator[str]:
    """Its address, from when it is ready and has folded what was to be folded until the block ends."""
    async with process("reporting", rig.settings, log) as running:
        await running.until(200)
        async with httpx.AsyncClient(base_url=running.url, trust_env=False, timeout=PATIENCE) as http:
            await until(lambda: folded(http))
        yield running.url


def shows(year: str, wanted: Mapping[str, int]) -> Callable[[httpx.AsyncClient], Awaitable[bool]]:
    """Whether the figures of the year are the wanted ones."""

    async def folded(http: httpx.AsyncClient) -> bool:
        answer = await http.get("/api/v1/annual", params={"year": year})
        figures = answer.json().get("figures", []) if answer.status_code == 200 else []
        found = {figure["id"]: figure["value"] for figure in figures}
        return all(found.get(name) == value for name, value in wanted.items())

    return folded
