"""Why no made-up case came to a state, or too few did, in words for whoever drafts the rulebook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from redress.rulebook_check.contradictions import contradictions
from redress.rulebook_check.graph import OF_TWO, Ways
from services.workflow.rulebook.model import Rulebook, Step


def reasons(
    ways: Ways,
    unreached: Sequence[str],
    reached: Mapping[str, int],
    obstacles: Mapping[str, Counter[str]],
) -> dict[str, str]:
    """What stood in the way of each state. `obstacles` are the refusals on the way to it, by what was wanted."""
    book = ways.book
    impossible = contradictions(book)
    return {
        state: _bars(book, ways, state, impossible, set(unreached))
        or _stopped(reached.get(state, 0), obstacles.get(f"state {state}", Counter()))
        for state in unreached
    }


def _into(book: Rulebook, ways: Ways, state: str) -> Iterator[tuple[Step, frozenset[str]]]:
    """The steps that lead to a state, each with the states from which it does."""
    for step in book.steps:
        names = (*step.targets, step.begins, step.carries.to if step.carries else None)
        if state in names:
            yield step, frozenset(place[0] for place in ways.open_at(step)) - {state}


def _bars(book: Rulebook, ways: Ways, state: str, impossible: Mapping[str, str], unreached: set[str]) -> str | None:
    """Why every step that leads to the state is barred by the rulebook itself; None: one of them is not."""
    said: list[str] = []
    for step, sources in _into(book, ways, state):
        if step.effect in OF_TWO:
            said.append(f"{step.id} takes another case, or another rulebook, of which there is none here")
        elif step.id in impossible:
            said.append(f"{step.id} can never be taken: it {impossible[step.id]}")
        elif sources and sources <= unreached:
            said.append(f"{step.id} is open only where no case came, or too few: {', '.join(sorted(sources))}")
        else:
            return None
    return "; ".join(said) or None


def _stopped(lives: int, refusals: Counter[str]) -> str:
    came = f"{lives} came there, and none of them to an end; more cases may show it" if lives else "none came there"
    return f"{came}; {said}" if (said := most_often(refusals)) else came


def most_often(refusals: Mapping[str, int]) -> str:
    """The refusal that stopped cases most often, in words; empty: none did."""
    said = min(refusals, key=lambda words: (-refusals[words], words), default=None)
    return f"stopped most often at {said}" if said else ""
