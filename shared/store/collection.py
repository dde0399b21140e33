"""A collection without the driver's types: plain dicts in and out, the store's own errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import InsertOne, ReturnDocument, UpdateOne

from shared.store.errors import translated

Document = dict[str, Any]
Filter = Mapping[str, Any]
Update = Mapping[str, Any] | Sequence[Mapping[str, Any]]
Sort = Sequence[tuple[str, int]]


@dataclass(frozen=True)
class FindCost:
    """What a find cost: documents returned, index keys and documents examined, and the plan's stages from the outside in."""

    returned: int
    keys_examined: int
    documents_examined: int
    stages: tuple[str, ...]


class Collection:
    """One collection. Writes are acknowledged by a majority and journalled before a call returns.

    Every method raises `StoreUnavailable` when the store does not answer in time, and the writing ones `DuplicateKey`.
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    @property
    def name(self) -> str:
        return str(self._raw.name)

    async def find_one(
        self, query: Filter, *, projection: Mapping[str, Any] | None = None, sort: Sort | None = None
    ) -> Document | None:
        with translated():
            found: Document | None = await self._raw.find_one(query, projection, sort=sort)
        return found

    async def find(
        self,
        query: Filter,
        *,
        projection: Mapping[str, Any] | None = None,
        sort: Sort | None = None,
        skip: int = 0,
        limit: int = 0,
    ) -> AsyncIterator[Document]:
        with translated():
            async for document in self._raw.find(query, projection, sort=sort, skip=skip, limit=limit):
                yield document

    async def find_list(self, query: Filter, **options: Any) -> list[Document]:
        return [document async for document in self.find(query, **options)]

    async def insert_one(self, document: Document) -> None:
        with translated():
            await self._raw.insert_one(document)

    async def insert_many(self, documents: Sequence[Document]) -> set[Any]:
        """Insert what is not there yet; return the ids that were new. A duplicate is no error here."""
        if not documents:
            return set()
        from pymongo.errors import BulkWriteError

        with translated():
            try:
                await self._raw.bulk_write([InsertOne(d) for d in documents], ordered=False)
            except BulkWriteError as error:
                faults = error.details.get("writeErrors", [])
                if error.details.get("writeConcernErrors") or any(f.get("code") != 11000 for f in faults):
                    raise
                repeated = {fault["index"] for fault in faults}
                return {d["_id"] for i, d in enumerate(documents) if i not in repeated}
        return {d["_id"] for d in documents}

    async def update_one(self, query: Filter, update: Update, *, upsert: bool = False) -> bool:
        """Whether a document matched or was made."""
        with translated():
            result = await self._raw.update_one(query, update, upsert=upsert)
        return bool(result.matched_count or result.upserted_id is not None)

    async def update_many(self, query: Filter, update: Update) -> int:
        with translated():
            result = await self._raw.update_many(query, update)
        return int(result.matched_count)

    async def bulk_update(self, updates: Iterable[tuple[Filter, Update]]) -> int:
        """Many updates of one document each, in one round trip; how many matched."""
        operations = [UpdateOne(query, update) for query, update in updates]
        if not operations:
            return 0
        with translated():
            result = await self._raw.bulk_write(operations, ordered=False)
        return int(result.matched_count)

    async def find_one_and_update(
        self,
        query: Filter,
        update: Update,
        *,
        sort: Sort | None = None,
        upsert: bool = False,
        after: bool = True,
    ) -> Document | None:
        with translated():
            found: Document | None = await self._raw.find_one_and_update(
                query,
                update,
                sort=sort,
                upsert=upsert,
                return_document=ReturnDocument.AFTER if after else ReturnDocument.BEFORE,
            )
        return found

    async def delete_one(self, query: Filter) -> bool:
        with translated():
            result = await self._raw.delete_one(query)
        return bool(result.deleted_count)

    async def delete_many(self, query: Filter) -> int:
        with translated():
            result = await self._raw.delete_many(query)
        return int(result.deleted_count)

    async def count(self, query: Filter, *, limit: int = 0) -> int:
        with translated():
            options = {"limit": limit} if limit else {}
            return int(await self._raw.count_documents(query, **options))

    async def explain_find(
        self,
        query: Filter,
        *,
        projection: Mapping[str, Any] | None = None,
        sort: Sort | None = None,
        limit: int = 0,
    ) -> FindCost:
        """Run a find and answer what it cost the server, by its own counters."""
        asked: dict[str, Any] = {"find": self._raw.name, "filter": dict(query)}
        if projection is not None:
            asked["projection"] = dict(projection)
        if sort is not None:
            asked["sort"] = dict(sort)
        if limit:
            asked["limit"] = limit
        with translated():
            explained = await self._raw.database.command({"explain": asked, "verbosity": "executionStats"})
        found = explained["executionStats"]
        return FindCost(
            found["nReturned"],
            found["totalKeysExamined"],
            found["totalDocsExamined"],
            _stages(explained["queryPlanner"]["winningPlan"]),
        )

    async def aggregate(self, pipeline: Sequence[Mapping[str, Any]]) -> list[Document]:
        with translated():
            return [document async for document in self._raw.aggregate(list(pipeline))]

    async def create_index(
        self,
        keys: Sequence[tuple[str, int]],
        *,
        name: str | None = None,
        unique: bool = False,
        partial: Filter | None = None,
        expire_after_seconds: int | None = None,
    ) -> None:
        options: dict[str, Any] = {"unique": unique}
        if name is not None:
            options["name"] = name
        if partial is not None:
            options["partialFilterExpression"] = partial
        if expire_after_seconds is not None:
            options["expireAfterSeconds"] = expire_after_seconds
        with translated():
            await self._raw.create_index(list(keys), **options)

    async def drop(self) -> None:
        with translated():
            await self._raw.drop()


def _stages(plan: Mapping[str, Any]) -> tuple[str, ...]:
    inner = plan.get("queryPlan", plan)
    below = inner.get("inputStage")
    return (str(inner.get("stage")), *(_stages(below) if below else ()))
