"""The list of steps holds what can be taken now, and what staff write with a step is taken under one name and never lost."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.learning.views import NoLessonBody
from services.workflow.case.commands import TakeStep
from services.workflow.case.effects import ENTRIES
from services.workflow.case.errors import StepRefused
from services.workflow.case.open_steps import named_step, open_steps
from services.workflow.case.takeable import why_not
from services.workflow.handlers import check_codes, parsed
from services.workflow.queries import unknown_codes
from services.workflow.rulebook.check import check
from services.workflow.rulebook.model import Check, Effect
from services.workflow.store import Query
from services.workflow.views import body_schema
from shared.errors import Invalid
from shared.taxonomy.codes import Codes
from tests.workflow.case_rig import BOOKS, PUBLISHED, Desk, investigated, noon

DAY = date(2024, 4, 8)
CODES = Codes()
TOLD = ("review-rights-told",)


def book_of(desk):
    return BOOKS.get(desk.facts.rulebook, desk.case.rulebook_version)


def listed(desk, day=DAY, by="officer-1", roles=("officer", "manager")):
    """The steps that can be taken, and why the other open ones cannot."""
    can, cannot = set(), {}
    for found in open_steps(desk.case, book_of(desk)):
        against = why_not(found, desk.case, book_of(desk), by, frozenset(roles), day, PUBLISHED)
        if against:
            cannot[found.step.id] = " ".join(against)
        else:
            can.add(found.step.id)
    return can, {step: why for step, why in cannot.items() if step not in can}


def test_a_response_is_listed_once_every_point_has_its_finding():
    desk = Desk().open(DAY).do("acknowledge", DAY).do("assign", DAY, person="officer-1")
    can, cannot = listed(desk)
    assert {"add-element", "note", "extend", "reclassify", "withdraw"} <= can
    assert "no points yet" in cannot["respond"]
    assert "no points yet" in cannot["find"]
    assert "linked it with no other case" in cannot["unlink-case"]
    desk.do("add-element", DAY)
    can, cannot = listed(desk)
    assert "find" in can
    assert "no finding at this stage on point 1" in cannot["respond"]
    desk.do("find", DAY, element=1, finding="upheld")
    assert "respond" in listed(desk)[0]


def test_what_the_day_the_clock_and_the_role_forbid_is_not_listed():
    desk = investigated().do("respond", DAY)
    assert "it has been answered" in listed(desk)[1]["merge"]
    request = Desk().open(DAY, kind="enquiry", procedure="freedom-of-information")
    request.do("assign", DAY, person="officer-1").do("respond", DAY, declare=TOLD)
    can, cannot = listed(request)
    assert "request-review" in can
    assert "that is until" in cannot["request-review-late"]
    later = date(2024, 9, 2)
    can, cannot = listed(request, later)
    # It may have been asked for in time, and be recorded late.
    assert {"request-review", "request-review-late"} <= can
    managers = {s.id for s in book_of(desk).steps if s.roles == ("manager",)}
    can, cannot = listed(desk, roles=["officer"])
    assert not can & managers
    assert all("needs the role manager" in why for step, why in cannot.items() if step in managers)
    extended = Desk().open(DAY).do("acknowledge", DAY)
    assert "extend" in listed(extended)[0]
    assert "the clock is" in listed(Desk().open(DAY))[1].get("extend", "the clock is")


def test_every_text_that_a_step_takes_has_a_place_on_its_event_and_one_of_two_names():
    for effect, entry in ENTRIES.items():
        assert "sealed" in entry.event.model_fields, effect
        assert entry.text in {"reason", "text"}, effect
        assert not {entry.text, *entry.also} & set(entry.fields.model_fields), effect
    for book in BOOKS:
        for step in book.steps:
            name = ENTRIES[step.effect].named(step)
            assert name in {"reason", "text"}
            schema = body_schema(step, book)
            assert {"reason", "text"} & set(schema["properties"]) == {name}, step.id
            if any(r.check is Check.REASON for r in step.requires):
                assert name in schema["required"]


@pytest.mark.parametrize(
    ("step", "name", "old", "more"),
    [
        ("add-element", "text", "description", {}),
        ("find", "reason", "reasoning", {"element": 1, "finding": "upheld"}),
        ("respond", "text", "response", {}),
        ("acknowledge", "text", "reason", {}),
        ("note", "text", "reason", {}),
    ],
)
def test_the_text_is_taken_under_its_name_and_under_the_old_one_and_not_under_both(step, name, old, more):
    found = book_of(Desk().open(DAY)).step(step)
    for called in (name, old):
        assert parsed(found, {**more, called: " Words. "}, CODES)[1] == "Words."
    with pytest.raises(Invalid) as refusal:
        parsed(found, {**more, name: "Words.", old: "Others."}, CODES)
    assert [f.pointer for f in refusal.value.faults] == [f"/{old}"]
    with pytest.raises(Invalid) as refusal:
        parsed(found, {**more, "remark": "Lost?"}, CODES)
    assert [f.pointer for f in refusal.value.faults] == ["/remark"]
    with pytest.raises(Invalid) as refusal:
        parsed(found, {**more, old: 7}, CODES)
    assert [f.pointer for f in refusal.value.faults] == [f"/{old}"]


@pytest.mark.parametrize(("kind", "meant"), [("apologies", "apology"), ("financial", "financial-remedy")])
def test_a_remedy_of_no_kind_is_refused_with_the_nearest(kind, meant):
    desk = Desk().open(DAY)
    with pytest.raises(StepRefused, match=f"'{meant}'") as refusal:
        desk.do("agree-remedy", DAY, kind=kind, due_on=date(2024, 5, 8))
    assert refusal.value.pointer == "/kind"


@pytest.mark.parametrize(("declared", "meant"), [("ombudsman-right-told", "ombudsman-rights-told"), ("told", "-told")])
def test_a_declaration_that_the_rulebook_does_not_know_is_refused_with_the_nearest(declared, meant):
    desk = Desk().open(DAY)
    command = TakeStep("acknowledge", ENTRIES[Effect.ACKNOWLEDGE].fields(declarations=(declared,)))
    with pytest.raises(StepRefused, match=meant) as refusal:
        desk.handle(command, noon(DAY))
    assert refusal.value.pointer == "/declarations/0"


json = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
FIELDS = sorted({name for entry in ENTRIES.values() for name in (*entry.fields.model_fields, entry.text, *entry.also)})


@given(
    st.sampled_from([step for book in BOOKS for step in book.steps]),
    st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), json, max_size=4),
)
def test_whatever_is_sent_with_a_step_is_taken_whole_or_refused_with_its_place(step, body):
    case = Desk().open(DAY).case
    faults, text = None, ""
    try:
        fields, text = parsed(step, body, CODES)
        check_codes(step, fields, case, CODES)
    except Invalid as refusal:
        faults = refusal.faults
    if faults is not None:
        assert faults
        assert all(fault.pointer.startswith("/") and fault.detail for fault in faults)
        return
    # Nothing that was sent is left out.
    named = ENTRIES[step.effect]
    assert set(body) <= {*named.fields.model_fields, named.text, *named.also}
    assert bool(text) == any(isinstance(body.get(n), str) and body[n].strip() for n in (named.text, *named.also))


@pytest.mark.parametrize("nothing", ["\u200b", "\u2060\u200d \ufeff"])
def test_a_reason_of_nothing_that_can_be_seen_is_none(nothing):
    with pytest.raises(Invalid) as refusal:
        parsed(book_of(Desk().open(DAY)).step("withdraw"), {"reason": nothing}, CODES)
    assert [f.pointer for f in refusal.value.faults] == ["/reason"]
    with pytest.raises(ValidationError, match="can be seen"):
        NoLessonBody.model_validate({"reason": "other", "text": nothing})


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ({"procedure": "corperate"}, "corporate"),
        ({"procedure": "adult"}, "adults"),
        ({"stage": "stage-one"}, "stage-1"),
        ({"state": "closd"}, "closed"),
        ({"track": "ombudsmen"}, "ombudsman"),
    ],
)
def test_a_list_of_cases_is_never_asked_for_by_a_code_that_nothing_has(asked, meant):
    (fault,) = unknown_codes(Query(**asked), BOOKS, CODES)
    assert fault.pointer == f"query/{next(iter(asked))}"
    assert meant is None or repr(meant) in fault.detail
    for book in BOOKS:
        known = [Query(state=s.id) for s in book.states] + [Query(stage=s.id) for s in book.stages]
        known += [Query(procedure=p) for p in book.procedures] + [Query(track=t.id) for t in book.tracks]
        assert [unknown_codes(query, BOOKS, CODES) for query in known if unknown_codes(query, BOOKS, CODES)] == []


def test_what_a_rule_decided_is_put_right_by_staff_and_the_day_of_receipt_stays():
    desk = Desk().open(DAY, procedure="adults-statutory", procedure_rule="adult-social-care-by-words")
    assert desk.case.procedure_rule == "adult-social-care-by-words"
    desk.do("reclassify", date(2024, 4, 15), procedure="corporate")
    assert (desk.facts.procedure, desk.facts.received_on, desk.last.moved) == ("corporate", DAY, True)
    assert desk.facts.stages[-1].acknowledgement_due_on == date(2024, 4, 15)


@pytest.mark.parametrize("step", ["acknowledge", "assign"])
def test_what_is_written_with_an_acknowledgement_or_an_assignment_is_kept(step):
    desk = Desk().open(DAY).do(step, DAY, **({"person": "officer-1"} if step == "assign" else {}))
    assert desk.last.sealed is not None


def test_a_step_has_the_name_that_it_has_in_other_procedures_and_keeps_its_own():
    child = Desk().open(DAY, procedure="childrens-statutory")
    assert named_step(child.case, book_of(child), "respond").id == "respond-stage-1"
    assert named_step(child.case, book_of(child), "extend").id == "extend-stage-1"
    assert named_step(child.case, book_of(child), "respond-stage-2").id == "respond-stage-2"
    assert named_step(child.case, book_of(child), "dance") is None
    final = investigated().do("respond", DAY).do("escalate", DAY)
    assert named_step(final.case, book_of(final), "assign").id == "assign-reviewer"
    final.do("acknowledge", DAY)
    assert named_step(final.case, book_of(final), "respond").id == "respond-finally"
    review = Desk().open(DAY, kind="enquiry", procedure="freedom-of-information")
    assert named_step(review.case, book_of(review), "respond").id == "respond"
    review.do("assign", DAY, person="officer-1").do("respond", DAY, declare=TOLD)
    assert named_step(review.case, book_of(review), "escalate").id == "request-review"


def test_two_steps_that_are_open_together_share_no_name():
    """What is open decides which of several is meant, so that it has to be one."""
    book = next(b for b in BOOKS if b.id == "corporate-code-2024")
    assert check(book) == []
    steps = tuple(s.model_copy(update={"also": ("respond",)}) if s.id == "extend" else s for s in book.steps)
    found = check(book.model_copy(update={"steps": steps}))
    assert {fault.code for fault in found} == {"name-shared"}
    assert "'respond'" in str(found[0])
