"""Histories of cases and lessons for the laws: coherent, but as strange as the law allows."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from shared.events.cases import CaseEvent, CaseImported
from shared.events.codes import Channel, Kind, OmbudsmanDecision, Outcome, Provenance, Status, Timeliness
from shared.events.envelope import Envelope, Event
from shared.events.facts import (
    CaseFacts,
    LessonAction,
    LessonFacts,
    OmbudsmanFact,
    Opening,
    StageFact,
    TrackFact,
)
from shared.events.lessons import LessonEvent, LessonRestated
from shared.ids import event_id

PROCEDURES = (
    "corporate",
    "childrens-statutory",
    "childrens-non-statutory",
    "adults-statutory",
    "public-health",
    "freedom-of-information",
    "data-protection",
    "executive-correspondence",
)
KINDS = (Kind.COMPLAINT, Kind.COMPLAINT, Kind.ENQUIRY, Kind.COMPLIMENT, Kind.COMMENT)
STAGES = ("stage-1", "stage-2", "request", "internal-review", "correspondence", "feedback")
TRACKS: dict[str, tuple[str | None, ...]] = {
    "ombudsman": (None,),
    "ombudsman-remedy": ("apology", "financial-remedy"),
    "ombudsman-report": (None,),
    "remedy": ("apology", None),
    "nhs-body": ("acute-trust", "ambulance-trust"),
}
FIRST = date(2020, 3, 1)
days = st.integers(0, 1500).map(lambda n: FIRST + timedelta(days=n))


@st.composite
def openings(draw: st.DrawFn, received: date) -> tuple[Opening, ...]:
    count = draw(st.integers(1, 3))
    spans, opened = [], received
    for number in range(count):
        last = number == count - 1
        closed = None if last and draw(st.booleans()) else opened + timedelta(days=draw(st.integers(0, 500)))
        spans.append(Opening(opened_on=opened, closed_on=closed))
        if closed is not None:
            opened = closed + timedelta(days=draw(st.integers(0, 90)))
    return tuple(spans)


@st.composite
def stages(draw: st.DrawFn, received: date) -> StageFact:
    started = received + timedelta(days=draw(st.integers(0, 60)))
    return StageFact(
        stage=draw(st.sampled_from(STAGES)),
        started_on=started,
        acknowledged_on=draw(st.none() | st.integers(0, 9).map(lambda n: started + timedelta(days=n))),
        acknowledgement_due_on=draw(st.none() | st.just(started + timedelta(days=5))),
        due_on=started + timedelta(days=20),
        responded_on=draw(st.none() | st.integers(0, 60).map(lambda n: started + timedelta(days=n))),
        outcome=draw(st.none() | st.sampled_from(Outcome)),
        timeliness=draw(st.none() | st.sampled_from(Timeliness)),
    )


@st.composite
def runs(draw: st.DrawFn, received: date, number: int) -> TrackFact:
    track = draw(st.sampled_from(sorted(TRACKS)))
    began = received + timedelta(days=draw(st.integers(0, 200)))
    after = st.integers(0, 200).map(lambda n: began + timedelta(days=n))
    due = draw(st.none() | after)
    return TrackFact(
        track=track,
        number=number,
        kind=draw(st.sampled_from(TRACKS[track])),
        state=draw(st.sampled_from(("open", "investigation", "over"))),
        began_on=began,
        ended_on=draw(st.none() | after),
        due_on=due,
        extended_to=None if due is None else draw(st.none() | st.just(due + timedelta(days=90))),
        done_on=draw(st.none() | after),
        timeliness=draw(st.none() | st.sampled_from(Timeliness)),
    )


def merged(facts: CaseFacts) -> CaseFacts:
    """The case as it is when it is merged into another: closed, and marked."""
    last = facts.openings[-1]
    closed = last if last.closed_on else last.model_copy(update={"closed_on": last.opened_on})
    openings = (*facts.openings[:-1], closed)
    return facts.model_copy(update={"merged": True, "status": Status.CLOSED, "openings": openings})


@st.composite
def case_facts(draw: st.DrawFn) -> CaseFacts:
    received = draw(days)
    spans = draw(openings(received))
    decided = draw(st.none() | st.integers(0, 200).map(lambda n: received + timedelta(days=n)))
    facts = CaseFacts(
        kind=draw(st.sampled_from(KINDS)),
        procedure=draw(st.sampled_from(PROCEDURES)),
        rulebook="rules-1",
        status=Status.OPEN if spans[-1].closed_on is None else Status.CLOSED,
        state="any",
        received_on=received,
        openings=spans,
        channel=draw(st.sampled_from((Channel.EMAIL, Channel.WEB))),
        service_area=draw(st.sampled_from(("potholes", "fostering"))),
        district=draw(st.sampled_from(("preston", "unknown"))),
        themes=tuple(draw(st.lists(st.sampled_from(("delay", "staff-conduct")), max_size=2))),
        stage=draw(st.none() | st.just("stage-1")),
        stages=tuple(draw(st.lists(stages(received), max_size=2))),
        outcome=draw(st.none() | st.sampled_from(Outcome)),
        timeliness=draw(st.none() | st.sampled_from(Timeliness)),
        formal=draw(st.booleans()),
        statutory=draw(st.booleans()),
        joint_nhs=draw(st.booleans()),
        ombudsman=tuple(
            OmbudsmanFact(
                number=n,
                received_on=received,
                decided_on=decided,
                decision=None if decided is None else draw(st.sampled_from(OmbudsmanDecision)),
                satisfactory_remedy=draw(st.none() | st.booleans()),
            )
            for n in range(1, draw(st.integers(0, 2)) + 1)
        ),
        tracks=tuple(draw(runs(received, n)) for n in range(1, draw(st.integers(0, 3)) + 1)),
        provenance=draw(st.sampled_from(Provenance)),
    )
    return merged(facts) if draw(st.integers(0, 4)) == 4 else facts


@st.composite
def lesson_facts(draw: st.DrawFn) -> LessonFacts:
    asked = draw(days)
    decided = draw(st.booleans())
    return LessonFacts(
        procedure=draw(st.sampled_from(PROCEDURES)),
        outcome=Outcome.UPHELD,
        requested_on=asked,
        decision=draw(st.sampled_from(("lesson", "no-lesson"))) if decided else "requested",
        decided_on=asked + timedelta(days=draw(st.integers(0, 300))) if decided else None,
        tags=tuple(draw(st.lists(st.sampled_from(("delay", "record")), max_size=2))),
        actions=tuple(
            LessonAction(
                action_id=f"a{n}",
                action_type="training",
                status=draw(st.sampled_from(("agreed", "implemented"))),
            )
            for n in range(draw(st.integers(0, 2)))
        ),
    )


Happening = CaseEvent | LessonEvent


@dataclass
class Log:
    """Partitions of events in order, as a relay may have left them: an event may stand there more than once."""

    partitions: list[list[Happening]]
    latest: list[CaseFacts | LessonFacts]


@st.composite
def logs(draw: st.DrawFn, *, partitions: int = 2, aggregates: int = 5) -> Log:
    """Several aggregates with several versions each, mixed within a partition, with stretches published again."""
    written: list[list[Happening]] = [[] for _ in range(partitions)]
    latest: list[CaseFacts | LessonFacts] = []
    for number in range(draw(st.integers(1, aggregates))):
        case_id = uuid.UUID(int=number)
        lesson = draw(st.booleans())
        states: list[Any] = draw(st.lists(lesson_facts() if lesson else case_facts(), min_size=1, max_size=4))
        events: list[Happening] = []
        for version, after in enumerate(states, start=1):
            before = states[version - 2] if version > 1 else None
            if isinstance(after, LessonFacts):
                events.append(LessonEvent(case_id=case_id, version=version, before=before, after=after))
            else:
                events.append(CaseEvent(case_id=case_id, reference=f"RD-{number}", version=version, before=before, after=after))
        again = draw(st.integers(0, len(events)))
        events = [*events[:again], *events[draw(st.integers(0, again)) :]] if again else events
        latest.append(states[-1])
        target = written[number % partitions]
        for event in events:
            at = draw(st.integers(_after(target, event), len(target)))
            target.insert(at, event)
    return Log(written, latest)


def _after(target: list[Happening], event: Happening) -> int:
    """The first place behind the aggregate's earlier events."""
    return max((i + 1 for i, other in enumerate(target) if other.case_id == event.case_id), default=0)


def plain_facts(random: Random) -> CaseFacts:
    """A complaint, compliment or enquiry like the many, for logs of thousands; some have tracks, a few are merged."""
    received = FIRST + timedelta(days=random.randrange(1200))
    closed = random.choice((None, received + timedelta(days=random.randrange(400))))
    stage = StageFact(
        stage=random.choice(STAGES),
        started_on=received,
        due_on=received + timedelta(days=14),
        responded_on=closed,
        outcome=Outcome.UPHELD if closed else None,
        timeliness=random.choice(list(Timeliness)) if closed else None,
    )
    track = random.choice(sorted(TRACKS))
    run = TrackFact(
        track=track,
        number=1,
        kind=random.choice(TRACKS[track]),
        state="over" if closed else "open",
        began_on=received,
        ended_on=closed,
        due_on=received + timedelta(days=90),
        done_on=random.choice((None, closed)),
    )
    facts = CaseFacts(
        kind=random.choice((Kind.COMPLAINT, Kind.COMPLAINT, Kind.COMPLIMENT, Kind.ENQUIRY)),
        procedure=random.choice(PROCEDURES),
        rulebook="rules-1",
        status=Status.CLOSED if closed else Status.OPEN,
        state="any",
        received_on=received,
        openings=(Opening(opened_on=received, closed_on=closed),),
        channel=random.choice((Channel.EMAIL, Channel.WEB)),
        service_area=random.choice(("potholes", "fostering", "school-transport")),
        district=random.choice(("preston", "burnley", "unknown")),
        themes=tuple(random.sample(("delay", "staff-conduct", "quality"), random.randrange(3))),
        stage="stage-1",
        stages=(stage,),
        outcome=random.choice((Outcome.UPHELD, Outcome.NOT_UPHELD)) if closed else None,
        statutory=random.random() < 0.3,
        tracks=(run,) if random.random() < 0.3 else (),
        provenance=Provenance.SAMPLE,
    )
    return merged(facts) if random.random() < 0.1 else facts


def published(event: Happening, time: datetime) -> Envelope[Event]:
    """The same change as a concrete event, as a service would publish it."""
    fields = {name: getattr(event, name) for name in type(event).model_fields}
    data: Event
    if isinstance(event, CaseEvent):
        data = CaseImported(**fields, step="imported", on=time.date())
    else:
        data = LessonRestated(**fields, on=time.date())
    return Envelope(
        id=event_id(event.case_id, event.version),
        source="redress/tests",
        time=time,
        recorded_at=time,
        subject=str(event.case_id),
        data=data,
        correlation_id="tests",
        sequence=event.version,
    )


def many_cases(count: int, *, seed: int = 1, versions: int = 3) -> list[list[CaseEvent]]:
    """The events of that many cases, each with a few versions."""
    random = Random(seed)
    cases = []
    for _ in range(count):
        case_id = uuid.UUID(int=random.getrandbits(128))
        states = [plain_facts(random) for _ in range(random.randint(1, versions))]
        cases.append(
            [
                CaseEvent(
                    case_id=case_id,
                    reference="RD-1",
                    version=n,
                    before=states[n - 2] if n > 1 else None,
                    after=after,
                )
                for n, after in enumerate(states, start=1)
            ]
        )
    return cases
