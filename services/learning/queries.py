"""What staff are shown of learning decisions: with suggestions, and with what people wrote unsealed."""

from __future__ import annotations

from services.learning.change import Stored
from services.learning.decision.decide import NEXT
from services.learning.decision.model import Decision, Note
from services.learning.store import Decisions, requested_decision
from services.learning.suggestions import suggest
from services.learning.tagging.suggest import Tagger
from services.learning.views import (
    ActionView,
    DecisionDetail,
    DecisionPage,
    NoteView,
    codes_of,
    suggestions_of,
)
from shared.events.cases import CaseText
from shared.taxonomy import CodeList
from shared.vault import KeyDestroyed, Vault


class DecisionQueries:
    """`actions` are the kinds of action, for their labels."""

    def __init__(self, decisions: Decisions, vault: Vault, tagger: Tagger, actions: CodeList) -> None:
        self._decisions = decisions
        self._vault = vault
        self._tagger = tagger
        self._actions = actions

    async def find(self, key: str) -> Stored:
        """The decision on a case by the case's id or reference. Raises: NotFound, when none was asked for."""
        return requested_decision(await self._decisions.find(key))

    async def page(self, status: str | None, *, page: int, size: int) -> DecisionPage:
        """One page of decisions, the oldest request first."""
        found, total = await self._decisions.page(status, page=page, size=size)
        return DecisionPage(items=[codes_of(d) for d in found], total=total, page=page, size=size)

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
                    label=self._actions.label(a.action_type),
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

    async def _note(self, note: Note) -> NoteView:
        text = None
        if note.sealed is not None:
            try:
                text = (await self._vault.unseal(note.sealed, CaseText, purpose="case-note")).text
            except KeyDestroyed:
                text = None
        return NoteView(step=note.step, on=note.on, by=note.by, action_id=note.action_id, text=text)
