"""promtool, which tries the alerts on series: found, or taken from Debian's package of Prometheus where it is missing.

Run as `python -m deploy.bootstrap.promtool`; prints the path. REDRESS_PROMTOOL names one to use.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

KEPT = Path(__file__).resolve().parents[2] / "build" / "promtool"
"""Where it is kept. Nothing is installed: the package would bring a server that starts by itself."""


def find() -> Path | None:
    """REDRESS_PROMTOOL, else the one on PATH, else the one that was fetched, else None."""
    named = os.environ.get("REDRESS_PROMTOOL")
    if named:
        return Path(named)
    on_path = shutil.which("promtool")
    if on_path:
        return Path(on_path)
    return KEPT if KEPT.exists() else None


def ensure() -> Path | None:
    """Find promtool, or take it out of Debian's package; None where there is no apt or it has no such package."""
    found = find()
    if found is None and shutil.which("apt-get") and shutil.which("dpkg-deb"):
        with tempfile.TemporaryDirectory() as folder:
            _fetch(Path(folder))
        found = find()
    return found


def _fetch(folder: Path) -> None:
    got = _try("apt-get", "download", "-q", "prometheus", cwd=folder)
    if not got and os.geteuid() == 0:
        # A machine that was never asked for a package has no lists of them.
        _try("apt-get", "update", "-q", cwd=folder)
        got = _try("apt-get", "download", "-q", "prometheus", cwd=folder)
    package = next(folder.glob("prometheus_*.deb"), None)
    if not got or package is None or not _try("dpkg-deb", "--extract", str(package), "files", cwd=folder):
        return
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    # In two steps, so that nobody finds half of it.
    partly = KEPT.with_suffix(f".{os.getpid()}")
    shutil.copy2(folder / "files" / "usr" / "bin" / "promtool", partly)
    partly.replace(KEPT)


def _try(*command: str, cwd: Path) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False, timeout=300)
    if done.returncode:
        print(f"{' '.join(command)} ended with exit code {done.returncode}", file=sys.stderr)
    return done.returncode == 0


if __name__ == "__main__":
    chosen = ensure()
    if chosen is None:
        print("promtool could not be had; the alerts are not tried on series", file=sys.stderr)
        sys.exit(1)
    print(chosen)
