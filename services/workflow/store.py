"""Cases in MongoDB: one document a case with its state, its history and its unpublished events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from services.workflow.case.model import Case, Published
from services.workflow.change import Change, Stored, fields
from services.workflow.rulebook.choose import Rulebooks
from services.workflow.rulebook.model import Rulebook
from shared.calendar.holidays import HolidayRegister
from shared.errors import NotFound
from shared.references import neighbours, readings
from shared.store import AggregateStore, Collection, Document, FindCost, NewAggregate

T = TypeVar("T")

# The history grows with the case and only its own route shows it.
_STATE = {"history": 0, "outbox": 0}


@dataclass(frozen=True)
class Query:
    """Which cases; None leaves a field open. `due_before` is a London day: cases with a running clock due before it. `track` is
    one of which a run is open; `contact` is the feedback that they were opened from; `ombudsman_reference` is the Ombudsman's own.
    """

    status: str | None = None
    state: str | None = None
    procedure: str | None = None
    stage: str | None = None
    kind: str | None = None
    due_before: date | None = None
    track: str | None = None
    contact: UUID | None = None
    ombudsman_reference: str | None = None

    def filter(self) -> Document:
        names = ("status", "state", "procedure", "stage", "kind")
        found: Document = {name: value for name in names if (value := getattr(self, name)) is not None}
        if self.track is not None:
            found["tracks"] = self.track
        if self.ombudsman_reference is not None:
            found["case.facts.ombudsman.reference"] = self.ombudsman_reference
        if self.contact is not None:
            found["contact"] = str(self.contact)
        if self.due_before is not None:
            # The partial index of what is due serves only a query that states its condition.
            found["due_on"] = {"$lt": self.due_before.isoformat(), "$type": "string"}
        return found


class Cases:
    """All cases. Their clocks run by `rulebooks` and by the holidays of `register`."""

    def __init__(self, collection: Collection, rulebooks: Rulebooks, register: HolidayRegister) -> None:
        self.aggregates = AggregateStore(collection)
        self.rulebooks = rulebooks
        self.register = register
        self._collection = collection

    async def prepare(self) -> None:
        """Create the indexes. Idempotent."""
        await self.aggregates.prepare()
        index = self._collection.create_index
        await index([("reference", 1)], name="reference", unique=True)
        await index([("timer_at", 1)], name="timers", partial={"timer_at": {"$type": "date"}})
        await index([("status", 1), ("procedure", 1), ("stage", 1), ("received_on", 1)], name="open")
        await index([("state", 1), ("received_on", 1)], name="state")
        await index([("due_on", 1)], name="due", partial={"due_on": {"$type": "string"}})
        await index([("clocks", 1)], name="clocks")
        await index([("received_on", 1), ("_id", 1)], name="received")
        await index([("status", 1), ("calendar", 1)], name="calendar")
        await index([("contact", 1)], name="contact")
        await index([("tracks", 1), ("received_on", 1)], name="tracks")
        of_the_ombudsman = "case.facts.ombudsman.reference"
        await index([(of_the_ombudsman, 1)], name="ombudsman", partial={of_the_ombudsman: {"$type": "string"}})

    def book(self, case: Case) -> Rulebook:
        """The rulebook that the case is pinned to."""
        return self.rulebooks.get(case.facts.rulebook, case.rulebook_version)

    async def load(self, case_id: UUID) -> Stored | None:
        return _stored(await self._collection.find_one({"_id": str(case_id)}, projection=_STATE))

    async def find(self, key: str) -> Stored | None:
        """A case by its id or its reference as a person may have typed it."""
        query = _identity(key)
        return _stored(await self._collection.find_one(query, projection=_STATE)) if query else None

    async def nearest(self, key: str) -> list[str]:
        """At most three references of cases that a wrongly typed one may stand for: one sign wrong, or two neighbours swapped."""
        query = {"reference": {"$in": sorted(neighbours(key))}}
        documents = await self._collection.find_list(query, projection={"reference": 1}, sort=[("reference", 1)], limit=3)
        return [document["reference"] for document in documents]

    async def load_many(self, case_ids: Iterable[UUID]) -> dict[UUID, Stored]:
        """Those that are there."""
        query = {"_id": {"$in": [str(case_id) for case_id in case_ids]}}
        found = [_stored(document) async for document in self._collection.find(query, projection=_STATE)]
        return {stored.case.case_id: stored for stored in found if stored is not None}

    async def create_many(self, changes: Sequence[Change]) -> set[UUID]:
        """Store new cases in one round trip; those that were not there yet."""
        items = [
            NewAggregate(
                str(c.case_id),
                {**self._fields(c.after), "history": list(c.history)},
                c.outgoing,
                version=c.steps,
            )
            for c in changes
        ]
        return {UUID(id_) for id_ in await self.aggregates.insert_many(items)}

    async def save_many(self, changes: Sequence[Change]) -> set[UUID]:
        """Write changes: new cases in one round trip, known ones in one each. The cases at which somebody was first."""
        new = [change for change in changes if change.creates]
        lost = {change.case_id for change in new} - await self.create_many(new)
        for change in changes:
            if not change.creates and not await self.save(change):
                lost.add(change.case_id)
        return lost

    async def save(self, change: Change) -> bool:
        """Write a change to the version it was decided on; False when somebody was first, and nothing is written."""
        if change.creates:
            return bool(await self.create_many([change]))
        case = change.after.case
        return await self.aggregates.save(
            str(case.case_id),
            case.version - change.steps,
            self._fields(change.after),
            change.outgoing,
            steps=change.steps,
            push={"history": change.history},
        )

    async def history(self, key: str) -> list[Document] | None:
        """Every event of a case in order; None of an unknown one."""
        query = _identity(key)
        found = await self._collection.find_one(query, projection={"history": 1}) if query else None
        return None if found is None else list(found["history"])

    async def page(self, query: Query, *, page: int, size: int) -> tuple[list[Case], int]:
        """One page of cases and how many there are: in the order of receipt, or the earliest due first with `due_before`."""
        chosen = query.filter()
        order = "due_on" if query.due_before is not None else "received_on"
        documents = self._collection.find(
            chosen, projection={"case": 1}, sort=[(order, 1), ("_id", 1)], skip=(page - 1) * size, limit=size
        )
        cases = [Case.model_validate(document["case"]) async for document in documents]
        return cases, await self._collection.count(chosen)

    async def due(self, now: datetime, limit: int) -> list[Document]:
        """Documents of cases that have a clock event to emit by `now` (UTC), the earliest first."""
        query, sort = _due(now)
        return await self._collection.find_list(query, projection=_STATE, sort=sort, limit=limit)

    async def due_cost(self, now: datetime, limit: int) -> FindCost:
        """What `due` costs the store, by the store's own counters."""
        query, sort = _due(now)
        return await self._collection.explain_find(query, projection=_STATE, sort=sort, limit=limit)

    async def counted_by_other_holidays(self, version: str, limit: int, *, excluding: Sequence[str] = ()) -> list[Document]:
        """Documents of cases with clocks that were counted by holidays of another version, without those of some ids."""
        # A case that is closed may have a run of a track that is not over.
        query: Document = {
            "$or": [{"status": "open"}, {"tracks": {"$gt": ""}}],
            "calendar": {"$ne": version},
        }
        if excluding:
            query["_id"] = {"$nin": list(excluding)}
        return await self._collection.find_list(query, projection=_STATE, limit=limit)

    async def postpone(self, document: Document, until: datetime) -> None:
        """Look at a case's timers again only at `until` (UTC), unless the case moves on before."""
        await self._collection.update_one(
            {"_id": document["_id"], "version": document["version"]},
            {"$set": {"timer_at": until}, "$inc": {"timer_failures": 1}},
        )

    async def open_deadlines(self) -> list[Document]:
        """How many open clocks there are by `service_area`, `clock` and `due_on`: documents with `n`."""
        return await self._collection.aggregate(
            [
                {"$match": {"due_on": {"$type": "string"}}},
                {
                    "$project": {
                        "service": "$case.facts.service_area",
                        "clock": {"$objectToArray": "$deadlines"},
                    }
                },
                {"$unwind": "$clock"},
                {"$group": {"_id": {"s": "$service", "c": "$clock.k", "d": "$clock.v"}, "n": {"$sum": 1}}},
                {
                    "$project": {
                        "_id": 0,
                        "service_area": "$_id.s",
                        "clock": "$_id.c",
                        "due_on": "$_id.d",
                        "n": 1,
                    }
                },
            ]
        )

    async def past_responses(self, since: date) -> list[Document]:
        """How many responses to complaints were sent since a London day, by `service_area`, `responded_on` and `due_on` (the
        deadline that held): documents with `n`.
        """
        stage = "$case.facts.stages"
        due = {"$ifNull": [f"{stage}.extended_to", f"{stage}.due_on"]}
        return await self._collection.aggregate(
            [
                {
                    "$match": {
                        "kind": "complaint",
                        "case.facts.stages.responded_on": {"$gte": since.isoformat()},
                    }
                },
                {"$unwind": stage},
                {"$match": {"case.facts.stages.responded_on": {"$gte": since.isoformat()}}},
                {"$project": {"s": "$case.facts.service_area", "r": f"{stage}.responded_on", "d": due}},
                {"$match": {"d": {"$ne": None}}},
                {"$group": {"_id": {"s": "$s", "r": "$r", "d": "$d"}, "n": {"$sum": 1}}},
                {
                    "$project": {
                        "_id": 0,
                        "service_area": "$_id.s",
                        "responded_on": "$_id.r",
                        "due_on": "$_id.d",
                        "n": 1,
                    }
                },
            ]
        )

    async def open_by_stage(self) -> dict[tuple[str, str], int]:
        """How many cases are open, by procedure and stage."""
        groups = await self._collection.aggregate(
            [
                {"$match": {"status": "open"}},
                {"$group": {"_id": {"procedure": "$procedure", "stage": "$stage"}, "n": {"$sum": 1}}},
            ]
        )
        return {(g["_id"]["procedure"], g["_id"].get("stage") or "none"): g["n"] for g in groups}

    async def open_by_track(self) -> dict[tuple[str, str], int]:
        """How many cases have an open run, by procedure and track."""
        groups = await self._collection.aggregate(
            [
                {"$match": {"tracks": {"$gt": ""}}},
                {"$unwind": "$tracks"},
                {"$group": {"_id": {"procedure": "$procedure", "track": "$tracks"}, "n": {"$sum": 1}}},
            ]
        )
        return {(g["_id"]["procedure"], g["_id"]["track"]): g["n"] for g in groups}

    async def count_clocks(self, procedure: str, clock: str, state: str) -> int:
        """How many running clocks are in a state: `due`, `due_soon` or `breached`."""
        return await self._collection.count({"clocks": f"{procedure}|{clock}|{state}"})

    def _fields(self, stored: Stored) -> Document:
        return fields(stored, self.book(stored.case), self.register)


def _due(now: datetime) -> tuple[Document, list[tuple[str, int]]]:
    # A partial index serves only a query that states the index's own condition.
    return {"timer_at": {"$lte": now, "$type": "date"}}, [("timer_at", 1)]


def found(stored: T | None, key: str) -> T:
    """What is stored of the case of this id or reference. Raises: NotFound, when that is nothing."""
    if stored is None:
        raise NotFound("no-such-case", f"There is no case {key[:60]!r}.")
    return stored


def stored_of(document: Document) -> Stored:
    """A case from its document."""
    return Stored(Case.model_validate(document["case"]), Published.model_validate(document["published"]))


def _stored(document: Document | None) -> Stored | None:
    return None if document is None else stored_of(document)


def _identity(key: str) -> dict[str, Any] | None:
    try:
        return {"_id": str(UUID(key))}
    except ValueError:
        typed = readings(key)
        return {"reference": {"$in": typed}} if typed else None
