"""A reporting process that has folded what a test published, for tests that need an address."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.reporting.rig import Rig, until


@asynccontextmanager
async def reporting(
    rig: Rig, port: int, log: Path, *, year: str, wanted: Mapping[str, int]
) -> AsyncIterator[str]:
    """Its address, from when the figures of the year are the wanted ones until the block ends."""
    env = {"PATH": os.environ["PATH"], **rig.env, "REDRESS_PORT": str(port), "REDRESS_LINKS": json.dumps({})}
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.reporting", env=env, stderr=out
        )
    url = f"http://127.0.0.1:{port}"

    async def folded() -> bool:
        async with httpx.AsyncClient(trust_env=False) as http:
            try:
                answer = await http.get(f"{url}/api/v1/annual", params={"year": year})
            except httpx.TransportError:
                return False
            figures = answer.json().get("figures", []) if answer.status_code == 200 else []
            found = {figure["id"]: figure["value"] for figure in figures}
            return all(found.get(name) == value for name, value in wanted.items())

    try:
        await until(folded)
        yield url
    finally:
        process.terminate()
        await process.wait()
