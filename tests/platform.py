"""The four services as real processes over real sockets, on topics and databases of one test."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from deploy.local.child import Child
from deploy.local.ports import free_port
from tests.waiting import PATIENCE

SERVICES = ("intake", "workflow", "learning", "reporting")
TOKEN = "a-token-for-tests"
STAFF = {
    hashlib.sha256(TOKEN.encode()).hexdigest(): {
        "id": "officer-1",
        "roles": ["officer", "manager", "reporting", "operator", "import"],
    },
    hashlib.sha256(b"second").hexdigest(): {"id": "officer-2", "roles": ["officer", "manager"]},
}
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@dataclass
class Platform:
    """Starts, kills and asks the services. `env` is what all of them get; `children` may hold more than one of a kind."""

    folder: Path
    env: dict[str, str]
    ports: dict[str, int]
    mail_in: int
    children: dict[str, Child] = field(default_factory=dict)
    http: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=PATIENCE, trust_env=False, headers=HEADERS))

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def start(self, name: str, *, service: str | None = None, **extra: str) -> None:
        """Start a service; `service` names it when `name` is a second instance."""
        self.ports.setdefault(name, free_port())
        env = {
            **self.env,
            "REDRESS_PORT": str(self.ports[name]),
            "REDRESS_INSTANCE": name,
            "REDRESS_KILL_FILE": str(self._kill_file(name)),
            **extra,
        }
        if name not in SERVICES and service == "intake":
            env["REDRESS_MAIL_PORT"] = str(free_port())
        child = Child(
            name,
            [sys.executable, "-P", "-m", f"services.{service or name}"],
            self.folder / f"{name}.log",
            env=env,
        )
        self.children[name] = child
        child.start()

    def kill(self, name: str) -> None:
        """kill -9, and wait until it is gone."""
        child = self.children[name]
        if child.pid is not None and child.running():
            os.kill(child.pid, signal.SIGKILL)
        child._process.wait(10)

    def arm(self, name: str, point: str) -> None:
        """Let a running service kill itself when it next gets to a named point of its code."""
        draft = self.folder / f"{name}.arming"
        draft.write_text(point)
        draft.rename(self._kill_file(name))

    def disarm(self, name: str) -> None:
        self._kill_file(name).unlink(missing_ok=True)

    def _kill_file(self, name: str) -> Path:
        return self.folder / f"{name}.kill"

    def running(self, name: str) -> bool:
        return self.children[name].running()

    async def died(self, name: str, within: float = PATIENCE) -> None:
        """Wait until a process has killed itself at its failpoint."""
        async with asyncio.timeout(within):
            while self.running(name):
                await asyncio.sleep(0.02)
        assert self.children[name].exit_code() == -signal.SIGKILL, self.children[name].tail()

    async def ready(self, *names: str, within: float = PATIENCE) -> None:
        for name in names or tuple(self.children):
            try:
                async with asyncio.timeout(within):
                    while True:
                        try:
                            if (await self.http.get(f"{self.url(name)}/readyz")).status_code == 200:
                                break
                        except httpx.TransportError:
                            assert self.running(name), f"{name} ended: {self.children[name].tail()}"
                        await asyncio.sleep(0.1)
            except TimeoutError:
                raise AssertionError(f"{name} is not ready; its log ends:\n{self.children[name].tail()}") from None

    async def until(self, ask: Any, within: float = PATIENCE) -> Any:
        """The first true answer of the coroutine function `ask`; errors of the connection are waited out."""
        last = None
        async with asyncio.timeout(within):
            while True:
                try:
                    last = await ask()
                    if last:
                        return last
                except httpx.TransportError:
                    last = None
                await asyncio.sleep(0.1)

    async def complain(self, key: str | None = None, **fields: Any) -> httpx.Response:
        body = {
            "kind": "complaint",
            "narrative": "The bin was not collected for three weeks and nobody returned my calls.",
            "name": "A Resident",
            "email": "resident@example.org",
            "service_area": "potholes",
            "district": "preston",
            **fields,
        }
        headers = {"Idempotency-Key": key} if key else {}
        return await self.http.post(f"{self.url('intake')}/api/v1/feedback", json=body, headers=headers)

    async def case(self, case_id: str, within: float = PATIENCE) -> dict[str, Any]:
        async def ask() -> dict[str, Any] | None:
            answer = await self.http.get(f"{self.url('workflow')}/api/v1/cases/{case_id}")
            found: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
            return found

        found: dict[str, Any] = await self.until(ask, within)
        return found

    async def step(self, case_id: str, step: str, *, token: str = TOKEN, **fields: Any) -> dict[str, Any]:
        """Take a step at the version that the case has now; again when an event of learning comes between."""
        url = f"{self.url('workflow')}/api/v1/cases/{case_id}"
        while True:
            etag = (await self.http.get(url)).headers["ETag"]
            answer = await self.http.post(
                f"{url}/steps/{step}",
                json=fields,
                headers={"If-Match": etag, "Authorization": f"Bearer {token}"},
            )
            if answer.status_code != 412:
                break
        assert answer.status_code == 200, f"{step}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    async def uphold(self, case_id: str) -> None:
        """Work a corporate complaint to an upheld stage 1 response and close it."""
        await self.step(case_id, "assign", person="officer-1")
        await self.step(case_id, "acknowledge")
        await self.step(case_id, "add-element", description="The bin was not collected.")
        await self.step(case_id, "find", element=1, finding="upheld", reasoning="The round was missed.")
        await self.step(case_id, "respond", response="We are sorry.", declarations=["escalation-rights-told"])
        await self.step(case_id, "close")

    async def annual(self, year: str, procedure: str = "corporate") -> dict[str, Any]:
        answer = await self.http.get(f"{self.url('reporting')}/api/v1/annual", params={"year": year, "procedure": procedure})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def up(self) -> None:
        """All four services run and are ready."""
        for name in SERVICES:
            if name not in self.children or not self.running(name):
                self.start(name)
        await self.ready(*SERVICES)

    def rest(self) -> None:
        """Stop the services, until they are needed again."""
        for child in self.children.values():
            child.terminate()
        for child in self.children.values():
            child.stop()

    async def stop(self) -> None:
        await self.http.aclose()
        self.rest()


@asynccontextmanager
async def platform(folder: Path, *, mongo_url: str, kafka: str, topic_prefix: str, database_prefix: str, **env: str) -> Any:
    """A platform that is not started yet; everything of it is stopped afterwards."""
    mail_in = free_port()
    base = {
        "REDRESS_KAFKA": kafka,
        "REDRESS_MONGO_URL": mongo_url,
        "REDRESS_TOPIC_PREFIX": topic_prefix,
        "REDRESS_DATABASE_PREFIX": database_prefix,
        "REDRESS_HOST": "127.0.0.1",
        "REDRESS_MASTER_KEY": base64.urlsafe_b64encode(hashlib.sha256(b"test").digest()).decode(),
        "REDRESS_STAFF_TOKENS": json.dumps(STAFF),
        "REDRESS_SMTP_PORT": str(free_port()),
        "REDRESS_MAIL_PORT": str(mail_in),
        "REDRESS_RELAY_LEASE_SECONDS": "2",
        "PYTHONUNBUFFERED": "1",
        **env,
    }
    made = Platform(folder, base, {name: free_port() for name in SERVICES}, mail_in)
    try:
        yield made
    finally:
        await made.stop()
