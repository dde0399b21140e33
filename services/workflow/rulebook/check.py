"""What must hold of a rulebook beyond its shape. Each fault has a code, a place and a message for a complaints officer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.workflow.rulebook.check_tracks import check_tracks
from services.workflow.rulebook.fault import Fault, Place
from services.workflow.rulebook.model import STARTED, Check, Clock, Effect, Rulebook, Step
from shared.events.codes import Status

_TOKENS = {"@open", "@closed", "@any", "@merged"}


def check(book: Rulebook) -> list[Fault]:
    """Every fault of a rulebook that has the right shape; empty when it may be used."""
    return [
        *_duplicates(book),
        *_references(book),
        *_requirements(book),
        *_clocks(book),
        *_marks(book),
        *_steps(book),
        *_names(book),
        *check_tracks(book),
        *_reach(book),
    ]


def _duplicates(book: Rulebook) -> Iterator[Fault]:
    for part in ("tracks", "stages", "states", "clocks", "steps"):
        seen: set[str] = set()
        for i, item in enumerate(getattr(book, part)):
            if item.id in seen:
                yield Fault("duplicate-id", (part, i, "id"), f"{item.id!r} is named twice")
            seen.add(item.id)
    if book.effective_until is not None and book.effective_until < book.effective_from:
        yield Fault("dates-reversed", ("effective_until",), "it ends before it begins")
    for name, parameter in book.parameters.items():
        if parameter.options and parameter.value not in parameter.options:
            listed = ", ".join(map(str, parameter.options))
            yield Fault("bad-parameter", ("parameters", name, "value"), f"it is one of: {listed}")
    if book.changelog[-1].version != book.version:
        yield Fault("changelog-behind", ("changelog",), f"its last entry is not of version {book.version}")


def _references(book: Rulebook) -> Iterator[Fault]:
    stages, states, clocks = ({p.id for p in part} for part in (book.stages, book.states, book.clocks))

    yield from _known([book.opening.state], states, "state", ("opening", "state"))
    for i, state in enumerate(book.states):
        yield from _known([state.stage] if state.stage else [], stages, "stage", ("states", i, "stage"))
    for i, clock in enumerate(book.clocks):
        yield from _known([clock.stage], stages, "stage", ("clocks", i, "stage"))
        if clock.provisional_from:
            yield from _known([clock.provisional_from], clocks, "clock", ("clocks", i, "provisional_from"))
    for i, step in enumerate(book.steps):
        place: Place = ("steps", i)
        yield from _known([n for n in step.from_ if n not in _TOKENS], states, "state", (*place, "from"))
        yield from _known(step.stages, stages, "stage", (*place, "stages"))
        yield from _known([step.clock] if step.clock else [], clocks, "clock", (*place, "clock"))
        yield from _known(step.targets, states, "state", (*place, "to"))
        yield from _known([step.begins] if step.begins else [], states, "state", (*place, "begins"))
        yield from _known([step.carries.to] if step.carries else [], states, "state", (*place, "carries"))
        if isinstance(step.to, dict):
            yield from _known(step.to, stages, "stage", (*place, "to"))


def _requirements(book: Rulebook) -> Iterator[Fault]:
    stages, clocks = {stage.id for stage in book.stages}, {clock.id for clock in book.clocks}
    # Whoever answers for a response holds the role of officer from then on.
    roles = {"officer", *(step.role for step in book.steps if step.effect is Effect.ASSIGN)}
    for i, step in enumerate(book.steps):
        for n, required in enumerate(step.requires):
            at: Place = ("steps", i, "requires", n)
            if required.check is Check.DECLARES:
                yield from _known([required.argument or ""], set(book.declarations), "declaration", at)
            if required.check is Check.OFFICER_DIFFERS_FROM:
                yield from _known([required.argument or ""], stages, "stage", at)
            if required.check in {Check.WITHIN, Check.AFTER}:
                yield from _known([required.argument or ""], clocks, "clock", at)
            if required.check in {Check.NEVER_HAD, Check.OTHER_THAN, Check.ASSIGNED}:
                yield from _known([required.argument or ""], roles, "role", at)
            if required.check is Check.NONE_OPEN:
                yield from _known([required.argument or ""], {t.id for t in book.tracks}, "track", at)
            if required.check in {Check.SOME_AT, Check.ALL_AT}:
                of_tracks = {s.id for s in book.states if book.track_of(s.id)}
                yield from _known([required.argument or ""], of_tracks, "state", at)
            if required.check is Check.REFUSAL_REASON and not book.refusal_reasons:
                yield Fault("no-refusal-reasons", at, "the rulebook lists no refusal_reasons to choose from")


def _known(names: Iterable[str], among: set[str], what: str, place: Place) -> Iterator[Fault]:
    for name in names:
        if name not in among:
            yield Fault(f"unknown-{what}", place, f"there is no {what} {name!r}: {', '.join(sorted(among))}")


def _clocks(book: Rulebook) -> Iterator[Fault]:
    for i, clock in enumerate(book.clocks):
        extension = clock.extension
        if extension and extension.cap is not None and extension.by is not None and extension.cap < extension.by:
            yield Fault("cap-below-extension", ("clocks", i, "extension", "cap"), f"{extension.cap} < {extension.by}")
        if clock.fixed is None and extension is None:
            yield Fault(
                "agreed-without-extension",
                ("clocks", i, "limit"),
                "an agreed period is set by an extension rule",
            )
        if bool(clock.pauses) != bool(clock.restarts):
            yield Fault("pause-without-restart", ("clocks", i, "pauses"), "pauses and restarts go together")
        if _bad_provisional(book, clock):
            yield Fault(
                "bad-provisional",
                ("clocks", i, "provisional_from"),
                "it must be a clock of the same stage with a limit, and in the end one with a start of its own",
            )
    for i, stage in enumerate(book.stages):
        if stage.formal and book.clock_kind(stage.id, "response") is None:
            yield Fault("stage-without-clock", ("stages", i), f"stage {stage.id!r} has no response clock")


def _bad_provisional(book: Rulebook, clock: Clock) -> bool:
    seen = {clock.id}
    before = book.clock(clock.provisional_from) if clock.provisional_from else None
    while before is not None:
        if before.id in seen or before.stage != clock.stage or before.fixed is None:
            return True
        seen.add(before.id)
        before = book.clock(before.provisional_from) if before.provisional_from else None
    return False


def _marks(book: Rulebook) -> Iterator[Fault]:
    carried = (mark for step in book.steps if step.carries for mark in step.carries.marks)
    settable = {STARTED, *book.opening.marks, *(mark for step in book.steps for mark in step.marks), *carried}
    for i, clock in enumerate(book.clocks):
        for field in ("starts", "anew", "stops", "pauses", "restarts"):
            value = getattr(clock, field)
            for mark in (value,) if isinstance(value, str) else value:
                if mark not in settable:
                    yield Fault("unknown-mark", ("clocks", i, field), f"no step sets the mark {mark!r}")
    for i, step in enumerate(book.steps):
        for n, required in enumerate(step.requires):
            if required.check in {Check.MARK, Check.WITHOUT_MARK} and required.argument not in settable:
                yield Fault(
                    "unknown-mark",
                    ("steps", i, "requires", n),
                    f"no step sets the mark {required.argument!r}",
                )


def _steps(book: Rulebook) -> Iterator[Fault]:
    opening = book.state(book.opening.state)
    if opening and (opening.stage is None or opening.status is Status.CLOSED):
        yield Fault("bad-opening", ("opening", "state"), "a case begins in an open state of a stage")
    for i, step in enumerate(book.steps):
        if step.effect is Effect.REFUSE and step.outcome is None:
            yield Fault("refusal-without-outcome", ("steps", i, "outcome"), "state the outcome of a refusal")
        if step.answers and step.effect is not Effect.REFUSE:
            yield Fault("answers-otherwise", ("steps", i, "answers"), "only a refusal can itself be the response")
        if step.effect is Effect.WITHDRAW and step.outcome is None:
            yield Fault("withdrawal-without-outcome", ("steps", i, "outcome"), "state the outcome of a withdrawal")
        if step.effect is Effect.REOPEN and step.to is None:
            yield Fault("reopening-nowhere", ("steps", i, "to"), "name the state to which a case is re-opened")


def _names(book: Rulebook) -> Iterator[Fault]:
    """What is open decides which of the steps that share a name is meant: no two of them are open together."""
    places = {step.id: i for i, step in enumerate(book.steps)}
    if not any(step.also for step in book.steps):
        return
    for state in book.states:
        for stage in (state.stage,) if state.stage else (stage.id for stage in book.stages):
            taken: dict[str, str] = {}
            for step in book.available(state.id, stage):
                for name in dict.fromkeys((step.id, *step.also)):
                    if (other := taken.setdefault(name, step.id)) != step.id:
                        yield Fault(
                            "name-shared",
                            ("steps", places[step.id], "also"),
                            f"{name!r} is {other!r} as well, which is open at {state.id!r} too",
                        )


def _reach(book: Rulebook) -> Iterator[Fault]:
    """Every state can be reached from the opening, or from where its track begins, and from every one a closed state."""
    if book.state(book.opening.state) is None:
        return
    edges = {(source, target) for step in book.steps for source, target in _edges(book, step)}
    # A step of the procedure carries the open runs of a track along, whatever their states.
    edges |= {
        (state.id, step.carries.to)
        for step in book.steps
        if step.carries
        for state in book.states
        if state.status is Status.OPEN and book.track_of(state.id) == book.track_of(step.carries.to)
    }
    places = {state.id: ("states", i) for i, state in enumerate(book.states)}
    begun = {book.opening.state, *(step.begins for step in book.steps if step.begins)}
    for name in places.keys() - _closure(begun, edges):
        yield Fault("dead-state", places[name], f"no steps lead to the state {name!r}")
    closed = {state.id for state in book.states if state.status is Status.CLOSED}
    for name in places.keys() - _closure(closed, {(b, a) for a, b in edges}):
        yield Fault("no-way-to-closure", places[name], f"from the state {name!r} no steps lead to a closed one")


def _edges(book: Rulebook, step: Step) -> Iterator[tuple[str, str]]:
    for state in book.states:
        if book.opened_by(state.id).intersection(step.from_):
            for target in step.targets:
                if book.state(target) is not None:
                    yield state.id, target


def _closure(start: set[str], edges: set[tuple[str, str]]) -> set[str]:
    found, edge = set(start), set(start)
    while edge:
        edge = {b for a, b in edges if a in edge} - found
        found |= edge
    return found
