"""Staff at a case: what they are shown, and the steps they take, with the text sealed on the way in and opened on the way out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from services.workflow.case.clocks.reading import Reading, readings
from services.workflow.case.commands import TakeStep
from services.workflow.case.decide import decide
from services.workflow.case.effects import ENTRIES
from services.workflow.case.errors import CaseError, StepRefused
from services.workflow.case.fields import Fields
from services.workflow.case.model import Case, Element, Run
from services.workflow.case.open_steps import open_steps
from services.workflow.case.reacting import concerns
from services.workflow.change import Change, Stored, change
from services.workflow.related import Related
from services.workflow.rulebook.model import Rulebook, Step
from services.workflow.store import Cases
from services.workflow.views import (
    MAX_TEXT,
    CaseDetail,
    ClockView,
    ElementView,
    EventView,
    FindingView,
    RunView,
    StepView,
)
from shared import failpoints
from shared.clock import now
from shared.events.cases import CaseEvent, CaseOpened, CaseText, ElementAdded, FindingRecorded
from shared.events.envelope import EVENT_TYPES
from shared.events.outgoing import Cause
from shared.events.sealed import Sealed
from shared.messaging.records import Reject
from shared.settings import StaffMember
from shared.store import StoreUnavailable
from shared.telemetry.logs import get
from shared.vault import KeyDestroyed, Vault
from shared.web.etags import stale
from shared.web.problems import FieldFault, Problem

log = get(__name__)

_STATUS = {"unknown-step": 404, "step-not-open": 409, "role-missing": 403}


class Desk:
    """`wake_relay` is called after a write that left events to publish."""

    def __init__(self, cases: Cases, vault: Vault, related: Related, wake_relay: Callable[[], None]) -> None:
        self._cases = cases
        self._related = related
        self._vault = vault
        self._wake_relay = wake_relay

    async def find(self, key: str) -> Stored:
        """A case by id or reference. Raises: Problem 404."""
        stored = await self._cases.find(key)
        if stored is None:
            raise Problem(404, "no-such-case", f"There is no case {key[:60]!r}.")
        return stored

    async def take(
        self, key: str, step: str, body: Mapping[str, Any], staff: StaffMember, version: int, correlation: str
    ) -> Stored:
        """Take a step on the version that staff have seen.

        Raises:
            Problem: 404, 403 or 409 when the step is not open to the case or to these staff, 412 when the case has moved on,
                422 when a field does not fit or a requirement is not met.
        """
        stored = await self.find(key)
        if stored.case.version != version:
            raise stale(stored.case.version)
        found = self._cases.book(stored.case).step(step)
        fields, text = _parsed(found, body)
        sealed = await self._seal(stored.case, text, found) if found and text else None
        other = await self._cases.find(named) if (named := fields.other_reference) else None
        command = TakeStep(
            step,
            fields,
            by=staff.id,
            roles=staff.roles,
            sealed=sealed,
            other=other.case if other else None,
        )
        at = now()
        try:
            events = decide(stored.case, command, self._cases.rulebooks, at, self._cases.register)
        except CaseError as error:
            raise _problem(error) from None
        made = change(stored, events, at, Cause(correlation))
        failpoints.hit("workflow.handled-before-save")
        if not await self._cases.save(made):
            raise stale((await self.find(key)).case.version)
        failpoints.hit("workflow.after-save")
        self._wake_relay()
        await self._carry_over(made, correlation)
        return made.after

    async def _carry_over(self, made: Change, correlation: str) -> None:
        """Let the other case know now; where that cannot be done now, the log will tell it."""
        for outgoing in made.outgoing:
            event = outgoing.envelope.data
            if isinstance(event, CaseEvent) and concerns(event):
                try:
                    await self._related.follow(event, outgoing.envelope.id, correlation)
                except (StoreUnavailable, Reject, RuntimeError) as error:
                    log.warning(
                        "the other case will be told by the log",
                        case_id=str(event.case_id),
                        error=type(error).__name__,
                    )

    async def detail(self, stored: Stored) -> CaseDetail:
        """The case as staff see it."""
        case, book = stored.case, self._cases.book(stored.case)
        state = book.state(case.state)
        erased = False
        content = None
        elements: list[ElementView] = []
        try:
            if case.sealed is not None:
                content = await self._vault.unseal(
                    case.sealed, CaseOpened.content, purpose=CaseOpened.purpose
                )
            elements = [await self._element(case, element) for element in case.elements]
        except KeyDestroyed:
            erased = True
        return CaseDetail(
            case_id=case.case_id,
            feedback_id=case.feedback_id,
            reference=case.reference,
            version=case.version,
            received_at=case.received_at,
            facts=case.facts,
            state_title=state.title if state else case.state,
            rulebook=book.id,
            rulebook_version=book.version,
            rulebook_title=book.title,
            officer=case.visit.holder() if case.visit else None,
            erased=erased,
            content=content,
            attachments=list(case.attachments),
            elements=elements,
            messages=case.messages,
            learning=case.learning,
            learning_tags=list(case.learning_tags),
            relations=list(case.relations),
            runs=[RunView.of(run, book) for run in case.runs],
            clocks=[ClockView.of(r, run) for run, r in self._readings(case, book)],
            steps=StepView.all(open_steps(case, book), book, case),
        )

    def _readings(self, case: Case, book: Rulebook) -> Iterator[tuple[Run | None, Reading]]:
        """The clocks of the stage, then those of every run."""
        for run, visit in ((None, case.visit), *((run, run.visit) for run in case.runs)):
            for reading in readings(visit, book, self._cases.register) if visit else ():
                yield run, reading

    async def history(self, key: str) -> list[EventView]:
        """Everything that happened on a case, in order, with its text. Raises: Problem 404."""
        entries = await self._cases.history(key)
        if entries is None:
            raise Problem(404, "no-such-case", f"There is no case {key[:60]!r}.")
        found = []
        for entry in entries:
            sealed = entry["data"].pop("sealed", None)
            text = (
                None if sealed is None else await self._written(entry["type"], Sealed.model_validate(sealed))
            )
            found.append(EventView.model_validate({**entry, "text": text}))
        return found

    async def _written(self, type_: str, sealed: Sealed) -> str | None:
        event = EVENT_TYPES[type_]
        assert issubclass(event, CaseEvent), "a case's history holds its own events"
        try:
            return await self._text(event, sealed)
        except KeyDestroyed:
            return None

    async def _element(self, case: Case, element: Element) -> ElementView:
        return ElementView(
            number=element.number,
            away=element.away,
            theme=element.theme,
            description=await self._text(ElementAdded, element.sealed),
            findings=[
                FindingView(
                    stage=case.visits[f.visit].stage,
                    visit=f.visit,
                    finding=f.outcome,
                    reasoning=await self._text(FindingRecorded, f.sealed),
                )
                for f in element.findings
            ],
        )

    async def _text(self, event: type[CaseEvent], sealed: Sealed | None) -> str | None:
        """What people wrote with an event; None where they wrote nothing. Raises: KeyDestroyed."""
        if sealed is None:
            return None
        return (await self._vault.unseal(sealed, event.content, purpose=event.purpose)).text

    async def _seal(self, case: Case, text: str, step: Step) -> Sealed:
        purpose = ENTRIES[step.effect].purpose
        try:
            return await self._vault.seal(case.feedback_id, CaseText(text=text), purpose=purpose)
        except KeyDestroyed:
            # Imported history has no key before somebody writes on it; a destroyed key is never made again.
            await self._vault.create_key(case.feedback_id)
            return await self._vault.seal(case.feedback_id, CaseText(text=text), purpose=purpose)


def _parsed(step: Step | None, body: Mapping[str, Any]) -> tuple[Fields, str]:
    """A step's fields and its text, or a problem document that names each fault."""
    if step is None:
        return Fields(), ""
    given = dict(body)
    entry = ENTRIES[step.effect]
    name = entry.text
    text = given.pop(name, "")
    faults: list[FieldFault] = []
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        faults.append(FieldFault(pointer=f"/{name}", detail=f"a text of at most {MAX_TEXT} characters"))
        text = ""
    fields = Fields()
    try:
        fields = entry.fields.model_validate(given)
    except ValidationError as error:
        faults += [
            FieldFault(pointer="/" + "/".join(map(str, e["loc"])), detail=e["msg"])
            for e in error.errors(include_input=False, include_url=False)
        ]
    if faults:
        raise Problem(422, "invalid", f"{step.title}: the fields do not fit; see errors.", faults=faults)
    return fields, text.strip()


def _problem(error: CaseError) -> Problem:
    faults = [FieldFault(pointer=error.pointer, detail=error.message)] if error.pointer else []
    status = 422 if isinstance(error, StepRefused) else _STATUS.get(error.code, 409)
    return Problem(status, error.code, error.message, faults=faults)
