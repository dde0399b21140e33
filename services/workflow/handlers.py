"""Staff take a step on a case; what they write with it is sealed before anything is decided."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from pydantic import ValidationError

from services.workflow.case.commands import TakeStep
from services.workflow.case.effects import ENTRIES
from services.workflow.case.fields import Fields
from services.workflow.case.model import Case
from services.workflow.case.open_steps import named_step
from services.workflow.case.reacting import concerns
from services.workflow.change import Change, Stored
from services.workflow.executor import Executor
from services.workflow.related import RelatedCases
from services.workflow.rulebook.model import Step
from services.workflow.store import Cases, found
from services.workflow.views import MAX_TEXT
from shared.errors import ChangedMeanwhile, DomainError, Fault, Invalid
from shared.events.cases import CaseEvent, CaseText
from shared.events.codes import Kind
from shared.events.outgoing import Cause
from shared.events.sealed import Sealed
from shared.settings import StaffMember
from shared.store import StoreUnavailable
from shared.taxonomy.codes import Codes
from shared.telemetry.logs import get
from shared.vault import KeyDestroyed, Vault
from shared.visible import says_nothing

log = get(__name__)


class StepHandler:
    """The steps that staff take."""

    def __init__(self, cases: Cases, executor: Executor, related: RelatedCases, vault: Vault, codes: Codes) -> None:
        self._cases = cases
        self._executor = executor
        self._related = related
        self._vault = vault
        self._codes = codes

    async def take(
        self, key: str, step: str, body: Mapping[str, Any], staff: StaffMember, seen: Container[int], correlation: str
    ) -> Stored:
        """Take a step on a version that staff have seen.

        Raises:
            NotFound: there is no such case or step.
            ChangedMeanwhile: the case has moved on.
            NotAllowed: the step is not open to the case or to these staff.
            Invalid: a field does not fit, or a requirement is not met.
        """

        async def command(stored: Stored | None) -> TakeStep:
            case = found(stored, key).case
            if case.version not in seen:
                raise ChangedMeanwhile(case.version)
            return await self._command(case, step, body, staff)

        made = await self._executor.execute(key, command, Cause(correlation))
        assert made is not None, "a step that is taken is an event"
        await self._let_others_react(made, correlation)
        return made.after

    async def _command(self, case: Case, step: str, body: Mapping[str, Any], staff: StaffMember) -> TakeStep:
        asked = named_step(case, self._cases.book(case), step)
        fields, text = parsed(asked, body, self._codes)
        if asked:
            check_codes(asked, fields, case, self._codes)
        sealed = await self._seal(case, text, asked) if asked and text else None
        other = await self._cases.find(named) if (named := fields.other_reference) else None
        return TakeStep(
            asked.id if asked else step,
            fields,
            by=staff.id,
            roles=staff.roles,
            sealed=sealed,
            other=other.case if other else None,
        )

    async def _let_others_react(self, made: Change, correlation: str) -> None:
        """Let the other case react now; where it cannot, the follower of `cases` lets it."""
        for outgoing in made.outgoing:
            event = outgoing.envelope.data
            if isinstance(event, CaseEvent) and concerns(event):
                try:
                    await self._related.react(event, outgoing.envelope.id, correlation)
                except (StoreUnavailable, DomainError) as error:
                    log.warning(
                        "the other case will react to the log",
                        case_id=str(event.case_id),
                        error=type(error).__name__,
                    )

    async def _seal(self, case: Case, text: str, step: Step) -> Sealed:
        purpose = ENTRIES[step.effect].purpose
        try:
            return await self._vault.seal(case.feedback_id, CaseText(text=text), purpose=purpose)
        except KeyDestroyed:
            # Imported history has no key before somebody writes on it; a destroyed key is never made again.
            await self._vault.create_key(case.feedback_id)
            return await self._vault.seal(case.feedback_id, CaseText(text=text), purpose=purpose)


def parsed(step: Step | None, body: Mapping[str, Any], codes: Codes) -> tuple[Fields, str]:
    """A step's fields and its text, or Invalid, which names each fault."""
    if step is None:
        return Fields(), ""
    given = dict(body)
    entry = ENTRIES[step.effect]
    faults: list[Fault] = []
    name, text = entry.named(step), ""
    written = [called for called in (name, entry.text, *entry.also) if called in given]
    for n, called in enumerate(dict.fromkeys(written)):
        if n:
            given.pop(called)
            faults.append(Fault(f"/{called}", f"the text is there already, as {name!r}: write it once"))
        else:
            name, text = called, given.pop(called)
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        faults.append(Fault(f"/{name}", f"a text of at most {MAX_TEXT} characters"))
        text = ""
    elif says_nothing(text):
        faults.append(Fault(f"/{name}", "it has no character that can be seen"))
    fields = Fields()
    try:
        fields = entry.fields.model_validate(given)
    except ValidationError as error:
        faults += [
            Fault("/" + "/".join(map(str, e["loc"])), codes.words(e) or e["msg"].removeprefix("Value error, "))
            for e in error.errors(include_url=False)
        ]
    if faults:
        raise Invalid("invalid", f"{step.title}: the fields do not fit; see errors.", faults)
    return fields, text.strip()


def check_codes(step: Step, fields: Fields, case: Case, codes: Codes) -> None:
    """Hold the codes of a step against the council's lists. Those that the case has may stay, retired or not.

    Raises:
        Invalid: a list does not have one, or no longer offers it; each with its place and the nearest that it offers.
    """
    facts = case.facts
    kind = getattr(fields, "kind", None)
    standing = {facts.procedure, facts.service_area, facts.district, facts.complainant_type, *facts.themes}
    faults = codes.faults(fields, kind=kind if isinstance(kind, Kind) else facts.kind, standing=standing)
    if faults:
        raise Invalid("unknown-code", f"{step.title}: {faults[0].detail}.", faults)
