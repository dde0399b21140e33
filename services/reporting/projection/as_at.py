"""Figures as they stood at the end of a day: the log folded again, without what happened later.

An event counts when its `time`, which is when it happened, is before the end of that London day; when Redress recorded it
does not matter. So history that was imported this morning stands in last year's figures, as it should. Of each aggregate
the highest version among those events is measured, whatever the order in the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from uuid import UUID

from services.reporting.measures import Cells, measure, measure_lesson
from services.reporting.projection.log import TOPICS
from shared.calendar.london import end_of_day
from shared.events.cases import CaseEvent
from shared.events.facts import CaseFacts, LessonFacts
from shared.events.lessons import LessonEvent
from shared.messaging.log import LogReader

_KEPT = 8


class AsAt:
    """One reading of the log at a time; the newest answers are kept until the log has moved on."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader
        self._busy = asyncio.Lock()
        self._kept: dict[tuple[date, tuple[object, ...]], Cells] = {}

    async def cells(self, day: date) -> Cells:
        """The cells as at the end of a London day. Raises BrokerUnavailable."""
        async with self._busy:
            ends = {topic: await self._reader.ends(topic) for topic in TOPICS}
            name = (day, tuple(sorted((topic, *sorted(of.items())) for topic, of in ends.items())))
            if name not in self._kept:
                self._kept[name] = await self._fold(day, ends)
                while len(self._kept) > _KEPT:
                    del self._kept[next(iter(self._kept))]
            return self._kept[name]

    async def _fold(self, day: date, ends: Mapping[str, Mapping[int, int]]) -> Cells:
        until = end_of_day(day)
        latest: dict[tuple[str, UUID], tuple[int, CaseFacts | LessonFacts]] = {}
        for topic in TOPICS:
            async for chunk in self._reader.read(topic, {}, ends[topic]):
                for _, envelope in chunk.records:
                    event = envelope.data
                    if envelope.time >= until or not isinstance(event, (CaseEvent, LessonEvent)):
                        continue
                    held = latest.get((topic, event.case_id))
                    if held is None or held[0] < event.version:
                        latest[topic, event.case_id] = (event.version, event.after)
        return await asyncio.to_thread(_measured, [facts for _, facts in latest.values()])


def _measured(all_facts: list[CaseFacts | LessonFacts]) -> Cells:
    total: Cells = {}
    for facts in all_facts:
        cells = measure(facts) if isinstance(facts, CaseFacts) else measure_lesson(facts)
        for cell, count in cells.items():
            total[cell] = total.get(cell, 0) + count
    return {cell: count for cell, count in total.items() if count}
