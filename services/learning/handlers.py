"""What staff do with a learning decision: read it with its suggestions, decide, agree actions and follow them up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from services.learning.decision.decide import NEXT, Command, Lists, NotPermitted, decide
from services.learning.decision.model import Decision, Note, fold
from services.learning.settings import LearningSettings
from services.learning.store import Decisions, Stored, outgoing
from services.learning.suggestions import suggest
from services.learning.tagging.suggest import Tagger
from services.learning.views import ActionView, DecisionDetail, NoteView, codes_of, suggestions_of
from shared import failpoints
from shared.calendar.london import london_date
from shared.clock import now
from shared.events.cases import CaseText
from shared.events.outgoing import Cause
from shared.events.sealed import Sealed
from shared.ids import normalise_reference
from shared.taxonomy import load
from shared.vault import KeyDestroyed, Vault
from shared.web.etags import stale
from shared.web.problems import FieldFault, Problem

_TRIES: Final = 10


class Desk:
    """`wake_relay` is called when events were left to publish."""

    def __init__(
        self, decisions: Decisions, vault: Vault, settings: LearningSettings, wake_relay: Callable[[], None]
    ) -> None:
        themes = load("themes", settings.taxonomy)
        actions = load("learning-action-types", settings.taxonomy)
        reasons = load("no-lesson-reasons", settings.taxonomy)
        self._action_labels = actions
        self._decisions = decisions
        self._vault = vault
        self._tagger = Tagger(themes, actions)
        kinds = frozenset(term.code for term in actions.offered)
        self._lists = Lists(
            tags=kinds | {term.code for term in themes.offered},
            actions=kinds,
            reasons=frozenset(term.code for term in reasons.offered),
        )
        self._wake_relay = wake_relay

    async def find(self, key: str) -> Stored:
        """The decision of a case by its id or its reference. Problem 404 when none was asked for."""
        stored = None
        if (reference := normalise_reference(key)) is not None:
            stored = await self._decisions.by_reference(reference)
        else:
            try:
                stored = await self._decisions.load(UUID(key))
            except ValueError:
                raise _missing() from None
        if stored is None or stored.decision.facts is None:
            raise _missing()
        return stored

    async def act(
        self, key: str, version: int, command: Command, *, by: str, note: str, correlation: str
    ) -> Decision:
        """Take a step on the version that staff have seen.

        Raises:
            Problem: 404, 412 when the decision moved on, 409 or 422 when the step does not fit.
            KeyDestroyed: a note cannot be sealed any more.
        """
        for _ in range(_TRIES):
            stored = await self.find(key)
            decision = stored.decision
            if decision.version != version:
                raise stale(decision.version)
            moment = now()
            try:
                sealed = await self._seal(decision, note)
                events = decide(decision, command, self._lists, by=by, on=london_date(moment), sealed=sealed)
            except NotPermitted as error:
                raise _refusal(error) from None
            cause = Cause(correlation, time=moment)
            after = fold(decision, events)
            failpoints.hit("learning.before-save")
            if await self._decisions.save(
                after, stored.revision, [outgoing(e, cause, moment) for e in events]
            ):
                failpoints.hit("learning.after-save")
                self._wake_relay()
                return after
            # The case's side moved, or somebody else decided: the version says which.
        raise Problem(503, "busy", "The case keeps changing; try again.", headers={"Retry-After": "1"})

    async def detail(self, decision: Decision) -> DecisionDetail:
        """Everything a person needs to decide."""
        suggested = await suggest(decision, self._vault, self._tagger)
        facts = decision.facts
        assert facts is not None
        return DecisionDetail(
            **codes_of(decision).model_dump(),
            actions=[
                ActionView(
                    action_id=a.action_id,
                    action_type=a.action_type,
                    label=self._action_labels.label(a.action_type),
                    status=a.status,
                    due_on=a.due_on,
                    next=list(NEXT.get(a.status, ())),
                )
                for a in facts.actions
            ],
            notes=[await self._note(note) for note in decision.notes],
            suggestions=suggestions_of(suggested),
            text=suggested.text,
            erased=suggested.erased,
        )

    async def _seal(self, decision: Decision, note: str) -> Sealed | None:
        if not note:
            return None
        key = decision.case.feedback_id
        if key is None:
            raise Problem(
                409, "no-key", "Nothing can be written down on this case: its feedback is not known."
            )
        # History from before Redress came without personal data, so it may have no data key yet.
        await self._vault.create_key(key)
        return await self._vault.seal(key, CaseText(text=note), purpose="case-note")

    async def _note(self, note: Note) -> NoteView:
        text = None
        if note.sealed is not None:
            try:
                text = (await self._vault.unseal(note.sealed, CaseText, purpose="case-note")).text
            except KeyDestroyed:
                text = None
        return NoteView(step=note.step, on=note.on, by=note.by, action_id=note.action_id, text=text)


def _missing() -> Problem:
    return Problem(404, "no-decision", "No learning decision is asked for under this id or reference.")


def _refusal(error: NotPermitted) -> Problem:
    faults = [FieldFault(pointer=error.pointer, detail=error.detail)] if error.pointer else []
    status = 404 if error.code == "unknown-action" else 422 if faults else 409
    return Problem(status, error.code, error.detail, faults=faults)
