"""Suggested tags for a case, from what the person wrote. The text is unsealed, read, and forgotten."""

from __future__ import annotations

from dataclasses import dataclass

from services.learning.decision.model import Decision
from services.learning.tagging.suggest import Suggestion, Tagger
from shared.events.feedback import FeedbackContent
from shared.vault import KeyDestroyed, Vault


@dataclass(frozen=True, slots=True)
class Suggested:
    """`text` is what the places in the suggestions count in; None when there is none, or when it was erased."""

    suggestions: tuple[Suggestion, ...]
    text: str | None
    erased: bool = False


async def suggest(decision: Decision, vault: Vault, tagger: Tagger) -> Suggested:
    """Raises: CannotUnseal when the narrative was sealed under another master key."""
    if decision.case.sealed is None:
        return Suggested((), None)
    try:
        content = await vault.unseal(decision.case.sealed, FeedbackContent, purpose="feedback")
    except KeyDestroyed:
        return Suggested((), None, erased=True)
    text = "\n".join(part for part in (content.subject, content.narrative, content.outcome_sought) if part)
    return Suggested(tuple(tagger.suggest(text)), text)
