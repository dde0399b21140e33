"""One service as a process of its own, with the settings of an installation that a test made."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import SecretStr
from pydantic_core import to_jsonable_python

from deploy.local.ports import free_port
from shared.settings import Settings
from tests.waiting import PATIENCE


@dataclass
class Process:
    url: str
    process: asyncio.subprocess.Process
    log: Path

    async def ended(self) -> int:
        """Its exit code, when it has ended by itself."""
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    async def until(self, status: int, path: str = "/readyz") -> httpx.Response:
        """The first answer of this status."""
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=PATIENCE) as http:
            while True:
                try:
                    answer = await http.get(path)
                    if answer.status_code == status:
                        return answer
                except httpx.HTTPError:
                    assert self.process.returncode is None, self.log.read_text()
                await asyncio.sleep(0.05)


@asynccontextmanager
async def process(service: str, settings: Settings, log: Path, **env: str) -> AsyncIterator[Process]:
    """`python -m services.NAME` until the block ends, on a free port unless `env` names one.

    Args:
        settings: those that were given to it reach the process as its environment, and `env` over them.
        log: what its output is appended to.
    """
    own = {**environment(settings), "REDRESS_PORT": str(free_port()), **env}
    with log.open("ab") as out:
        started = await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"services.{service}", env={**os.environ, **own}, stdout=out, stderr=out
        )
    try:
        yield Process(f"http://127.0.0.1:{own['REDRESS_PORT']}", started, log)
    finally:
        if started.returncode is None:
            started.terminate()
            await asyncio.wait_for(started.wait(), 30)


def environment(settings: Settings) -> dict[str, str]:
    """The settings that were given, as a process reads them: by their names, what is no text as JSON."""
    found = {}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        plain = value.get_secret_value() if isinstance(value, SecretStr) else to_jsonable_python(value)
        if plain is not None:
            found[f"REDRESS_{name.upper()}"] = plain if isinstance(plain, str) else json.dumps(plain)
    return found
