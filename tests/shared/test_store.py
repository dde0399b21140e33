"""The store on a real mongod: durable writes, the outbox document, blobs, its own errors."""

from uuid import uuid4

import pytest

from shared.store import (
    AggregateStore,
    BlobMissing,
    DuplicateKey,
    NewAggregate,
    Store,
    StoreUnavailable,
)
from tests.shared.events import NOW, imported


@pytest.fixture
async def store(mongo_url, database_prefix):
    store = Store(mongo_url, database_prefix)
    yield store
    store.close()


@pytest.fixture
async def aggregates(store):
    aggregates = AggregateStore(store.database("intake")["things"])
    await aggregates.prepare()
    return aggregates


async def test_an_aggregate_is_inserted_once(aggregates):
    assert await aggregates.insert("a", {"state": {"x": 1}}, [imported()])
    assert not await aggregates.insert("a", {"state": {"x": 2}}, [imported()])
    document = await aggregates.load("a")
    assert document["state"] == {"x": 1}
    assert document["version"] == 1
    assert len(document["outbox"]) == 1


async def test_another_unique_index_is_not_mistaken_for_a_repeat(aggregates):
    await aggregates.collection.create_index([("reference", 1)], unique=True)
    assert await aggregates.insert("a", {"reference": "R"}, [])
    with pytest.raises(DuplicateKey):
        await aggregates.insert("b", {"reference": "R"}, [])


async def test_only_the_first_of_two_writers_saves(aggregates):
    await aggregates.insert("a", {"state": 1}, [imported()])
    assert await aggregates.save("a", 1, {"state": 2}, [imported(version=2)], push={"history": [1]})
    assert not await aggregates.save("a", 1, {"state": 3}, [imported(version=2)])
    document = await aggregates.load("a")
    assert (document["state"], document["version"], len(document["outbox"])) == (2, 2, 2)


async def test_many_new_aggregates_in_one_round_trip_leave_the_old_ones_alone(aggregates):
    await aggregates.insert("a", {"state": 1}, [])
    new = await aggregates.insert_many([NewAggregate("a", {"state": 9}), NewAggregate("b", {"state": 2}, version=7)])
    assert new == {"b"}
    assert (await aggregates.load("a"))["state"] == 1
    assert (await aggregates.load("b"))["version"] == 7


async def test_instants_come_back_with_their_zone(store):
    collection = store.database("x")["y"]
    await collection.insert_one({"_id": 1, "at": NOW, "id": uuid4()})
    assert (await collection.find_one({"_id": 1}))["at"] == NOW


async def test_blobs_are_kept_whole_and_never_replaced(store):
    blobs = store.database("x").blobs("attachments")
    data = bytes(range(256)) * 2000
    assert await blobs.put("one", data, {"k": "v"})
    assert not await blobs.put("one", b"other")
    assert await blobs.get("one") == data
    assert (await blobs.metadata("one"))["k"] == "v"
    await blobs.delete("one")
    with pytest.raises(BlobMissing):
        await blobs.get("one")


async def test_a_blob_half_written_by_a_process_that_died_is_written_again(store):
    blobs = store.database("x").blobs("attachments")
    chunks, files = store.database("x")["attachments.chunks"], store.database("x")["attachments.files"]
    assert await blobs.put("one", b"data")
    await files.delete_one({"_id": "one"})
    assert await chunks.count({"files_id": "one"}) == 1
    assert await blobs.put("one", b"data")
    assert await blobs.get("one") == b"data"


async def test_a_store_that_is_down_is_unavailable_and_reports_it(free_port):
    store = Store(f"mongodb://127.0.0.1:{free_port()}/?directConnection=true", "x", timeout_ms=300)
    assert not await store.ping()
    with pytest.raises(StoreUnavailable):
        await store.database("x")["y"].insert_one({"_id": 1})
    store.close()
