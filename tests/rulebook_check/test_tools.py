"""`redress rulebook show` and the laws that `redress rulebook check` tries."""

import json
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from redress.__main__ import build
from redress.rulebook_check import LAWS, run
from services.workflow.rulebook import diagram, table
from services.workflow.rulebook.load import FOLDER, parse, shipped
from services.workflow.rulebook.model import Effect, Requirement
from shared.calendar.holidays import published

pytestmark = pytest.mark.slow

CODE = FOLDER / "corporate-code-2024.yaml"
BOOKS = list(shipped())
SVG = "{http://www.w3.org/2000/svg}"


def command(*arguments):
    return CliRunner().invoke(build(), ["rulebook", *map(str, arguments)])


def draft(tmp_path, *changes):
    """A draft that an officer made of the Code's rulebook."""
    text = CODE.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = tmp_path / "draft.yaml"
    file.write_text(text)
    return file


@pytest.mark.parametrize("book", BOOKS, ids=lambda b: f"{b.id}-{b.version}")
def test_every_shipped_rulebook_keeps_the_laws(book):
    result = run(book, register=published(), cases=30, simulated=30)
    assert [b.words() for b in result.broken] == []
    assert {"idle-step-moves-clock", "cannot-close"} <= set(result.tried) <= set(LAWS)


def test_the_same_seed_tries_the_same_cases():
    book = BOOKS[0]
    assert run(book, register=published(), seed=7, cases=10, simulated=10) == run(
        book, register=published(), seed=7, cases=10, simulated=10
    )


def test_a_clock_that_pauses_is_tried_for_every_law():
    stops = "    starts: acknowledged\n    stops: [responded, refused, withdrawn, closed]\n"
    text = CODE.read_text().replace(stops, f"{stops}    pauses: [asked]\n    restarts: [answered]\n")
    steps = "".join(
        f"  - {{id: {name}, title: {name}, effect: milestone, from: stage-1-investigating, marks: [{name}]}}\n"
        for name in ("asked", "answered")
    )
    book = parse(text.replace("steps:\n", f"steps:\n{steps}"))
    result = run(book, register=published(), cases=60, simulated=10)
    assert not result.broken
    assert {"zero-pause", "restored-clock", "pause-and-extension-commute", "later-receipt"} <= set(result.tried)


def test_an_assignment_that_starts_a_clock_is_reported_with_its_case(tmp_path):
    before = "    effect: assign\n    from: [stage-1-received, stage-1-investigating]\n"
    file = draft(tmp_path, (before, before + "    marks: [acknowledged]\n"))
    answer = command("check", file, "--json")
    (fault,) = json.loads(answer.stdout)
    assert (answer.exit_code, fault["code"]) == (1, "idle-step-moves-clock")
    assert "stage-1-acknowledgement was running" in fault["message"]
    assert "assign 20" in fault["message"]
    assert "idle-step-moves-clock" in command("check", file).stdout


def test_a_state_that_is_never_closed_is_reported():
    text = CODE.read_text()
    book = parse(text)
    never = (Requirement(check="mark", argument="refused"),)
    steps = [s.model_copy(update={"requires": never}) if s.effect in {Effect.WITHDRAW, Effect.CLOSE} else s for s in book.steps]
    result = run(
        book.model_validate({**book.model_dump(by_alias=True), "steps": [s.model_dump(by_alias=True) for s in steps]}),
        register=published(),
        cases=1,
    )
    states = {b.where for b in result.broken if b.law == "cannot-close"}
    assert states == {"state stage-2-received", "state stage-2-investigating", "state stage-2-responded"}


def test_check_prints_what_was_tried_and_leaves_the_laws_out_when_asked_to():
    answer = command("check", CODE, "--cases", "5")
    assert answer.exit_code == 0
    assert "no faults" in answer.stdout
    assert "laws tried" in answer.stdout
    assert "laws" not in command("check", CODE, "--cases", "0").stdout


def test_show_prints_the_procedure_and_writes_the_diagram(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "220")
    out = tmp_path / "code.svg"
    answer = command("show", "corporate-code-2024", "--svg", out)
    assert answer.exit_code == 0
    for words in (
        "Acknowledge the complaint",
        "5 working days",
        "10 working days more",
        "different person from",
    ):
        assert words in answer.stdout
    assert ElementTree.parse(out).getroot().tag == f"{SVG}svg"
    rows = json.loads(command("show", CODE, "--json").stdout)
    assert rows["clocks"][0]["clock"] == "stage-1-acknowledgement"
    assert command("show", "no-such").exit_code == 2
    assert command("show", CODE, "--svg", tmp_path / "no" / "x.svg").exit_code == 2
    (tmp_path / "bad.yaml").write_text("id: [")
    assert command("show", tmp_path / "bad.yaml").exit_code == 1


@pytest.mark.parametrize("book", BOOKS, ids=lambda b: f"{b.id}-{b.version}")
def test_the_diagram_names_every_step_that_moves_a_case_and_no_box_lies_on_another(book):
    root = ElementTree.fromstring(diagram.svg(book))
    assert root.get("role") == "img"
    assert book.title in root.find(f"{SVG}title").text
    described = root.find(f"{SVG}desc").text
    texts = {t.text for t in root.iter(f"{SVG}text")}
    for steps in diagram.exits(book).values():
        for step in steps:
            assert step.title in texts
            assert f"{step.title} leads to" in described
    boxes = [r for r in root.iter(f"{SVG}rect") if r.get("rx") and r.get("fill") == "#ffffff"]
    assert len(boxes) == len(book.states)
    for above, below in pairwise(boxes):
        assert int(above.get("y")) + int(above.get("height")) < int(below.get("y"))
    assert all(int(b.get("x")) >= 0 for b in boxes)


def test_the_table_names_every_part():
    for book in BOOKS:
        rows = table.rows(book)
        assert [s["step"] for s in rows["steps"]] == [s.id for s in book.steps]
        assert all(c["source"] and c["limit"] for c in rows["clocks"])
