"""Why no made-up case came to a state, or too few did, in words for whoever drafts the rulebook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from redress.rulebook_check.contradictions import contradictions
from redress.rulebook_check.graph import NOT_SIMULATED, StepGraph
from services.workflow.rulebook.model import Rulebook, Step


def reasons(
    graph: StepGraph,
    unreached: Sequence[str],
    reached: Mapping[str, int],
    obstacles: Mapping[str, Counter[str]],
) -> dict[str, str]:
    """What kept cases from each state. `obstacles` are the refusals on the way to it, by goal."""
    book = graph.book
    impossible = contradictions(book)
    return {
        state: _barred(book, graph, state, impossible, set(unreached))
        or _stopped(reached.get(state, 0), obstacles.get(f"state {state}", Counter()))
        for state in unreached
    }


def _into(book: Rulebook, graph: StepGraph, state: str) -> Iterator[tuple[Step, frozenset[str]]]:
    """The steps that lead to a state, each with the states from which it does."""
    for step in book.steps:
        names = (*step.targets, step.begins, step.carries.to if step.carries else None)
        if state in names:
            yield step, frozenset(place[0] for place in graph.open_at(step)) - {state}


def _barred(book: Rulebook, graph: StepGraph, state: str, impossible: Mapping[str, str], unreached: set[str]) -> str | None:
    """Why every step that leads to the state is barred by the rulebook itself; None: one of them is not."""
    reasons: list[str] = []
    for step, sources in _into(book, graph, state):
        if step.effect in NOT_SIMULATED:
            reasons.append(f"{step.id} takes another case, or another rulebook, of which there is none here")
        elif step.id in impossible:
            reasons.append(f"{step.id} can never be taken: it {impossible[step.id]}")
        elif sources and sources <= unreached:
            reasons.append(f"{step.id} is open only where no case came, or too few: {', '.join(sorted(sources))}")
        else:
            return None
    return "; ".join(reasons) or None


def _stopped(cases: int, refusals: Counter[str]) -> str:
    came = f"{cases} came there, and none of them to an end; more cases may show it" if cases else "none came there"
    return f"{came}; {refusal}" if (refusal := most_often(refusals)) else came


def most_often(refusals: Mapping[str, int]) -> str:
    """The refusal that stopped cases most often, in words; empty: none did."""
    refusal = min(refusals, key=lambda words: (-refusals[words], words), default=None)
    return f"stopped most often at {refusal}" if refusal else ""
