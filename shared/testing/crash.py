"""Named points at which a test kills a real process. Without `REDRESS_KILL_AT` each is one dictionary look-up."""

from __future__ import annotations

import os
import signal
from pathlib import Path

_AT = os.environ.get("REDRESS_KILL_AT", "")
_ONCE = os.environ.get("REDRESS_KILL_ONCE", "")


def point(name: str) -> None:
    """Die here with SIGKILL if this is the point that `REDRESS_KILL_AT` names.

    With `REDRESS_KILL_ONCE` (a file's path) only the first process to get here dies: the file says that one has.
    """
    if name != _AT:
        return
    if _ONCE:
        try:
            Path(_ONCE).touch(exist_ok=False)
        except FileExistsError:
            return
    os.kill(os.getpid(), signal.SIGKILL)
