"""Mutants of the modules that count the days: how many the tests kill, and each that survives.

    python -m benchmarks.mutants

Takes some minutes. What is mutated and which tests are tried stands in pyproject.toml; docs/mutation.md explains
why the survivors may remain. Tests are tried in one process, always with the same examples, so that two runs give the same figures.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from mutmut.stats import status_by_exit_code

WORK = Path("mutants")
DEAD = {"killed", "timeout", "segfault"}


def main() -> None:
    """Run from the root of the tree; exits with 1 when the run itself failed, never for a survivor."""
    shutil.rmtree(WORK, ignore_errors=True)
    ran = subprocess.run([sys.executable, "-m", "mutmut", "run", "--max-children", "1"], check=False)
    if ran.returncode:
        sys.exit("mutants: the run failed: the tests may not pass as they are")
    print("\n")
    alive: list[str] = []
    total: Counter[str] = Counter()
    for path in sorted(WORK.rglob("*.meta")):
        codes = json.loads(path.read_text())["exit_code_by_key"]
        status = {name: status_by_exit_code[code] for name, code in codes.items()}
        survivors = [name for name, how in status.items() if how not in DEAD]
        counted = Counter(all=len(codes), killed=len(codes) - len(survivors))
        print(_line(str(path.relative_to(WORK).with_suffix("")), counted))
        total += counted
        alive += survivors
    print(_line("all", total))
    for name in alive:
        subprocess.run([sys.executable, "-m", "mutmut", "show", name], check=False)


def _line(name: str, counted: Counter[str]) -> str:
    survive = counted["all"] - counted["killed"]
    return f"{name:45} {counted['all']:5} mutants {counted['killed']:5} killed {survive:4} survive"


if __name__ == "__main__":
    main()
