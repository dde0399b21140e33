"""What staff are shown of cases, with what people wrote unsealed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.workflow.case.clocks.reading import Reading, readings
from services.workflow.case.model import Case, Element, Run
from services.workflow.case.open_steps import OpenStep, open_steps
from services.workflow.case.takeable import standing, why_not
from services.workflow.change import Stored
from services.workflow.rulebook.choose import Rulebooks
from services.workflow.rulebook.model import Rulebook, Step
from services.workflow.store import Cases, Query, found
from services.workflow.views import (
    CaseDetail,
    CaseItem,
    CasePage,
    ClockView,
    ElementView,
    EventView,
    FindingView,
    RunView,
    StepView,
    body_schema,
)
from shared.calendar.london import today
from shared.clock import now
from shared.errors import Fault, Invalid, NotFound
from shared.events.cases import CaseEvent, CaseOpened, ElementAdded, FindingRecorded
from shared.events.envelope import EVENT_TYPES
from shared.events.sealed import Sealed
from shared.settings import StaffMember
from shared.taxonomy.codes import Codes, perhaps
from shared.vault import KeyDestroyed, Vault


class CaseQueries:
    def __init__(self, cases: Cases, vault: Vault, codes: Codes) -> None:
        self._cases = cases
        self._codes = codes
        self._schemas: dict[tuple[str, int, str], dict[str, Any]] = {}
        self._vault = vault

    async def find(self, key: str) -> Stored:
        """A case by id or reference. Raises: NotFound, with the references that were perhaps meant."""
        stored = await self._cases.find(key)
        if stored is None and (nearest := await self._cases.nearest(key)):
            raise NotFound("no-such-case", f"There is no case {key[:60]!r}. Was it {' or '.join(nearest)}?")
        return found(stored, key)

    async def page(self, query: Query, *, page: int, size: int) -> CasePage:
        """One page of cases, as `Cases.page` orders them.

        Raises:
            Invalid: a code that no rulebook and no list has; the nearest is named. No case could have it.
        """
        if faults := unknown_codes(query, self._cases.rulebooks, self._codes):
            raise Invalid("unknown-code", f"{faults[0].pointer.removeprefix('query/')}: {faults[0].detail}.", faults)
        cases, total = await self._cases.page(query, page=page, size=size)
        return CasePage(items=[CaseItem.of(case) for case in cases], total=total, page=page, size=size)

    async def detail(self, stored: Stored, staff: StaffMember, *, all_steps: bool = False) -> CaseDetail:
        """The case as these staff see it, with the steps that they can take now; `all_steps`: with the others too."""
        case, book = stored.case, self._cases.book(stored.case)
        state = book.state(case.state)
        erased = False
        content = None
        elements: list[ElementView] = []
        try:
            if case.sealed is not None:
                content = await self._vault.unseal(case.sealed, CaseOpened.content, purpose=CaseOpened.purpose)
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
            procedure_rule=case.procedure_rule,
            procedure_why=self._codes.routing.why(case.procedure_rule),
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
            steps=self._steps(case, book, staff, all_steps=all_steps),
        )

    def _steps(self, case: Case, book: Rulebook, staff: StaffMember, *, all_steps: bool) -> list[StepView]:
        """One of each step, in the rulebook's order: at every run that can take it, else with the reasons why none can."""
        day, register = today(now()), self._cases.register
        opened: dict[str, list[OpenStep]] = {}
        for one in open_steps(case, book):
            opened.setdefault(one.step.id, []).append(one)
        views = []
        for step in book.steps if all_steps else [same[0].step for same in opened.values()]:
            here = opened.get(step.id, [])
            reasons = [why_not(o, case, book, staff.id, staff.roles, day, register) for o in here]
            can = [o for o, against in zip(here, reasons, strict=True) if not against]
            if not can and not all_steps:
                continue
            why = [] if can else list(dict.fromkeys(against for each in reasons for against in each))
            if not here:
                why = [f"{step.title} is not open to {standing(case, book, step)}."]
            runs = [o.run for o in can or here if o.run]
            views.append(StepView.of(step, book, case, self._schema(book, step), runs, why))
        return views

    def _schema(self, book: Rulebook, step: Step) -> dict[str, Any]:
        """The schema of the step's body: made once, because a rulebook never changes within its version."""
        key = (book.id, book.version, step.id)
        if key not in self._schemas:
            self._schemas[key] = body_schema(step, book)
        return self._schemas[key]

    def _readings(self, case: Case, book: Rulebook) -> Iterator[tuple[Run | None, Reading]]:
        """The clocks of the stage, then those of every run."""
        for run, visit in ((None, case.visit), *((run, run.visit) for run in case.runs)):
            for reading in readings(visit, book, self._cases.register) if visit else ():
                yield run, reading

    async def history(self, key: str) -> list[EventView]:
        """Everything that happened on a case, in order, with its text. Raises: NotFound."""
        items = []
        for entry in found(await self._cases.history(key), key):
            sealed = entry["data"].pop("sealed", None)
            text = None if sealed is None else await self._written(entry["type"], Sealed.model_validate(sealed))
            items.append(EventView.model_validate({**entry, "text": text}))
        return items

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


def unknown_codes(query: Query, books: Rulebooks, codes: Codes) -> list[Fault]:
    """The codes of a query that no rulebook and no list of the council has, each with the nearest that one of them has."""
    known = {
        "procedure": codes.list("procedures").codes.union(*(book.procedures for book in books)),
        "stage": codes.list("stages").codes.union(*({stage.id for stage in book.stages} for book in books)),
        "state": frozenset[str]().union(*({state.id for state in book.states} for book in books)),
        "track": codes.list("tracks").codes.union(*({track.id for track in book.tracks} for book in books)),
    }
    asked = ((name, getattr(query, name)) for name in known)
    return [
        Fault(f"query/{name}", f"{code[:64]!r} is none that is known{perhaps(code[:64], sorted(known[name]))}")
        for name, code in asked
        if code is not None and code not in known[name]
    ]
