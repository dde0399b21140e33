"""Starts the whole platform on one machine, keeps it running, and stops it in reverse order."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from deploy.local.child import describe_exit
from deploy.local.errors import DidNotStartError, LocalRunError
from deploy.local.parts import Part, Stages, assemble
from deploy.local.ports import PORT_NAMES, require_free
from deploy.local.settings import SERVICES, LocalSettings
from shared.messaging.provision import ProvisioningError, provision

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WATCH_SECONDS = 0.2
_LONGEST_BACKOFF = 30.0
# A part that ran this long before it ended starts its back-off anew.
_SETTLED_SECONDS = 60.0
_GRACE_SECONDS = 20.0


class Supervisor:
    """One local run. `report` is called with each line for the console; `services` are those to start, all unless given."""

    def __init__(self, settings: LocalSettings, report: Callable[[str], None], services: tuple[str, ...] = SERVICES) -> None:
        self._settings = settings
        self._home = settings.at()
        self._report = report
        self._stages: Stages = assemble(settings, services)
        self._started: list[Part] = []
        self._stop = asyncio.Event()
        self._signals = 0
        self._sample = "none"

    def run(self, when_ready: Callable[[str], None], load_sample: Callable[[str], None] | None = None) -> None:
        """Run until SIGINT, SIGTERM or SIGHUP. Call it from the main thread, with the home held.

        Args:
            when_ready: called with the staff token when everything is ready.
            load_sample: called with the staff token, in a thread, on the first start of this home.

        Raises:
            LocalRunError: a port is in use, a part is missing or did not start.
        """
        asyncio.run(self._run(when_ready, load_sample))

    async def _run(self, when_ready: Callable[[str], None], load_sample: Callable[[str], None] | None) -> None:
        loop = asyncio.get_running_loop()
        # Under nohup a hang-up is ignored, and stays so.
        heeded = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        for number in heeded:
            loop.add_signal_handler(number, self._on_signal)
        try:
            await self._unless_stopped(self._start())
            if not self._stop.is_set():
                await self._unless_stopped(self._serve(when_ready, load_sample))
        finally:
            self._home.ready.unlink(missing_ok=True)
            await self._stop_all()
            for number in heeded:
                loop.remove_signal_handler(number)

    def _on_signal(self) -> None:
        self._signals += 1
        if self._signals == 1:
            self._report("stopping (once more to stop at once)")
            self._stop.set()
        else:
            for part in self._started:
                part.child.kill()

    async def _unless_stopped(self, work: Any) -> None:
        """Await `work`, or give it up when a signal asks to stop."""
        task = asyncio.ensure_future(work)
        stopped = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                task.result()
        finally:
            for waiting in (task, stopped):
                waiting.cancel()
                with suppress(asyncio.CancelledError, LocalRunError):
                    await waiting

    async def _start(self) -> None:
        self._home.ready.unlink(missing_ok=True)
        names = [n for n in PORT_NAMES if not self._elsewhere(n)]
        require_free(self._settings.ports(), tuple(names))
        self._token = self._home.ensure_secrets()
        servers, services = self._stages.in_order()
        await self._start_stage(servers)
        await self._provision()
        await self._start_stage(services)

    def _elsewhere(self, port: str) -> bool:
        given = {"mongo": self._settings.mongo_url, "kafka": self._settings.kafka}
        return given.get(port.partition("_")[0]) is not None

    async def _start_stage(self, stage: list[Part]) -> None:
        async def bring_up(part: Part) -> None:
            await in_thread(part.prepare)
            part.start()
            self._started.append(part)
            await part.ready()

        if stage:
            self._report(f"starting {', '.join(part.child.name for part in stage)}")
        tasks = [asyncio.create_task(bring_up(part)) for part in stage]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _provision(self) -> None:
        try:
            found = await provision(self._stages.kafka, self._settings.topic_prefix)
        except ProvisioningError as error:
            raise DidNotStartError(str(error)) from error
        for drift in found.drift:
            self._report(f"topic {drift.topic}: {drift.what} is {drift.actual}, declared is {drift.declared}")

    async def _serve(self, when_ready: Callable[[str], None], load_sample: Callable[[str], None] | None) -> None:
        self._sample = "loaded" if self._home.sample_loaded.exists() else "none"
        wanted = load_sample is not None and self._sample == "none"
        if wanted:
            self._sample = "loading"
        self._tell_ready()
        when_ready(self._token)
        keepers = [asyncio.create_task(self._keep(part)) for part in self._stages.all()]
        try:
            if wanted and load_sample is not None:
                await self._load(load_sample)
            await asyncio.gather(*keepers)
        finally:
            for keeper in keepers:
                keeper.cancel()

    async def _load(self, load_sample: Callable[[str], None]) -> None:
        try:
            await in_thread(lambda: load_sample(self._token))
        except Exception as error:
            self._sample = "failed"
            self._report(f"the sample could not be loaded ({error}); the next start tries again")
        else:
            self._home.sample_loaded.touch()
            self._sample = "loaded"
        self._tell_ready()

    async def _keep(self, part: Part) -> None:
        """Restart a part whenever it ends, with a back-off that grows while it keeps ending."""
        name, pause, since = part.child.name, 1.0, time.monotonic()
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            code = part.child.exit_code()
            if code is None:
                continue
            if time.monotonic() - since > _SETTLED_SECONDS:
                pause = 1.0
            self._report(f"{name} ended with {describe_exit(code)}; restarting in {pause:g} s (log: {part.child.log})")
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_BACKOFF)
            since = time.monotonic()
            part.start()
            try:
                await part.ready()
            except (DidNotStartError, RuntimeError, OSError) as error:
                self._report(f"{name} is not ready again: {str(error).splitlines()[0]}")
            else:
                self._tell_ready()
                self._report(f"{name} is ready again")

    def _tell_ready(self) -> None:
        ports = self._settings.ports()
        self._home.write_ready(
            {
                "pid": os.getpid(),
                "pids": {part.child.name: part.child.pid for part in self._stages.all()},
                "ports": ports.as_dict(),
                "urls": self._settings.urls(),
                "kafka": self._stages.kafka.kafka,
                "mongo_url": self._stages.mongo_url,
                "mail_in": {"host": "127.0.0.1", "port": ports.mail_in},
                "staff_token_file": str(self._home.staff_token),
                "sample": self._sample,
            }
        )

    async def _stop_all(self) -> None:
        """Stop in reverse order of starting, the parts of a stage together."""
        for stage in reversed(self._stages.in_order()):
            parts = [part for part in stage if part in self._started]
            await asyncio.gather(*(in_thread(partial(part.child.stop, _GRACE_SECONDS)) for part in parts))


async def in_thread(work: Callable[[], _T]) -> _T:
    """Run blocking work in a thread that does not keep the process alive, unlike `asyncio.to_thread`."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_T] = loop.create_future()

    def deliver(result: _T | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def call() -> None:
        try:
            result = work()
        except BaseException as error:
            outcome: tuple[_T | None, BaseException | None] = (None, error)
        else:
            outcome = (result, None)
        with suppress(RuntimeError):  # the loop has closed: nobody waits any more
            loop.call_soon_threadsafe(deliver, *outcome)

    threading.Thread(target=call, daemon=True).start()
    return await done
