"""Sealed bytes too large for a document: attachments and raw messages, in GridFS."""

from __future__ import annotations

from typing import Any

from gridfs.errors import FileExists, NoFile
from motor.motor_asyncio import AsyncIOMotorGridFSBucket

from shared.store.errors import DuplicateKey, StoreError, translated


class BlobMissing(StoreError):
    """There is no blob of that id."""


class Blobs:
    """A bucket of immutable blobs, each stored under an id of the caller's."""

    def __init__(self, database: Any, name: str) -> None:
        self._bucket = AsyncIOMotorGridFSBucket(database, bucket_name=name)
        self._files = database[f"{name}.files"]
        self._chunks = database[f"{name}.chunks"]

    async def put(self, blob_id: str, data: bytes, metadata: dict[str, Any] | None = None) -> bool:
        """Store `data` durably; False when that id is there already (then nothing is changed)."""
        while not await self.exists(blob_id):
            try:
                with translated():
                    await self._bucket.upload_from_stream_with_id(blob_id, blob_id, data, metadata=metadata or {})
            except (FileExists, DuplicateKey):
                # Chunks without a file: somebody died between the two, or is between them now and will fail instead.
                if not await self.exists(blob_id):
                    with translated():
                        await self._chunks.delete_many({"files_id": blob_id})
            else:
                return True
        return False

    async def get(self, blob_id: str) -> bytes:
        """The bytes. Raises `BlobMissing`."""
        try:
            with translated():
                stream = await self._bucket.open_download_stream(blob_id)
                data: bytes = await stream.read()
        except NoFile:
            raise BlobMissing(blob_id) from None
        return data

    async def metadata(self, blob_id: str) -> dict[str, Any] | None:
        with translated():
            found = await self._files.find_one({"_id": blob_id})
        return None if found is None else {"length": found["length"], **(found.get("metadata") or {})}

    async def exists(self, blob_id: str) -> bool:
        return await self.metadata(blob_id) is not None

    async def delete(self, blob_id: str) -> None:
        try:
            with translated():
                await self._bucket.delete(blob_id)
        except NoFile:
            return
