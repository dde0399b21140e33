"""A procedure as a table that a person reads: its stages, clocks, steps and what each step requires. Pure."""

from __future__ import annotations

from typing import Any

from services.workflow.rulebook.model import AGREED, STARTED, Clock, Rulebook, Step

_UNITS = {"working_days": "working day", "days": "day", "months": "month"}
_TOKENS = {
    "@open": "any open state",
    "@closed": "any closed state",
    "@any": "any state",
    "@merged": "merged into another case",
}
_CONVENTIONS = {
    "A": "from the day after it starts",
    "B": "from the day after the first working day",
    "C": "beginning with the day it starts",
}


def quantity(amount: int | str, unit: str) -> str:
    """`10 working days`; of a limit that is agreed, that it is."""
    if amount == AGREED:
        return "by a day that is agreed or named"
    word = _UNITS.get(unit, unit)
    return f"{amount} {word}" if amount == 1 else f"{amount} {word}s"


def convention(code: str) -> str:
    """How a clock counts, in words."""
    return _CONVENTIONS.get(code, code)


def mark(name: str) -> str:
    """A mark in words: what happened."""
    return "the stage begins" if name == STARTED else name.replace("-", " ")


def extension(clock: Clock) -> str:
    """How the clock may be extended, in words; empty when it may not."""
    rule = clock.extension
    if rule is None:
        return ""
    parts = []
    if rule.by:
        parts.append(f"{quantity(rule.by, clock.unit)} more")
    if rule.cap:
        beyond = "more only for good reason" if rule.beyond_cap == "good-reason" else "more than that is refused"
        parts.append(f"{quantity(rule.cap, clock.unit)} in all; {beyond}")
    return ", ".join(parts) or "to a day that is named"


def source(book: Rulebook, name: str) -> str:
    """A rule's source: a name of the rulebook's list of sources is written out."""
    return book.sources.get(name, name)


def rows(book: Rulebook) -> dict[str, Any]:
    """The whole procedure as plain data, in the rulebook's order."""
    return {
        "id": book.id,
        "version": book.version,
        "title": book.title,
        "procedures": list(book.procedures),
        "kinds": [kind.value for kind in book.kinds],
        "effective_from": book.effective_from.isoformat(),
        "effective_until": book.effective_until.isoformat() if book.effective_until else None,
        "statutory": book.statutory,
        "sources": dict(book.sources),
        "includes": list(book.includes),
        "tracks": [
            {"track": t.id, "title": t.title, "kinds": dict(t.kinds), "source": source(book, t.source)} for t in book.tracks
        ],
        "stages": [{"stage": s.id, "title": s.title, "formal": s.formal, "track": s.track} for s in book.stages],
        "states": [{"state": s.id, "title": s.title, "stage": s.stage, "status": s.status.value} for s in book.states],
        "clocks": [_clock(book, clock) for clock in book.clocks],
        "steps": [_step(book, step) for step in book.steps],
        "changelog": [c.model_dump(mode="json") for c in book.changelog],
    }


def _clock(book: Rulebook, clock: Clock) -> dict[str, Any]:
    before = book.clock(clock.provisional_from) if clock.provisional_from else None
    return {
        "clock": clock.id,
        "title": clock.title,
        "stage": clock.stage,
        "limit": quantity(clock.limit, clock.unit),
        "calendar": clock.calendar,
        "convention": clock.convention,
        "counted": convention(clock.convention),
        "roll": clock.roll,
        "starts": mark(clock.starts),
        "provisionally": f"from the deadline of: {before.title}" if before else "",
        "stops": [mark(name) for name in clock.stops],
        "anew": [mark(name) for name in clock.anew],
        "party": clock.party,
        "pauses": [mark(name) for name in clock.pauses],
        "restarts": [mark(name) for name in clock.restarts],
        "extension": extension(clock),
        "extension_source": source(book, clock.extension.source) if clock.extension else "",
        "source": source(book, clock.source),
    }


def _step(book: Rulebook, step: Step) -> dict[str, Any]:
    return {
        "step": step.id,
        "title": step.title,
        "effect": step.effect.value,
        "from": [_where(book, name) for name in step.from_],
        "stages": list(step.stages),
        "to": targets(book, step),
        "begins": state.title if step.begins and (state := book.state(step.begins)) else "",
        "carries": state.title if step.carries and (state := book.state(step.carries.to)) else "",
        "marks": [mark(name) for name in step.marks],
        "roles": list(step.roles),
        "requires": [requirement(book, r.check.value, r.argument) for r in step.requires],
        "source": source(book, step.source),
    }


def _where(book: Rulebook, name: str) -> str:
    state = book.state(name)
    return state.title if state else _TOKENS.get(name, name)


def targets(book: Rulebook, step: Step) -> list[str]:
    """The titles of the states that a step leads to; none: the case stays where it is."""
    return [state.title if (state := book.state(name)) else name for name in dict.fromkeys(step.targets)]


def requirement(book: Rulebook, check: str, argument: str | None) -> str:
    """What a step requires, in words."""
    stage, clock = book.stage(argument or ""), book.clock(argument or "")
    timescale = clock.title if clock else argument
    role = (argument or "").replace("-", " ")
    state, track = book.state(argument or ""), book.track(argument or "")
    standing = state.title if state else argument
    words = {
        "reason": "a reason in writing",
        "refusal-reason": "one of the rulebook's reasons for refusal",
        "declares": f"staff declare: {book.declarations.get(argument or '', argument)}",
        "all-elements-found": "every point has its finding",
        "mark": f"it has happened at this stage: {mark(argument or '')}",
        "without-mark": f"it has not happened at this stage: {mark(argument or '')}",
        "within": f"the timescale is not over: {timescale}",
        "after": f"the timescale is over: {timescale}",
        "names-person": "the person is named",
        "names-case": "the other case is named",
        "assigned": f"somebody is {role} at this stage",
        "never-had": f"a person who was never {role} on the case",
        "none-open": f"nothing is open of: {track.title if track else argument}",
        "some-at": f"a run in parallel stands at: {standing}",
        "all-at": f"every open run in parallel stands at: {standing}",
        "other-than": f"a different person from the {role}",
        "officer-differs-from": f"a different person from {stage.title if stage else argument}",
    }
    return words.get(check) or f"{check.replace('-', ' ')}{f': {argument}' if argument else ''}"
