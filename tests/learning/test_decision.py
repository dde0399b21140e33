"""The learning decision, pure: when it is asked for, when not, and what staff may do with it."""

from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.learning.decision.decide import (
    NEXT,
    AgreeAction,
    Lists,
    NewAction,
    NotPermitted,
    ProgressAction,
    RecordNoLesson,
    TagLesson,
    decide,
)
from services.learning.decision.follow import follow
from services.learning.decision.model import fold, upheld_outcome
from shared.events.codes import Kind, Outcome, Provenance
from shared.events.lessons import (
    ActionAgreed,
    ActionProgressed,
    LessonImported,
    LessonRequested,
    LessonRequestWithdrawn,
    LessonRestated,
    LessonTagged,
)
from shared.events.sealed import Sealed
from tests.learning.examples import NOT, PARTLY, SAMPLE, UPHELD, History, facts, run

LISTS = Lists(
    tags=frozenset({"delay", "staff-training"}),
    actions=frozenset({"staff-training", "process-change"}),
    reasons=frozenset({"isolated-error", "other"}),
)
SEALED = Sealed(key_id=uuid4(), nonce="bm9uY2U=", ciphertext="eA==")
DAY = date(2025, 7, 1)


def upheld_case():
    history = History()
    history.opened()
    history.responded(UPHELD)
    decision, _ = run(history)
    return decision


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_upheld_or_partly_upheld_stage_asks_for_a_decision(outcome):
    history = History()
    history.opened()
    history.responded(outcome)
    history.closed(outcome)
    decision, events = run(history)
    if outcome not in {UPHELD, PARTLY}:
        assert (decision.status, events) == ("none", [])
        return
    (request,) = events
    assert isinstance(request, LessonRequested)
    assert request.before is None
    assert request.after.decision == "requested"
    assert request.after.requested_on == date(2025, 6, 12), "the day of the response, not of the closure"
    assert (request.after.procedure, request.after.district) == ("corporate", "wyre")
    assert decision.status == "requested"


def test_a_stage_that_was_upheld_stays_a_reason_when_the_next_one_was_not():
    assert upheld_outcome(facts(NOT, stages=(UPHELD, NOT))) is UPHELD
    assert upheld_outcome(facts(NOT, stages=(NOT, NOT))) is None
    assert upheld_outcome(facts(PARTLY, stages=(UPHELD, PARTLY))) is PARTLY
    assert upheld_outcome(facts(UPHELD, kind=Kind.COMMENT)) is None


def test_an_outcome_corrected_away_withdraws_the_open_request_and_asks_again_when_it_comes_back():
    history = History()
    history.opened()
    history.responded(UPHELD)
    history.responded(NOT, on=date(2025, 6, 20))
    history.responded(PARTLY, on=date(2025, 6, 25))
    decision, events = run(history)
    assert [type(e) for e in events] == [LessonRequested, LessonRequestWithdrawn, LessonRequested]
    assert events[1].after.decision == "withdrawn"
    assert events[2].before == events[1].after
    assert events[2].after.requested_on == date(2025, 6, 25)
    assert [e.version for e in events] == [1, 2, 3]
    assert decision.version == 3


def test_a_decision_that_was_made_outlives_a_correction():
    decision = upheld_case()
    decision = fold(decision, decide(decision, TagLesson(("delay",)), LISTS, by="officer-1", on=DAY))
    history = History()
    history.opened()
    history.responded(UPHELD)
    history.responded(NOT)
    after, events = follow(decision, history.events[-1], DAY)
    assert (after.status, events) == ("lesson", [])


def test_codes_put_right_on_the_case_are_restated():
    history = History()
    history.opened()
    history.responded(UPHELD)
    history.reclassified(facts(stages=(UPHELD,), service_area="drainage"))
    history.noted()
    _, events = run(history)
    assert [type(e) for e in events] == [LessonRequested, LessonRestated]
    assert events[1].before.service_area == "potholes"
    assert events[1].after.service_area == "drainage"


def test_history_is_imported_as_it_was_decided():
    history = History()
    history.opened(provenance=SAMPLE)
    history.responded(UPHELD, provenance=SAMPLE)
    history.closed(UPHELD, provenance=SAMPLE)
    history.imported(("delay", "staff-training"))
    decision, events = run(history)
    (event,) = events
    assert isinstance(event, LessonImported)
    assert event.after.tags == ("delay", "staff-training")
    assert event.after.requested_on == event.after.decided_on == date(2025, 6, 13)
    assert event.after.provenance is SAMPLE
    assert decision.status == "lesson"


def test_history_without_a_lesson_is_no_lesson_and_bothers_nobody():
    history = History()
    history.opened(provenance=SAMPLE)
    history.closed(PARTLY, provenance=SAMPLE)
    history.imported()
    decision, events = run(history)
    assert [type(e) for e in events] == [LessonImported]
    assert (decision.status, decision.reason) == ("no-lesson", "none-recorded")


def test_a_case_imported_open_asks_when_it_is_upheld():
    history = History()
    history.opened(provenance=Provenance.IMPORTED)
    history.imported()
    history.responded(UPHELD, provenance=Provenance.IMPORTED, on=date(2026, 2, 1))
    decision, events = run(history)
    assert [type(e) for e in events] == [LessonRequested]
    assert decision.status == "requested"


def test_a_compliment_asks_for_nothing():
    history = History()
    history.opened(kind=Kind.COMPLIMENT)
    decision, events = run(history)
    assert (decision.status, events) == ("none", [])


OUTCOMES = st.lists(st.sampled_from(Outcome), max_size=8)


@given(OUTCOMES, st.data())
def test_redelivery_changes_nothing(outcomes, data):
    history = History()
    history.opened()
    for outcome in outcomes:
        history.responded(outcome)
    once, events = run(history)
    stutter = [e for e in history.events for _ in range(data.draw(st.integers(1, 2)))]
    back = data.draw(st.integers(0, len(history.events)))
    history.events = stutter + history.events[-back:] if back else stutter
    again, events_again = run(history)
    assert (again, events_again) == (once, events)


@given(OUTCOMES)
def test_each_event_begins_where_the_last_one_ended(outcomes):
    history = History()
    history.opened()
    for outcome in outcomes:
        history.responded(outcome)
    decision, events = run(history)
    facts_before = None
    for version, event in enumerate(events, 1):
        assert (event.version, event.before) == (version, facts_before)
        assert event.after != event.before
        facts_before = event.after
    assert decision.facts == facts_before
    if decision.status == "requested":
        assert outcomes[-1] in {UPHELD, PARTLY}


def test_a_lesson_with_actions_is_one_event_each():
    decision = upheld_case()
    command = TagLesson(("delay", "delay"), (NewAction("process-change", date(2025, 9, 1)),))
    events = decide(decision, command, LISTS, by="officer-1", on=DAY)
    assert [type(e) for e in events] == [LessonTagged, ActionAgreed]
    assert events[0].after.tags == ("delay",)
    assert events[1].before == events[0].after
    decision = fold(decision, events)
    assert decision.version == 3
    assert decision.facts.actions[0].action_id == "action-1"
    assert decision.facts.decided_on == DAY


def test_tags_may_be_put_right_and_no_lesson_become_one():
    decision = upheld_case()
    no_lesson = decide(decision, RecordNoLesson("isolated-error"), LISTS, by="a", on=DAY)
    decision = fold(decision, no_lesson)
    assert (decision.status, decision.reason) == ("no-lesson", "isolated-error")
    decision = fold(decision, decide(decision, TagLesson(("staff-training",)), LISTS, by="b", on=DAY))
    assert (decision.status, decision.reason, decision.decided_by) == ("lesson", None, "b")


@pytest.mark.parametrize(
    ("command", "code", "pointer"),
    [
        (TagLesson(()), "no-tags", "/tags"),
        (TagLesson(("delay", "colour")), "unknown-code", "/tags/1"),
        (TagLesson(("delay",), (NewAction("dance"),)), "unknown-code", "/actions/0/action_type"),
        (RecordNoLesson("because"), "unknown-code", "/reason"),
        (RecordNoLesson("other"), "note-needed", "/text"),
        (AgreeAction(NewAction("process-change")), "no-lesson", ""),
        (ProgressAction("action-1", "implemented"), "unknown-action", ""),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(command, code, pointer):
    with pytest.raises(NotPermitted) as refused:
        decide(upheld_case(), command, LISTS, by="a", on=DAY)
    assert (refused.value.code, refused.value.pointer) == (code, pointer)


def test_nothing_can_be_decided_that_was_not_asked_for():
    history = History()
    history.opened()
    decision, _ = run(history)
    with pytest.raises(NotPermitted, match="No learning decision"):
        decide(decision, TagLesson(("delay",)), LISTS, by="a", on=DAY)


def with_action():
    decision = upheld_case()
    command = TagLesson(("delay",), (NewAction("process-change"),))
    return fold(decision, decide(decision, command, LISTS, by="a", on=DAY))


@given(st.lists(st.sampled_from(sorted(NEXT)), max_size=8))
def test_an_action_goes_on_only_as_it_may(path):
    decision = with_action()
    for status in path:
        was = decision.facts.actions[0].status
        command = ProgressAction("action-1", status)
        if status in NEXT[was]:
            decision = fold(decision, decide(decision, command, LISTS, by="a", on=DAY, sealed=SEALED))
            assert decision.facts.actions[0].status == status
        else:
            with pytest.raises(NotPermitted):
                decide(decision, command, LISTS, by="a", on=DAY, sealed=SEALED)


def test_an_action_not_implemented_needs_its_reason_which_is_kept():
    decision = with_action()
    with pytest.raises(NotPermitted, match="Say why"):
        decide(decision, ProgressAction("action-1", "not-implemented"), LISTS, by="a", on=DAY)
    events = decide(decision, ProgressAction("action-1", "not-implemented"), LISTS, by="a", on=DAY, sealed=SEALED)
    assert isinstance(events[0], ActionProgressed)
    assert events[0].was == "agreed"
    decision = fold(decision, events)
    assert [(n.step, n.action_id, n.sealed) for n in decision.notes] == [("action-progressed", "action-1", SEALED)]


def test_a_lesson_with_actions_cannot_become_none():
    with pytest.raises(NotPermitted, match="cannot become none"):
        decide(with_action(), RecordNoLesson("isolated-error"), LISTS, by="a", on=DAY)
