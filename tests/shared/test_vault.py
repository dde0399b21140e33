"""Sealing on a real mongod: bound to its purpose and key, gone when the key is destroyed."""

import os
from uuid import uuid4

import pytest
from pydantic import BaseModel

from shared.store import Store
from shared.vault import CannotUnseal, KeyDestroyed, Vault, WrongMasterKey


class Words(BaseModel):
    text: str


@pytest.fixture
async def database(mongo_url, database_prefix):
    store = Store(mongo_url, database_prefix)
    yield store.database("vault")
    store.close()


@pytest.fixture
def vault(database):
    return Vault(database, os.urandom(32))


async def test_what_is_sealed_comes_back_and_shows_nothing(vault, database):
    key = uuid4()
    await vault.create_key(key)
    sealed = await vault.seal(key, Words(text="Mrs Example of Preston"), purpose="feedback")
    assert "Preston" not in sealed.model_dump_json()
    assert (await vault.unseal(sealed, Words, purpose="feedback")).text == "Mrs Example of Preston"
    stored = await database["keys"].find_one({"_id": key})
    assert set(stored) == {"_id", "wrapped", "created_at"}


async def test_another_purpose_or_another_key_cannot_read_it(vault, database):
    key, other = uuid4(), uuid4()
    await vault.create_key(key)
    await vault.create_key(other)
    sealed = await vault.seal(key, Words(text="x"), purpose="feedback")
    with pytest.raises(CannotUnseal):
        await vault.unseal(sealed, Words, purpose="message")
    with pytest.raises(CannotUnseal):
        await vault.unseal(sealed.model_copy(update={"key_id": other}), Words, purpose="feedback")
    with pytest.raises(CannotUnseal):
        await Vault(database, os.urandom(32)).unseal(sealed, Words, purpose="feedback")


async def test_making_a_key_again_keeps_it(vault):
    key = uuid4()
    await vault.create_key(key)
    blob = await vault.seal_bytes(key, b"data", purpose="attachment")
    await vault.create_key(key)
    await vault.create_keys([key, uuid4()])
    assert await vault.unseal_bytes(key, blob, purpose="attachment") == b"data"


async def test_a_destroyed_key_erases_and_never_comes_back(vault):
    key = uuid4()
    await vault.create_key(key)
    sealed = await vault.seal(key, Words(text="x"), purpose="feedback")
    await vault.destroy_key(key)
    with pytest.raises(KeyDestroyed):
        await vault.unseal(sealed, Words, purpose="feedback")
    with pytest.raises(KeyDestroyed):
        await vault.create_key(key)
    with pytest.raises(KeyDestroyed):
        await vault.seal(key, Words(text="y"), purpose="feedback")


async def test_another_master_key_is_noticed_before_anything_is_sealed(vault, database):
    await vault.verify_master_key()
    await vault.verify_master_key()
    with pytest.raises(WrongMasterKey):
        await Vault(database, os.urandom(32)).verify_master_key()


async def test_no_data_key_is_made_under_another_master_key(vault, database):
    await vault.verify_master_key()
    before = await database["keys"].count({})
    other = Vault(database, os.urandom(32))
    with pytest.raises(WrongMasterKey):
        await other.create_key(uuid4())
    with pytest.raises(WrongMasterKey):
        await other.create_keys([uuid4(), uuid4()])
    assert await database["keys"].count({}) == before
