"""Make .venv with exactly the locked packages; nothing to do when they are there already.

Run by setup.sh with any Python of 3.11 or later, so only the standard library is used. Every
package is held to the digest in its lock, the installer and the build tool included.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".redress-setup"
BOOTSTRAP = ROOT / "requirements" / "bootstrap.lock"
PACKAGES = ROOT / "requirements" / "dev.lock"


def main() -> None:
    """Set up, or do nothing; exits with a line that names what failed."""
    wanted = _fingerprint()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text() == wanted:
        return
    if not _works():
        _make_venv()
    STAMP.unlink(missing_ok=True)
    _report("installing the locked packages into .venv")
    # pip that a venv brings may be old, but it checks digests; uv is for speed.
    _need("-m", "pip", "install", "-q", "--require-hashes", "--no-deps", "-r", str(BOOTSTRAP))
    locked = ("install", "-q", "--require-hashes", "--no-deps", "-r", str(PACKAGES))
    if not _try("-m", "uv", "pip", *locked, "--python", str(PYTHON)):
        _report("uv could not; pip is tried")
        _need("-m", "pip", *locked)
    _need("-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    STAMP.write_text(wanted)


def _fingerprint() -> str:
    total = hashlib.sha256(str(ROOT).encode())
    for path in (BOOTSTRAP, PACKAGES, ROOT / "pyproject.toml", Path(__file__)):
        total.update(path.read_bytes())
    return total.hexdigest()


def _works() -> bool:
    """Whether .venv has a Python that runs; one whose base has moved or been removed does not."""
    return PYTHON.exists() and subprocess.run([PYTHON, "-c", "import pip"], check=False).returncode == 0


def _make_venv() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    _report(f"creating .venv with Python {sys.version.split()[0]}")
    made = subprocess.run([sys.executable, "-m", "venv", VENV], check=False).returncode == 0
    uv = shutil.which("uv")
    if not made and uv:
        shutil.rmtree(VENV, ignore_errors=True)
        seeded = [uv, "venv", "-q", "--seed", "--python", sys.executable, str(VENV)]
        made = subprocess.run(seeded, check=False).returncode == 0
    if not made:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(f"setup: {sys.executable} cannot make a virtual environment; on Debian install python3-venv")


def _try(*arguments: str) -> bool:
    return subprocess.run([PYTHON, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode == 0


def _need(*arguments: str) -> None:
    if not _try(*arguments):
        sys.exit(f"setup: failed: .venv/bin/python {' '.join(arguments)}")


def _report(line: str) -> None:
    print(f"setup: {line}", flush=True)


if __name__ == "__main__":
    main()
