"""Case events as workflow publishes them, for tests of learning."""

from datetime import UTC, date, datetime
from uuid import UUID

from services.learning.decision.follow import follow
from shared.events.cases import (
    CaseClosed,
    CaseImported,
    CaseOpened,
    CaseReclassified,
    CaseResponded,
    NoteAdded,
)
from shared.events.codes import Channel, Kind, Outcome, Provenance, Status
from shared.events.envelope import Envelope
from shared.events.facts import CaseFacts, Opening, StageFact
from shared.ids import case_id, event_id
from shared.references import reference

FEEDBACK = UUID("6b0f4c3e-9a52-4d58-8f53-4b7c1a9d2e10")
RECEIVED = date(2025, 6, 2)


def facts(outcome=None, *, stages=(), kind=Kind.COMPLAINT, closed=None, provenance=Provenance.LIVE, **more):
    plain = CaseFacts(
        kind=kind,
        procedure="corporate",
        rulebook="corporate-code-2024",
        status=Status.CLOSED if closed else Status.OPEN,
        state="closed" if closed else "open",
        received_on=RECEIVED,
        openings=(Opening(opened_on=RECEIVED, closed_on=closed),),
        channel=Channel.WEB,
        service_area="potholes",
        district="wyre",
        stages=tuple(
            StageFact(stage=f"stage-{n}", started_on=RECEIVED, responded_on=RECEIVED, outcome=o) for n, o in enumerate(stages, 1)
        ),
        outcome=outcome,
        provenance=provenance,
    )
    return plain.model_copy(update=more)


class History:
    """The events of one case, in order, each with the facts before it."""

    def __init__(self, feedback=FEEDBACK):
        self.feedback = feedback
        self.case = case_id(feedback)
        self.reference = reference(feedback)
        self.events = []

    def add(self, model, after, *, on=RECEIVED, **more):
        event = model(
            case_id=self.case,
            reference=self.reference,
            version=len(self.events) + 1,
            before=self.events[-1].after if self.events else None,
            after=after,
            step=model.type.split(".")[2],
            on=on,
            **more,
        )
        self.events.append(event)
        return event

    def opened(self, *, sealed=None, **more):
        received = datetime(2025, 6, 2, 9, tzinfo=UTC)
        return self.add(
            CaseOpened,
            facts(**more),
            feedback_id=self.feedback,
            rulebook_version=1,
            received_at=received,
            sealed=sealed,
        )

    def responded(self, outcome, *, on=date(2025, 6, 12), **more):
        return self.add(CaseResponded, facts(stages=(outcome,), **more), on=on, outcome=outcome)

    def closed(self, outcome, *, on=date(2025, 6, 13), **more):
        return self.add(CaseClosed, facts(outcome, stages=(outcome,), closed=on, **more), on=on, outcome=outcome)

    def noted(self):
        return self.add(NoteAdded, self.events[-1].after)

    def reclassified(self, after):
        was = self.events[-1].after
        return self.add(CaseReclassified, after, rulebook_version=1, kind_was=was.kind, procedure_was=was.procedure)

    def imported(self, tags=(), *, on=date(2026, 1, 5)):
        return self.add(CaseImported, self.events[-1].after, on=on, learning_tags=tags)


def envelope(event, time=datetime(2025, 6, 12, 10, 30, tzinfo=UTC)):
    return Envelope(
        id=event_id(event.case_id, event.version),
        source="redress/workflow",
        time=time,
        recorded_at=time,
        subject=str(event.case_id),
        data=event,
        correlation_id="test",
        sequence=event.version,
    )


SAMPLE = Provenance.SAMPLE
UPHELD, PARTLY, NOT = Outcome.UPHELD, Outcome.PARTLY_UPHELD, Outcome.NOT_UPHELD


def run(history, decision=None):
    """Follow every event; the decision and all events that learning published."""
    events = []
    for event in history.events:
        decision, more = follow(decision, event, event.on)
        events += more
    return decision, events
