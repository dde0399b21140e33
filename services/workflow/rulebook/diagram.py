"""A procedure as a state diagram in SVG.

States stand in one column, in layers by how many steps they are from the opening. Each box lists the steps that leave it,
and every state has one lane, to the right for steps that lead on and to the left for those that lead back: a line
runs from its step to its state's lane, so that no text lies on a line.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from services.workflow.rulebook.model import Check, Rulebook, State
from shared.events.codes import Status

_ROW: Final = 22
_HEAD: Final = 34
_GAP: Final = 26
_LANE: Final = 18
_CHAR: Final = 7.3
_TOP: Final = 86
_COLOURS: Final = ("#1d70b8", "#00703c", "#912b88", "#b45309", "#28666e", "#a8324a", "#4c2c92", "#505a5f")


@dataclass(frozen=True)
class _Exit:
    """A step that leaves a state, and the state it leads to."""

    title: str
    target: str


def exits(book: Rulebook) -> dict[str, tuple[_Exit, ...]]:
    """The steps that move a case out of each state. Those that leave it where it is are not among them."""
    found: dict[str, dict[_Exit, None]] = defaultdict(dict)
    for state in book.states:
        stages = [state.stage] if state.stage else [stage.id for stage in book.stages]
        for stage in stages:
            for step in book.available(state.id, stage):
                target = step.target(stage)
                if target is not None and target != state.id:
                    found[state.id][_Exit(step.title, target)] = None
        for step in book.steps:
            if step.carries and any(r.check is Check.ALL_AT and r.argument == state.id for r in step.requires):
                found[state.id][_Exit(step.title, step.carries.to)] = None
    return {state.id: tuple(found[state.id]) for state in book.states}


def layers(book: Rulebook) -> list[State]:
    """The states by how many steps they are from the opening, closed ones last; within a layer in the rulebook's order.

    Those of the procedure come first, then those of each track, from where its runs begin.
    """
    leaving = exits(book)
    edge = [book.opening.state, *begins(book)]
    depth = dict.fromkeys(edge, 0)
    while edge:
        following = []
        for name in edge:
            for exit_ in leaving[name]:
                if exit_.target not in depth:
                    depth[exit_.target] = depth[name] + 1
                    following.append(exit_.target)
        edge = following
    stage = {s.id: n for n, s in enumerate(book.stages)}
    place = {state.id: n for n, state in enumerate(book.states)}
    track: dict[str | None, int] = {None: -1, **{t.id: n for n, t in enumerate(book.tracks)}}

    def rank(state: State) -> tuple[int, bool, int, int, int]:
        last = state.status is Status.CLOSED
        return (
            track[book.track_of(state.id)],
            last,
            stage.get(state.stage or "", len(stage)),
            depth.get(state.id, len(depth)),
            place[state.id],
        )

    return sorted(book.states, key=rank)


def begins(book: Rulebook) -> dict[str, str]:
    """The states in which runs of tracks begin, with the titles of the steps that begin them."""
    found: dict[str, list[str]] = {}
    for step in book.steps:
        if step.begins is not None:
            found.setdefault(step.begins, []).append(step.title)
    return {state: " / ".join(titles) for state, titles in found.items()}


def svg(book: Rulebook) -> str:
    """The diagram as one SVG document, with a title and a description in words for those who cannot see it."""
    order = layers(book)
    leaving = exits(book)
    begun = begins(book)
    at = {state.id: n for n, state in enumerate(order)}
    onward = [s for s in at if any(w.target == s and at[o] < at[s] for o in at for w in leaving[o])]
    back = [s for s in at if any(w.target == s and at[o] > at[s] for o in at for w in leaving[o])]
    longest = max(
        [len(s.title) + 4 for s in order]
        + [len(w.title) for ws in leaving.values() for w in ws]
        + [len(words) + 24 for words in begun.values()]
    )
    width = max(300, int(longest * _CHAR) + 34)
    left = 40 + _LANE * len(back)
    total = left + width + 40 + _LANE * len(onward)
    tops: dict[str, int] = {}
    y = _TOP
    for state in order:
        tops[state.id] = y
        if state.id in begun:
            y += _GAP
            tops[state.id] = y
        y += _HEAD + _ROW * len(leaving[state.id]) + (6 if leaving[state.id] else 0) + _GAP
    # The nearest states get the inner lanes: fewer lines cross.
    lane_right = {s: left + width + 26 + _LANE * n for n, s in enumerate(sorted(onward, key=at.__getitem__))}
    lane_left = {s: left - 26 - _LANE * n for n, s in enumerate(sorted(back, key=at.__getitem__, reverse=True))}
    colour = {s: _COLOURS[n % len(_COLOURS)] for n, s in enumerate(at)}
    parts = [_opening(book, order, leaving, total, y)]
    for name in at:
        parts += _lanes(name, order, leaving, at, tops, lane_right, lane_left, left, width, colour[name])
    for state in order:
        first = state.id == book.opening.state or state.id in begun
        parts.append(_box(state, leaving[state.id], left, tops[state.id], width, first))
        if state.id in begun:
            parts.append(
                f'<text x="{left}" y="{tops[state.id] - 7}" font-size="11.5" font-style="italic" fill="#505a5f">'
                f"In parallel, begun by: {escape(begun[state.id])}</text>"
            )
    return "\n".join([*parts, "</svg>\n"])


def _opening(book: Rulebook, order: list[State], leaving: dict[str, tuple[_Exit, ...]], width: int, height: int) -> str:
    titles = {state.id: state.title for state in order}
    begun = begins(book)
    description = "; ".join(
        (f"in parallel with the procedure, begun by {begun[state.id]}, " if state.id in begun else "")
        + f"{state.title}: "
        + (", ".join(f"{w.title} leads to {titles[w.target]}" for w in leaving[state.id]) or "the end")
        for state in order
    )
    note = "Each box is a state and lists the steps that leave it. Its line leads to the next state."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="title description" font-family="Arial, Helvetica, sans-serif">\n'
        f'<title id="title">{escape(book.title)}: states and steps</title>\n'
        f'<desc id="description">{escape(description)}.</desc>\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n'
        f'<text x="16" y="30" font-size="17" font-weight="bold" fill="#0b0c0c" '
        f'textLength="{min(width - 32, int(len(book.title) * 9.2))}" lengthAdjust="spacingAndGlyphs">{escape(book.title)}</text>\n'
        f'<text x="16" y="52" font-size="12" fill="#505a5f">{escape(book.id)} version {book.version}</text>\n'
        f'<text x="16" y="70" font-size="11" fill="#505a5f">{note}</text>'
    )


def _lanes(
    name: str,
    order: list[State],
    leaving: dict[str, tuple[_Exit, ...]],
    at: dict[str, int],
    tops: dict[str, int],
    lane_right: dict[str, int],
    lane_left: dict[str, int],
    left: int,
    width: int,
    colour: str,
) -> list[str]:
    """The lines that lead to one state: a lane with a branch from each step and an arrow into the box."""
    found = []
    for forward, lane in ((True, lane_right.get(name)), (False, lane_left.get(name))):
        if lane is None:
            continue
        side = left + width if forward else left
        entry = tops[name] + _HEAD // 2
        ys = [
            _exit_y(tops[o.id], n)
            for o in order
            for n, exit_ in enumerate(leaving[o.id])
            if exit_.target == name and (at[o.id] < at[name]) is forward
        ]
        lines = [f"M {side} {y} H {lane}" for y in ys]
        lines.append(f"M {lane} {min([*ys, entry])} V {max([*ys, entry])}")
        tip = side + 1 if forward else side - 1
        wing = 9 if forward else -9
        lines.append(f"M {lane} {entry} H {tip}")
        found.append(f'<path d="{" ".join(lines)}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
        found.append(
            f'<path d="M {tip} {entry} l {wing} -5 v 10 z" fill="{colour}"/>'
            + "".join(f'<circle cx="{lane}" cy="{y}" r="3" fill="{colour}"/>' for y in ys)
        )
    return found


def _exit_y(top: int, n: int) -> int:
    return top + _HEAD + _ROW * n + _ROW // 2 + 2


def _box(state: State, leaving: tuple[_Exit, ...], x: int, y: int, width: int, first: bool) -> str:
    height = _HEAD + _ROW * len(leaving) + (6 if leaving else 0)
    closed = state.status is Status.CLOSED
    fill = "#0b0c0c" if closed else "#f3f2f1"
    ink = "#ffffff" if closed else "#0b0c0c"
    edge = 3 if first else 1.5
    title = f"▶ {state.title}" if first else state.title
    parts = [
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="5" fill="#ffffff" stroke="#0b0c0c" stroke-width="{edge}"/>',
        f'<rect x="{x}" y="{y}" width="{width}" height="{_HEAD}" rx="5" fill="{fill}" stroke="#0b0c0c" stroke-width="{edge}"/>',
        f'<text x="{x + 12}" y="{y + 22}" font-size="13" font-weight="bold" fill="{ink}">{escape(title)}</text>',
    ]
    parts += [
        f'<text x="{x + 16}" y="{_exit_y(y, n) + 4}" font-size="12.5" fill="#0b0c0c">{escape(exit_.title)}</text>'
        for n, exit_ in enumerate(leaving)
    ]
    return "\n".join(parts)
