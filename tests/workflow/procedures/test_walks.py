"""Each procedure walked through the API on the real broker and store, from feedback to a closed case and its outcome."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from shared.calendar.london import london_date
from shared.events.codes import Kind
from tests.workflow.procedures.rig import declarations
from tests.workflow.service_rig import WORDS, Walk, complaint, opened, until_published

FOUND = ("find", {"element": 1, "finding": "upheld", "reasoning": "It was promised."})
POINT = ("add-element", {"description": WORDS})
TEXT = {"reason": "As agreed."}


def child():
    return [
        "acknowledge",
        ("assign", {"person": "manager-1"}),
        POINT,
        FOUND,
        "respond-stage-1",
        "escalate-to-stage-2",
        "agree-statement",
        ("appoint-investigating-officer", {"person": "io-1"}),
        ("appoint-independent-person", {"person": "ip-1"}),
        ("appoint-adjudicating-officer", {"person": "head-1"}),
        ("extend-stage-2", TEXT),
        FOUND,
        "receive-reports",
        "respond-stage-2",
        "escalate-to-stage-3",
        "acknowledge",
        ("appoint-chair", {"person": "chair-1"}),
        ("appoint-member-1", {"person": "member-1"}),
        ("appoint-member-2", {"person": "member-2"}),
        "hold-panel",
        "receive-findings",
        FOUND,
        ("respond-stage-3", {"person": "director-1"}),
        "close",
    ]


def adult():
    later = (london_date(datetime.now(UTC)) + timedelta(days=40)).isoformat()
    return [
        "acknowledge",
        "decline-discussion",
        ("determine-period", {"to": later}),
        POINT,
        FOUND,
        ("name-responsible-person", {"person": "chief-1"}),
        ("respond", {"response": "We are sorry."}),
        "close",
    ]


def request(*first):
    return [
        ("assign", {"person": "officer-2"}),
        *first,
        "respond",
        "request-review",
        ("assign-reviewer", {"person": "officer-3"}),
        POINT,
        FOUND,
        "respond-review",
        "close",
    ]


CLARIFIED = (("seek-clarification", {"text": "Which year?"}), "receive-clarification")

WALKS = {
    "childrens-statutory": (Kind.COMPLAINT, "childrens-statutory", child()),
    "adults-statutory": (Kind.COMPLAINT, "adults-statutory", adult()),
    "public-health": (Kind.COMPLAINT, "public-health", adult()),
    "freedom-of-information": (Kind.ENQUIRY, "freedom-of-information", request(*CLARIFIED)),
    "environmental-information": (Kind.ENQUIRY, "environmental-information", request(*CLARIFIED)),
    "subject-access": (Kind.ENQUIRY, "subject-access", request(("extend", TEXT))),
    "mp-correspondence": (
        Kind.ENQUIRY,
        "executive-correspondence",
        ["acknowledge", ("respond", {"person": "officer-2"}), "close"],
    ),
    "data-protection": (
        Kind.COMPLAINT,
        "data-protection-2026",
        ["acknowledge", POINT, FOUND, ("respond", {"person": "officer-2"}), "close"],
    ),
    "corporate": (
        Kind.COMPLAINT,
        "corporate-code-2024",
        [
            "acknowledge",
            ("assign", {"person": "officer-1"}),
            POINT,
            FOUND,
            ("extend", TEXT),
            "respond",
            "escalate",
            "acknowledge",
            ("assign-reviewer", {"person": "officer-2"}),
            FOUND,
            ("respond-finally", {"person": "officer-2"}),
            "close",
        ],
    ),
}

OLD = date(2023, 3, 1)
BEFORE = [
    "make-formal",
    "acknowledge",
    ("assign", {"person": "officer-1"}),
    POINT,
    FOUND,
    "respond",
    "close",
]
OTHERS = {
    "before-the-code": (Kind.COMPLAINT, "corporate-2022", BEFORE, OLD),
    "compliment": (
        Kind.COMPLIMENT,
        "feedback-2024",
        [("assign", {"person": "service-1"}), "acknowledge", "close"],
        None,
    ),
    "comment": (Kind.COMMENT, "feedback-2024", ["acknowledge", "close"], None),
    "service-request": (Kind.SERVICE_REQUEST, "feedback-2024", ["acknowledge", "close"], None),
}


@pytest.mark.parametrize("procedure", WALKS)
async def test_a_procedure_is_walked_to_closure(workflow, procedure):
    day = max(date(2026, 6, 19), london_date(datetime.now(UTC)))
    await walked(workflow, procedure, *WALKS[procedure], day)


@pytest.mark.parametrize("name", OTHERS)
async def test_the_councils_own_are_walked_to_closure(workflow, name):
    kind, book, steps, day = OTHERS[name]
    await walked(workflow, "corporate", kind, book, steps, day or london_date(datetime.now(UTC)))


async def walked(workflow, procedure, kind, book, steps, day):
    """From feedback to closure by these steps: every event in order, and the outcomes that they come to."""
    sent = await complaint(workflow, on=day, kind=kind, procedure=procedure)
    async with workflow.running() as client:
        await workflow.publish(sent)
        first = await opened(client, sent)
        facts = first.json()["facts"]
        assert (facts["procedure"], facts["rulebook"]) == (procedure, book)
        walk = Walk(client, first)
        for item in steps:
            step, body = (item, {}) if isinstance(item, str) else item
            offered = {s["step"]: s for s in walk.answer.json()["steps"]}
            asked = [r["argument"] for r in offered[step]["requires"] if r["check"] == "declares"]
            assert set(asked) <= set(declarations(book))
            done = await walk(step, declarations=asked, **body)
        assert done["facts"]["status"] == "closed"
        records = await until_published(workflow, "cases", done["version"])
        answered = [s["stage"] for s in done["facts"]["stages"] if s["responded_on"]]
        assert [x.sequence for x in records] == list(range(1, done["version"] + 1))
        assert all(b.data.before == a.data.after for a, b in pairwise(records))
        # Each response and the closure published something; nothing was published twice.
        outcomes = await until_published(workflow, "outcomes", max(1, len(answered)))
        assert [x.data.sequence for x in outcomes] == list(range(1, len(outcomes) + 1))
        last = outcomes[-1]
        assert last.data.statement.procedure == procedure
        assert [s.stage for s in last.data.statement.stages] == answered
        for record in records:
            assert b"drain" not in record.value()
