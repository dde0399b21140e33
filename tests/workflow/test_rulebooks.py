# ruff: noqa: E501 - a fault is one row
"""Rulebooks: the shipped ones, the choice among them, and faults reported with their line."""

from datetime import date

import pytest

from services.workflow.rulebook.choose import NoRulebook, Rulebooks
from services.workflow.rulebook.load import FOLDER, RulebookInvalid, clock_request, load, parse, shipped
from shared.calendar.deadlines import deadline
from shared.events.codes import Kind

CODE = (FOLDER / "corporate-code-2024.yaml").read_text()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda p: p.stem)
def test_each_shipped_rulebook_is_valid_and_named_after_its_file(path):
    assert load(path).id == path.stem


@pytest.mark.parametrize(
    ("clock", "start", "extended", "due"),
    [
        # Five working days of receipt; Good Friday and Easter Monday do not count.
        ("stage-1-acknowledgement", date(2024, 3, 26), False, date(2024, 4, 4)),
        ("stage-1-acknowledgement", date(2024, 12, 23), False, date(2025, 1, 2)),
        ("stage-1-response", date(2024, 3, 26), False, date(2024, 4, 11)),
        ("stage-1-response", date(2024, 3, 26), True, date(2024, 4, 25)),
        ("stage-1-response", date(2024, 12, 20), False, date(2025, 1, 8)),
        ("stage-2-response", date(2024, 4, 8), False, date(2024, 5, 7)),
        ("stage-2-response", date(2024, 4, 8), True, date(2024, 6, 5)),
        ("stage-2-acknowledgement", date(2024, 5, 3), False, date(2024, 5, 13)),
        # The state funeral of 2022 and the coronation of 2023.
        ("stage-1-response", date(2022, 9, 9), False, date(2022, 9, 26)),
        ("stage-1-response", date(2023, 4, 28), False, date(2023, 5, 16)),
    ],
)
def test_corporate_clocks(clock, start, extended, due):
    request, source = clock_request("corporate", clock, start, extended)
    assert deadline(request).deadline == due
    assert source


def test_a_clock_of_a_day_before_any_rulebook_reports_it():
    request, source = clock_request("corporate", "stage-1-response", date(1999, 6, 1), False)
    assert request.working_days == 10
    assert "no rulebook with this clock was in force on 1999-06-01" in source


def test_unknown_procedures_and_clocks_name_those_there_are():
    with pytest.raises(NoRulebook, match="corporate"):
        clock_request("parking", "stage-1-response", date(2024, 5, 1), False)
    with pytest.raises(NoRulebook, match="stage-1-acknowledgement"):
        clock_request("corporate", "stage-3-response", date(2024, 5, 1), False)
    with pytest.raises(NoRulebook, match="no extension"):
        clock_request("corporate", "stage-1-acknowledgement", date(2024, 5, 1), True)


@pytest.mark.parametrize(
    ("procedure", "kind", "day", "book"),
    [
        ("corporate", Kind.COMPLAINT, date(2024, 4, 1), "corporate-code-2024"),
        ("corporate", Kind.COMPLAINT, date(2024, 3, 31), "corporate-2022"),
        ("childrens-non-statutory", Kind.COMPLAINT, date(2022, 6, 1), "corporate-2022"),
        ("childrens-statutory", Kind.COMPLAINT, date(2022, 6, 1), "childrens-statutory"),
        ("adults-statutory", Kind.COMPLAINT, date(2022, 6, 1), "adults-statutory"),
        ("public-health", Kind.COMPLAINT, date(2022, 6, 1), "public-health"),
        ("adults", Kind.COMPLIMENT, date(2022, 6, 1), "feedback-2024"),
        ("corporate", Kind.SERVICE_REQUEST, date(2025, 6, 1), "feedback-2024"),
    ],
)
def test_the_rulebook_in_force_on_the_day_of_receipt(procedure, kind, day, book):
    assert shipped().choose(procedure, kind, day).id == book


@pytest.mark.parametrize(
    ("procedure", "book"),
    [
        ("childrens-statutory", "childrens-statutory-history"),
        ("adults-statutory", "adults-history"),
        ("public-health", "public-health-history"),
        ("corporate", "corporate-2022"),
    ],
)
def test_imported_history_goes_to_the_rulebook_for_it_where_there_is_one(procedure, book):
    assert shipped().choose(procedure, Kind.COMPLAINT, date(2022, 6, 1), history=True).id == book


def test_feedback_that_nobody_routed_goes_to_the_councils_own_procedure():
    assert shipped().route(None, Kind.COMPLAINT, date(2025, 1, 6))[0] == "corporate"
    procedure, book = shipped().route("no-such-procedure", Kind.COMPLAINT, date(2025, 1, 6))
    assert (procedure, book.id) == ("corporate", "corporate-code-2024")
    with pytest.raises(NoRulebook):
        shipped().choose("no-such-procedure", Kind.COMPLAINT, date(2025, 1, 6))


def test_two_rulebooks_of_one_id_and_version_are_refused():
    with pytest.raises(ValueError, match="two rulebooks"):
        Rulebooks([*shipped(), next(iter(shipped()))])


def line_of(text):
    return next(i for i, line in enumerate(CODE.splitlines(), 1) if text in line)


@pytest.mark.parametrize(
    ("old", "new", "code", "at"),
    [
        ("    to: stage-1-responded\n", "    to: stage-1-answered\n", "unknown-state", "    to: stage-1-responded"),
        ("    provisional_from: stage-1-acknowledgement\n", "    provisional_from: nothing\n", "unknown-clock", "provisional_from: stage-1"),
        ("    stages: stage-1\n    to: stage-2-received", "    stages: stage-9\n    to: stage-2-received", "unknown-stage", "    stages: stage-1"),
        ("    due_soon: 2\n", "    due_soon: -2\n", "wrong-shape", "    due_soon: 2"),
        ("      cap: 10", "      cap: 5", "cap-below-extension", "      cap: 10"),
        ("    marks: [escalated]\n", "", "unknown-mark", "    starts: escalated"),
        ("declares: escalation-rights-told", "declares: sent-by-post", "unknown-declaration", "declares: escalation-rights-told"),
        ("    limit: 10\n", "    limit: soon\n", "wrong-shape", "    limit: 10"),
        ("    limit: 10\n", "    limit: agreed\n", None, None),
        ("    unit: x", "", None, None),
        ("  - id: withdraw\n", "  - id: note\n", "duplicate-id", "  - id: note"),
        ("    to: closed\n    marks: [withdrawn]\n    outcome: withdrawn\n", "    to: closed\n    marks: [withdrawn]\n", "withdrawal-without-outcome", None),
        ("opening: {state: stage-1-received,", "opening: {state: closed,", "bad-opening", "opening: {state"),
        ("kinds: [complaint]", "kinds: [grumble]", "wrong-shape", "kinds: [complaint]"),
        ("version: 1\ntitle", "version: 2\ntitle", "changelog-behind", "changelog:"),
        ("requires: [officer-differs-from: stage-1]", "requires: [officer-differs-from]", "wrong-shape", "requires: [officer-differs-from: stage-1]"),
        ("id: corporate-code-2024", "id: [", "not-yaml", None),
    ],
)  # fmt: skip
def test_a_fault_is_reported_by_name_and_line(old, new, code, at):
    broken = CODE.replace(old, new, 1)
    if code is None or broken == CODE:
        parse(broken)
        return
    with pytest.raises(RulebookInvalid) as caught:
        parse(broken, "draft.yaml")
    assert code in caught.value.codes
    assert str(caught.value).startswith("draft.yaml:")
    if at:
        assert line_of(at) in {line for line, found, _ in caught.value.faults if found == code}


def test_a_state_nothing_leads_to_or_from_is_refused():
    dead = CODE.replace("states:\n", "states:\n  - {id: limbo, title: Limbo, stage: stage-1}\n", 1)
    with pytest.raises(RulebookInvalid) as caught:
        parse(dead)
    assert "dead-state" in caught.value.codes
    stuck = CODE.replace("    from: \"@open\"\n    to: closed\n    marks: [withdrawn]", "    from: stage-1-received\n    to: closed\n    marks: [withdrawn]", 1).replace(
        "from: [stage-1-responded, stage-2-responded]", "from: [stage-1-responded]", 1
    )  # fmt: skip
    with pytest.raises(RulebookInvalid) as caught:
        parse(stuck)
    assert caught.value.codes == {"no-way-to-closure"}


def test_a_formal_stage_needs_a_response_clock():
    before, after = CODE.split("  - id: stage-2-response\n")
    rest = after[after.index("\nsteps:") :]
    with pytest.raises(RulebookInvalid) as caught:
        parse(before + rest)
    assert "stage-without-clock" in caught.value.codes
