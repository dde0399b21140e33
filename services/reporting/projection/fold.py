"""The fold itself, pure: which records count, and what they change in each year's slice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from services.reporting.measures import Cells, difference, measure, measure_lesson
from shared.calendar.periods import periods_of
from shared.events.cases import CaseEvent
from shared.events.envelope import Event
from shared.events.lessons import LessonEvent

SliceChange: TypeAlias = Cells
"""What is added to the cells of one slice."""


class Place(NamedTuple):
    """A partition of a topic, as one generation of the aggregates has folded it.

    `incarnation` distinguishes a topic from one of the same name that was deleted and made again: its offsets start anew.
    """

    generation: int
    topic: str
    partition: int
    incarnation: str

    def __str__(self) -> str:
        return f"{self.generation}:{self.topic}:{self.incarnation}:{self.partition}"


class Seen(NamedTuple):
    """An event by its aggregate and the aggregate's version: the same however often it was published."""

    aggregate: str
    version: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a partition, by what it changes in the slice of each year."""

    offset: int
    seen: Seen
    slices: Mapping[str, SliceChange]


def change(event: Event) -> Cells:
    """What an event changes: the measure of the facts after it less that of the facts before. Other events: nothing."""
    if not isinstance(event, (CaseEvent, LessonEvent)) or event.before == event.after:
        return {}
    if isinstance(event, CaseEvent):
        return difference(measure(event.after), measure(event.before))
    return difference(measure_lesson(event.after), measure_lesson(event.before))


def by_year(cells: Cells) -> dict[str, SliceChange]:
    """The cells of each financial year. A year is one slice, so that a batch lands in few of them."""
    found: dict[str, SliceChange] = {}
    for cell, count in cells.items():
        found.setdefault(periods_of(cell.month).year, {})[cell] = count
    return found


def entry(offset: int, event: Event) -> Entry | None:
    """A record in the form that is folded; None for an event that no aggregate is made of."""
    if not isinstance(event, (CaseEvent, LessonEvent)):
        return None
    return Entry(offset, Seen(str(event.case_id), event.version), by_year(change(event)))


def first_occurrences(entries: Iterable[Entry], known: Mapping[Seen, int]) -> tuple[list[Entry], dict[Seen, int]]:
    """The entries that count, and the first offsets that are not known yet.

    A relay that died after the broker's acknowledgement publishes an event again at a later offset. Of one event the
    record at the lowest offset counts, which is a property of the log alone: whoever folds, and how often, decides
    alike.

    Args:
        entries: of one partition, in the order of their offsets.
        known: the first offset of every event of these aggregates that stands before the entries.
    """
    first = dict(known)
    new: dict[Seen, int] = {}
    counted = []
    for item in entries:
        if item.seen not in first:
            first[item.seen] = new[item.seen] = item.offset
        if first[item.seen] >= item.offset:
            counted.append(item)
    return counted, new


def years(entries: Iterable[Entry]) -> set[str]:
    """The years whose slices the entries touch, even where their changes come to nothing together."""
    return {year for item in entries for year in item.slices}


def slice_change(entries: Iterable[Entry], year: str, fence: int) -> SliceChange | None:
    """What entries beyond `fence` add to a year's slice; None when none of them touches it.

    An empty change is not None: the fence must move over a touched slice even where the sum is zero, or a consumer with
    another cut of the same records could add half of it.
    """
    changes = [item.slices[year] for item in entries if item.offset > fence and year in item.slices]
    if not changes:
        return None
    total: SliceChange = {}
    for one in changes:
        for cell, count in one.items():
            total[cell] = total.get(cell, 0) + count
    return {cell: count for cell, count in total.items() if count}
