"""Named points at which a test kills a real process. Unless one of the two variables is set, each is a comparison."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

_AT = os.environ.get("REDRESS_KILL_AT", "")
_FILE = os.environ.get("REDRESS_KILL_FILE", "")


def hit(name: str) -> None:
    """Die here with SIGKILL if this is the point that `REDRESS_KILL_AT` names.

    With `REDRESS_KILL_FILE` (a file's path) a test arms a process that runs already, by writing the point's name there. Only
    the first process to get there dies: it removes the file.
    """
    if name == _AT or (_FILE and _armed(name)):
        os.kill(os.getpid(), signal.SIGKILL)


def _armed(name: str) -> bool:
    file = Path(_FILE)
    with suppress(FileNotFoundError):
        if file.read_text() == name:
            file.unlink()
            return True
    return False
