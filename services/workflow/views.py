"""What staff are shown of a case: its codes, its text unsealed, its clocks explained, and the steps open to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.workflow.case.clocks.reading import Reading
from services.workflow.case.effects import ENTRIES
from services.workflow.case.model import Case, Relation, Run
from services.workflow.rulebook.model import Check, Rulebook, Step
from shared.events.facts import CaseFacts
from shared.events.feedback import AttachmentRef, FeedbackContent


class CaseItem(BaseModel):
    """A case in a list."""

    case_id: UUID
    reference: str
    version: int
    facts: CaseFacts

    @classmethod
    def of(cls, case: Case) -> CaseItem:
        return cls(case_id=case.case_id, reference=case.reference, version=case.version, facts=case.facts)


class CasePage(BaseModel):
    items: list[CaseItem]
    total: int
    page: int
    size: int


class FindingView(BaseModel):
    stage: str
    visit: int
    finding: str
    reasoning: str | None


class ElementView(BaseModel):
    """A point of the complaint; one that is `away` is answered in another case."""

    number: int
    away: bool
    theme: str | None
    description: str | None
    findings: list[FindingView]


class ClockView(BaseModel):
    """A clock with its deadline and why it is that day. Days are London days. `run` is the number of the run that it is of."""

    clock: str
    run: int | None
    title: str
    stage: str
    kind: str
    status: str
    limit: str
    started_on: date | None
    standard_due_on: date | None
    due_on: date | None
    extended_to: date | None
    stopped_on: date | None
    timeliness: str | None
    paused_units: int
    problem: str | None
    notices: list[str]
    source: str
    trace: list[dict[str, Any]]

    @classmethod
    def of(cls, reading: Reading, run: Run | None = None) -> ClockView:
        clock = reading.clock
        return cls(
            clock=clock.id,
            run=run.number if run else None,
            title=clock.title,
            stage=clock.stage,
            kind=clock.kind,
            status=reading.status,
            limit=f"{clock.limit} {clock.unit.replace('_', ' ')}" if clock.fixed else "agreed",
            started_on=reading.started_on,
            standard_due_on=reading.standard_due,
            due_on=reading.due,
            extended_to=reading.extended_to,
            stopped_on=reading.stopped_on,
            timeliness=reading.timeliness,
            paused_units=reading.paused_units,
            problem=reading.problem,
            notices=list(clock.notices),
            source=clock.source,
            trace=[answer.as_json() for answer in reading.steps],
        )


class RequirementView(BaseModel):
    check: str
    argument: str | None
    words: str | None


class RunView(BaseModel):
    """The `number`-th run of a track: where it stands, and since when. Days are London days."""

    track: str
    track_title: str
    number: int
    kind: str | None
    kind_title: str | None
    state: str
    state_title: str
    began_on: date
    ended_on: date | None
    holders: dict[str, str]

    @classmethod
    def of(cls, run: Run, book: Rulebook) -> RunView:
        track, state = book.track(run.track), book.state(run.state)
        return cls(
            track=run.track,
            track_title=track.title if track else run.track,
            number=run.number,
            kind=run.kind,
            kind_title=track.kinds.get(run.kind or "") if track else None,
            state=run.state,
            state_title=state.title if state else run.state,
            began_on=run.visit.started_on,
            ended_on=run.ended_on,
            holders={h.role: h.person for h in run.visit.holders},
        )


class StepView(BaseModel):
    """A step that can be taken now: `fields` is the JSON Schema of the body, its text field included.

    `why_not`: of one that cannot be taken now, which is shown only where all are asked for, the reasons. `also` are other names by
    which it is taken. `track` and `numbers` are the runs of a track at which it is open; None and empty of a step of the procedure.
    """

    step: str
    also: list[str]
    title: str
    effect: str
    to: str | None
    roles: list[str]
    requires: list[RequirementView]
    fields: dict[str, Any]
    source: str
    track: str | None
    numbers: list[int]
    why_not: list[str]

    @classmethod
    def of(
        cls, step: Step, book: Rulebook, case: Case, schema: dict[str, Any], runs: Sequence[Run], why_not: Sequence[str] = ()
    ) -> StepView:
        """`schema` is that of the body, `runs` are those that may take it."""
        return cls(
            step=step.id,
            also=list(step.also),
            title=step.title,
            effect=step.effect,
            to=step.target(runs[0].visit.stage if runs else case.stage),
            track=runs[0].track if runs else book.of_track(step),
            numbers=[run.number for run in runs],
            roles=list(step.roles),
            requires=[
                RequirementView(check=r.check, argument=r.argument, words=book.declarations.get(r.argument or ""))
                for r in step.requires
            ],
            fields=schema,
            source=step.source,
            why_not=list(why_not),
        )


class CaseDetail(BaseModel):
    """`content` is None of imported history and when the person was erased (`erased`).

    `procedure_rule` is the council's rule by which it was received under its first procedure, and `procedure_why` its reason.
    """

    case_id: UUID
    feedback_id: UUID
    reference: str
    version: int
    received_at: datetime
    facts: CaseFacts
    state_title: str
    rulebook: str
    rulebook_version: int
    rulebook_title: str
    procedure_rule: str | None
    procedure_why: str | None
    officer: str | None
    erased: bool
    content: FeedbackContent | None
    attachments: list[AttachmentRef]
    elements: list[ElementView]
    messages: int
    relations: list[Relation]
    runs: list[RunView]
    learning: str | None
    learning_tags: list[str]
    clocks: list[ClockView]
    steps: list[StepView]


class EventView(BaseModel):
    """One event of the history. `data` is as published, without the facts before it and what is sealed.

    `text` is what people wrote with it; None when it holds none, or when the person was erased.
    """

    id: UUID
    type: str
    time: datetime
    recorded_at: datetime
    sequence: int
    correlation_id: str
    causation_id: str | None
    text: str | None = None
    data: dict[str, Any]


class History(BaseModel):
    items: list[EventView]


def body_schema(step: Step, book: Rulebook) -> dict[str, Any]:
    """The JSON Schema of a step's body."""
    entry = ENTRIES[step.effect]
    schema = _schema(entry.fields)
    if book.of_track(step) is None and not entry.numbered:
        schema["properties"].pop("number", None)
    track = book.track(book.track_of(step.begins) or "") if step.begins else None
    if track is not None and track.kinds:
        schema["properties"]["kind"] = {"enum": list(track.kinds), "title": "Kind"}
    elif track is not None:
        schema["properties"].pop("kind", None)
    if step.decisions:
        schema["properties"]["decision"] = {"enum": list(step.decisions), "title": "Decision"}
    checks = {r.check for r in step.requires}
    text = entry.named(step)
    schema["properties"][text] = {"type": "string", "maxLength": MAX_TEXT, "title": text.capitalize()}
    required = [*schema.get("required", []), *(["kind"] if track is not None and track.kinds else [])]
    if Check.REASON in checks:
        required.append(text)
    if Check.REFUSAL_REASON in checks:
        schema["properties"]["refusal_reason"] = {"enum": list(book.refusal_reasons)}
        required.append("refusal_reason")
    declared = [r.argument for r in step.requires if r.check is Check.DECLARES]
    if declared:
        schema["properties"]["declarations"] = {
            "type": "array",
            "items": {"enum": declared},
            "minItems": len(declared),
            "uniqueItems": True,
        }
        required.append("declarations")
    if required:
        schema["required"] = sorted(set(required))
    schema.pop("description", None)
    return schema


def _schema(fields: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of the fields, of which the top level and the properties may be changed."""
    schema = _made_once(fields)
    return {**schema, "properties": dict(schema["properties"])}


@cache
def _made_once(fields: type[BaseModel]) -> dict[str, Any]:
    return fields.model_json_schema()


MAX_TEXT = 100_000
