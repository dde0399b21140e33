"""Personal data under lock: AES-256-GCM under a data key of the one case, the data key wrapped by the master key.

Destroying a data key erases the person from the log, the backups and every replica at once. The vault is a
database of its own that holds wrapped keys and nothing else (ADR 0003).
"""

from __future__ import annotations

import base64
import os
from typing import TypeVar
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel

from shared.clock import now
from shared.events.sealed import Sealed
from shared.store import Collection, Database, Document, DuplicateKey

M = TypeVar("M", bound=BaseModel)
_NONCE = 12
_CHECK = UUID(int=0)


class KeyDestroyed(Exception):
    """The data key is gone: the person was erased. What was sealed under it cannot be read by anybody."""


class WrongMasterKey(Exception):
    """The master key does not open this vault."""


class CannotUnseal(Exception):
    """The ciphertext, its purpose or the master key is not the one it was sealed with."""


class Vault:
    """Seals and unseals. `purpose` is bound to the ciphertext, so that one sealed thing cannot pass for another."""

    def __init__(self, database: Database, master_key: bytes) -> None:
        self._keys: Collection = database["keys"]
        self._master = AESGCM(master_key)
        self._proved = False

    async def verify_master_key(self) -> None:
        """See that the master key is the one that this vault was begun with, so that nothing is sealed under another.

        Raises:
            WrongMasterKey: it is another.
        """
        try:
            await self._keys.insert_one(self._new(_CHECK))
        except DuplicateKey:
            try:
                await self._key(_CHECK)
            except CannotUnseal:
                raise WrongMasterKey("the master key is not the one that this vault was begun with") from None
        self._proved = True

    async def create_key(self, key_id: UUID) -> None:
        """Make the data key of one case, durably. Idempotent; a destroyed key is not made again.

        Raises:
            KeyDestroyed: it was there once.
            WrongMasterKey: the vault was begun with another master key.
        """
        await self._prove()
        try:
            await self._keys.insert_one(self._new(key_id))
        except DuplicateKey:
            await self._key(key_id)

    async def create_keys(self, key_ids: list[UUID]) -> None:
        """`create_key` for many, in one round trip."""
        await self._prove()
        await self._keys.insert_many([self._new(key_id) for key_id in key_ids])

    async def seal(self, key_id: UUID, model: BaseModel, *, purpose: str) -> Sealed:
        nonce = os.urandom(_NONCE)
        key = await self._key(key_id)
        sealed = AESGCM(key).encrypt(nonce, model.model_dump_json().encode(), _bound(key_id, purpose))
        return Sealed(
            key_id=key_id,
            nonce=base64.b64encode(nonce).decode(),
            ciphertext=base64.b64encode(sealed).decode(),
        )

    async def unseal(self, sealed: Sealed, into: type[M], *, purpose: str) -> M:
        """Raises: KeyDestroyed, CannotUnseal."""
        key = await self._key(sealed.key_id)
        nonce, data = base64.b64decode(sealed.nonce), base64.b64decode(sealed.ciphertext)
        return into.model_validate_json(_open(AESGCM(key), nonce, data, _bound(sealed.key_id, purpose)))

    async def seal_bytes(self, key_id: UUID, data: bytes, *, purpose: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(await self._key(key_id)).encrypt(nonce, data, _bound(key_id, purpose))

    async def unseal_bytes(self, key_id: UUID, data: bytes, *, purpose: str) -> bytes:
        """Raises: KeyDestroyed, CannotUnseal."""
        return _open(AESGCM(await self._key(key_id)), data[:_NONCE], data[_NONCE:], _bound(key_id, purpose))

    async def destroy_key(self, key_id: UUID) -> None:
        """Erase. The id stays, so that the key is never made again."""
        await self._keys.update_one({"_id": key_id}, {"$set": {"destroyed_at": now()}, "$unset": {"wrapped": ""}}, upsert=True)

    async def _prove(self) -> None:
        # Requests may come before the service is ready: no data key is ever wrapped under a key that is not the vault's.
        if not self._proved:
            await self.verify_master_key()

    def _new(self, key_id: UUID) -> Document:
        nonce = os.urandom(_NONCE)
        wrapped = nonce + self._master.encrypt(nonce, AESGCM.generate_key(bit_length=256), key_id.bytes)
        return {"_id": key_id, "wrapped": wrapped, "created_at": now()}

    async def _key(self, key_id: UUID) -> bytes:
        # Read each time: a destroyed key must not survive in a cache.
        found = await self._keys.find_one({"_id": key_id})
        if found is None or "wrapped" not in found:
            raise KeyDestroyed(f"no data key {key_id}")
        wrapped = found["wrapped"]
        return _open(self._master, wrapped[:_NONCE], wrapped[_NONCE:], key_id.bytes)


def _open(cipher: AESGCM, nonce: bytes, data: bytes, bound: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce, data, bound)
    except InvalidTag:
        raise CannotUnseal("sealed with another key or for another purpose") from None


def _bound(key_id: UUID, purpose: str) -> bytes:
    return key_id.bytes + purpose.encode()
