"""The ground that tests of the pages stand on: a Chromium that runs, and no silent skip in CI."""

import os
import subprocess
import sys

import pytest

from tests.paths import ROOT
from tests.waiting import PATIENCE

SKIPPED = """
import pytest

@pytest.mark.browser
def test_page():
    pytest.skip("no Chromium")
"""


@pytest.mark.browser
def test_chromium_renders_a_page(chromium_path):
    done = subprocess.run(
        [
            chromium_path,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--dump-dom",
            "data:text/html,<p>here",
        ],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert "<p>here</p>" in done.stdout, done.stderr[-500:]


@pytest.mark.parametrize(("ci", "exit_code"), [("true", 1), ("", 0)])
def test_a_skipped_browser_test_fails_in_ci_only(tmp_path, ci, exit_code):
    (tmp_path / "test_page.py").write_text(SKIPPED)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider"),
            *("-c", str(ROOT / "pyproject.toml"), str(tmp_path / "test_page.py")),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "CI": ci},
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == exit_code, done.stdout
