"""`redress rulebook check` simulates cases that come to every state, so that the laws are tried there too."""

import random
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from redress.__main__ import build
from redress.rulebook_check import run
from redress.rulebook_check.contradictions import contradictions
from services.workflow.rulebook.load import FOLDER, parse, shipped
from shared.calendar.holidays import published

BOOKS = list(shipped())

pytestmark = pytest.mark.slow

DEEP = (Path(__file__).parent / "deep.yaml").read_text()


def deep(*changes):
    text = DEEP
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return parse(text)


@pytest.mark.parametrize("seed", [2024, 1, 7])
@pytest.mark.parametrize("book", BOOKS, ids=lambda b: f"{b.id}-{b.version}")
def test_made_up_cases_come_to_every_state_of_every_shipped_rulebook(book, seed):
    result = run(book, register=published(), seed=seed, cases=1, simulated=30)
    assert (result.unreached, result.why, result.untaken) == ((), {}, ())
    assert [b.words() for b in result.broken] == []
    assert min(result.reached[state.id] for state in book.states) >= 3


def test_a_chain_of_states_behind_requirements_is_gone_to_its_end():
    book = deep()
    result = run(book, register=published(), cases=1, simulated=40)
    assert (result.unreached, result.broken) == ((), [])
    assert min(result.reached[state.id] for state in book.states) >= 3


def test_steps_at_random_alone_would_miss_that_chain(monkeypatch):
    monkeypatch.setattr("redress.rulebook_check.goals._UNGUIDED", 1)
    result = run(deep(), register=published(), cases=1, simulated=40)
    assert {"panel", "advised", "settled"} <= set(result.unreached)


def test_a_step_that_moves_a_clock_deep_down_is_found():
    note = "{id: note-deep, title: note, effect: note, from: panel, marks: [settled]}"
    book = deep(('  - {id: note, title: note, effect: note, from: "@any"}', f"  - {note}"))
    (broken,) = [b for b in run(book, register=published(), cases=1, simulated=40).broken if b.law == "idle-step-moves-clock"]
    assert broken.where == "step note-deep"
    assert "second-response was running" in broken.example
    assert "sit 20" in broken.example


def test_the_same_in_the_third_stage_of_the_childrens_procedure():
    text = (FOLDER / "childrens-statutory.yaml").read_text()
    note = "{id: minute, title: Minute, effect: note, from: stage-3-panel-held, marks: [findings-received], source: policy}"
    book = parse(text.replace("\nsteps:\n", f"\nsteps:\n  - {note}\n"))
    broken = {(b.law, b.where) for b in run(book, register=published(), cases=1, simulated=40).broken}
    assert broken == {("idle-step-moves-clock", "step minute")}


def test_a_state_from_which_only_what_is_required_bars_the_end_is_found_with_what_bars_it():
    # The points can be found on there, but not any more be added to.
    book = deep(
        (
            "  - {id: find, title: find, effect: find, from: [weighed, settled]}\n",
            "  - {id: find, title: find, effect: find, from: weighed}\n",
        ),
    )
    (broken,) = run(book, register=published(), cases=1).broken
    assert (broken.law, broken.where) == ("cannot-close", "state settled")
    assert "no finding at this stage" in broken.example


def test_a_requirement_that_contradicts_another_is_reported_and_what_lies_behind_it():
    book = deep(("requires: [none-open: beside]", "requires: [none-open: beside, some-at: part-sent]"))
    result = run(book, register=published(), cases=1, simulated=30)
    (broken,) = result.broken
    assert (broken.law, broken.where) == ("cannot-be-taken", "step advise")
    assert "requires both none-open: beside and some-at: part-sent" in broken.words()
    assert result.unreached == ("advised", "settled")
    assert "advise can never be taken" in result.why["advised"]
    assert "settle is open only where no case came" in result.why["settled"]


@pytest.mark.parametrize(
    ("requires", "reason"),
    [
        ("[mark: sat, without-mark: sat]", "requires both mark: sat and without-mark: sat"),
        ("[within: second-response, after: second-response]", "within: second-response and after"),
        ("[assigned: chair, never-had: chair]", ""),
        ("[mark: heard]", "no step brings that about at the stage where it is open"),
        ("[mark: stage-started]", "no step brings that about"),
        ("[assigned: expert]", "no step brings that about"),
        ("[names-case]", ""),
        ("[all-at: part-sent, all-at: part-open]", "requires both"),
    ],
)
def test_what_cannot_hold_at_once(requires, reason):
    book = deep(
        (
            "to: advised, marks: [advised], requires: [none-open: beside]",
            f"to: advised, marks: [advised], requires: {requires}",
        )
    )
    found = contradictions(book)
    assert (set(found) == {"advise"}) == bool(reason)
    assert reason in found.get("advise", "")


def test_whoever_has_the_role_cannot_be_somebody_who_never_had_it():
    step = "effect: milestone, from: panel, to: advised, marks: [advised], requires: [none-open: beside]"
    book = deep(
        (
            step,
            step.replace("from", "role: chair, from").replace("[none-open: beside]", "[assigned: chair, never-had: chair]"),
        )
    )
    assert "requires both never-had: chair and assigned: chair" in contradictions(book)["advise"]


def test_no_shipped_rulebook_contradicts_itself():
    assert {book.id: found for book in BOOKS if (found := contradictions(book))} == {}


def test_a_state_behind_another_case_is_reported_as_that(tmp_path):
    text = DEEP.replace(
        "effect: milestone, from: panel, to: advised, marks: [advised], requires: [none-open: beside]",
        "effect: split, from: panel, to: advised",
    )
    result = run(parse(text), register=published(), cases=1, simulated=30)
    assert result.unreached == ("advised", "settled")
    assert "advise takes another case" in result.why["advised"]
    file = tmp_path / "draft.yaml"
    file.write_text(text)
    answer = CliRunner().invoke(build(), ["rulebook", "check", str(file), "--cases", "30"])
    assert answer.exit_code == 0
    assert "no made-up case, or too few, came to advised: advise takes another case" in answer.stdout


def test_what_stopped_cases_is_reported_in_the_words_of_the_refusal():
    # The consent has to come before the panel sits, and can only be given while it does.
    book = deep(
        (
            "from: asked-again, to: panel, marks: [sat], requires: [",
            "from: asked-again, to: panel, marks: [sat], requires: [mark: consented, ",
        )
    )
    result = run(book, register=published(), cases=1, simulated=30)
    assert result.unreached == ("panel", "advised", "settled")
    assert result.why["panel"].startswith("none came there; stopped most often at sit: ")
    assert "'consented'" in result.why["panel"]


def test_the_random_numbers_of_the_program_are_not_touched():
    random.seed(5)
    before = random.getstate()
    result = run(deep(), register=published(), seed=3, cases=1, simulated=10)
    assert random.getstate() == before
    assert result == run(deep(), register=published(), seed=3, cases=1, simulated=10)
    assert result.reached != run(deep(), register=published(), seed=4, cases=1, simulated=10).reached
    assert isinstance(result.reached, Counter)
