"""Chromium for the tests of the pages: found, or fetched where it is missing.

Run as `python -m deploy.bootstrap.chromium`; prints the path. REDRESS_CHROMIUM names one to use.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find() -> Path | None:
    """REDRESS_CHROMIUM, else one on PATH, else the one that Playwright fetched, else None."""
    named = os.environ.get("REDRESS_CHROMIUM")
    if named:
        return Path(named)
    on_path = next(filter(None, map(shutil.which, _NAMES)), None)
    return Path(on_path) if on_path else _fetched_by_playwright()


def ensure() -> Path | None:
    """Find Chromium, or get it: as root Debian's package, else Playwright's own download; None if neither."""
    found = find()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _try("apt-get", "update", "-q")
        _try("apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium")
        found = find()
    if found is None:
        _try(sys.executable, "-m", "playwright", "install", "chromium")
        found = find()
    return found


def _try(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False, timeout=900)
    if done.returncode:
        print(f"{' '.join(command)} ended with exit code {done.returncode}", file=sys.stderr)


def _fetched_by_playwright() -> Path | None:
    # Playwright's driver is asked in a process of its own: its API refuses to run inside an event loop.
    ask = "from playwright.sync_api import sync_playwright as p\nwith p() as driver: print(driver.chromium.executable_path)"
    answer = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    path = Path(answer.stdout.strip() or "/nowhere")
    return path if path.exists() else None


if __name__ == "__main__":
    chosen = ensure()
    if chosen is None:
        print("Chromium could not be had; the tests of the pages will be skipped", file=sys.stderr)
        sys.exit(1)
    print(chosen)
