"""`redress rulebook`"""

import json

import pytest
from typer.testing import CliRunner

from redress.__main__ import build
from services.workflow.rulebook.load import FOLDER

pytestmark = pytest.mark.slow

CODE = FOLDER / "corporate-code-2024.yaml"


def run(*arguments):
    return CliRunner().invoke(build(), ["rulebook", *map(str, arguments)])


def test_the_rulebooks_are_listed():
    rows = {row["id"]: row for row in json.loads(run("list", "--json").stdout)}
    assert rows["corporate-code-2024"]["clocks"]["stage-2-response"] == "20 working days"
    assert "corporate-2022" in run("list").stdout


def test_a_draft_is_checked_with_the_line_of_each_fault(tmp_path):
    assert run("check", CODE).exit_code == 0
    draft = tmp_path / "draft.yaml"
    draft.write_text(CODE.read_text().replace("    starts: escalated\n", "    starts: promised\n"))
    answer = run("check", draft, "--json")
    (fault,) = json.loads(answer.stdout)
    assert (answer.exit_code, fault["code"]) == (1, "unknown-mark")
    assert "promised" in draft.read_text().splitlines()[fault["line"] - 1]
    assert run("check", tmp_path / "no.yaml").exit_code == 2
