"""Anything that staff may try on one case: a step that is open, with fields that may fit."""

from datetime import timedelta

from hypothesis import strategies as st

from services.workflow.case.open_steps import open_steps
from services.workflow.rulebook.model import Effect
from shared.events.codes import Kind, OmbudsmanDecision

PEOPLE = ("officer-1", "officer-2", "outside-1", "outside-2", "outside-3", "outside-4")
FINDINGS = ("upheld", "not-upheld", "partly-upheld", "no-finding")
NEEDS_ANOTHER_CASE = {Effect.LINK, Effect.UNLINK, Effect.MERGE}
PROCEDURES = (
    "corporate",
    "childrens-statutory",
    "adults-statutory",
    "public-health",
    "childrens-non-statutory",
)


def draw_step(draw, desk):
    """A step that is open to the case, with the run that takes it; none that needs another case."""
    book = desk.books.get(desk.facts.rulebook, desk.case.rulebook_version)
    found = [o for o in open_steps(desk.case, book) if o.step.effect not in NEEDS_ANOTHER_CASE]
    return draw(st.sampled_from(found)), book


def draw_fields(draw, chosen, book, day, *, moving=False):
    """Fields for the step; with `moving`, also those that put the case under another procedure."""
    step = chosen.step
    found = {"number": chosen.run.number} if chosen.run else {}
    match step.effect:
        case Effect.ASSIGN:
            found["person"] = draw(st.sampled_from(PEOPLE))
        case Effect.RESPOND:
            found["person"] = draw(st.sampled_from((None, *PEOPLE)))
        case Effect.FIND:
            found["element"] = draw(st.integers(1, 3))
            found["finding"] = draw(st.sampled_from(FINDINGS))
        case Effect.EXTEND:
            later = st.integers(1, 90).map(lambda n: day + timedelta(days=n))
            found["to"] = draw(st.none() | later)
            found["good_reason"] = draw(st.booleans())
        case Effect.REFUSE:
            found["refusal_reason"] = draw(st.sampled_from(sorted(book.refusal_reasons)))
        case Effect.OMBUDSMAN_DECISION:
            found["decision"] = draw(st.sampled_from(step.decisions or tuple(OmbudsmanDecision)))
            found["number"] = chosen.run.number if chosen.run else draw(st.none() | st.integers(1, 3))
        case Effect.BEGIN | Effect.REFER:
            track = book.track(book.track_of(step.begins)) if step.begins else None
            if track and track.kinds:
                found["kind"] = draw(st.sampled_from(sorted(track.kinds)))
            named = st.integers(0, 60).map(lambda n: day + timedelta(days=n))
            found["due_on"] = draw(st.none() | named)
        case Effect.SPLIT:
            found["elements"] = draw(st.sampled_from([(), (1,), (1, 2)]))
        case Effect.MOVE:
            found["rulebook"] = draw(st.sampled_from(["corporate-2022", "corporate-code-2024", book.id]))
        case Effect.RECLASSIFY if moving:
            kinds = [None, None, Kind.COMPLAINT, Kind.COMPLIMENT]
            found["kind"] = draw(st.sampled_from(kinds))
            found["procedure"] = draw(st.sampled_from(PROCEDURES))
            found["themes"] = draw(st.sampled_from([None, ("delay",)]))
        case Effect.RECLASSIFY:
            found["themes"] = ("delay",)
    return found
