"""A child process: its log, its stop with a grace period, and its end when the parent ends."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.errors import DidNotStartError

_PR_SET_PDEATHSIG = 1
_LOG_ROLLS_AT = 10 * 1024 * 1024
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _die_with(parent: int) -> None:
    """Runs between fork and exec: the kernel kills the child when its parent ends, however that ends."""
    if _LIBC is None:
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the request was made
        os._exit(1)


@dataclass
class Child:
    """A process started from `command`, whose output is appended to `log`.

    Start it from the main thread: the kernel ends the child with the thread that started it.
    """

    name: str
    command: list[str]
    log: Path
    env: dict[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C at the terminal reaches only the parent."""
        if self.log.exists() and self.log.stat().st_size > _LOG_ROLLS_AT:
            self.log.replace(self.log.with_name(f"{self.log.name}.1"))
        self.log.parent.mkdir(parents=True, exist_ok=True)
        parent = os.getpid()
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.env},
                cwd=self.cwd,
                start_new_session=True,
                # Only a prctl and a getppid, both safe between fork and exec.
                preexec_fn=lambda: _die_with(parent),  # noqa: PLW1509
            )

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def exit_code(self) -> int | None:
        """Its exit code, or None while it runs or before it was started."""
        return self._process.poll() if self._process else None

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def check(self) -> None:
        """Raises DidNotStartError with the end of the log if the process has ended."""
        code = self.exit_code()
        if code is not None:
            raise DidNotStartError(f"{self.name} ended with {describe_exit(code)}; {self.log} ends:\n{self.tail()}")

    def tail(self, lines: int = 12) -> str:
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - 8192))
                return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def terminate(self) -> None:
        if self.running():
            assert self._process is not None
            self._process.terminate()

    def kill(self) -> None:
        """End it and everything it started, at once."""
        if self._process is None:
            return
        if self.running():
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self, grace: float = 20.0) -> int | None:
        """SIGTERM, `grace` seconds, then SIGKILL. Returns the exit code; None if it was never started."""
        if self._process is None:
            return None
        self.terminate()
        try:
            self._process.wait(grace)
        except subprocess.TimeoutExpired:
            self.kill()
        return self._process.returncode


def describe_exit(code: int) -> str:
    """An exit code for people: `signal SIGKILL` or `exit code 3`."""
    if code < 0:
        try:
            return f"signal {signal.Signals(-code).name}"
        except ValueError:
            return f"signal {-code}"
    return f"exit code {code}"
