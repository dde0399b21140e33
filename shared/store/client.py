"""The connection to MongoDB. ADR 0002: why motor, and why nothing outside this package may import it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import PyMongoError

from shared.store.blobs import Blobs
from shared.store.collection import Collection
from shared.store.errors import StoreUnavailable, translated

_OPTIONS: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True, uuid_representation=UuidRepresentation.STANDARD)


class Database:
    """One service's database."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    @property
    def name(self) -> str:
        return str(self._raw.name)

    def __getitem__(self, name: str) -> Collection:
        return Collection(self._raw[name])

    def blobs(self, name: str) -> Blobs:
        return Blobs(self._raw, name)


class Store:
    """A client of one event loop. Reads are zone-aware UTC; writes wait for a majority and its journal.

    `hosts` is where it connects to, without the credentials of the URL.

    Args:
        url: a MongoDB URL.
        database_prefix: stands before every database's name, with an underscore.
        timeout_ms: the longest that one operation may take, milliseconds.

    Raises:
        ValueError: it is no such URL.
    """

    def __init__(self, url: str, database_prefix: str, *, timeout_ms: int = 5000) -> None:
        self._prefix = database_prefix
        self.hosts = urlsplit(url).netloc.rpartition("@")[2]
        try:
            self._client: Any = AsyncIOMotorClient(
                url,
                w="majority",
                journal=True,
                readConcernLevel="majority",
                timeoutMS=timeout_ms,
                serverSelectionTimeoutMS=timeout_ms,
                appname="redress",
            )
        except PyMongoError as error:
            # Its text may quote the URL, with a password.
            raise ValueError(f"it is no URL of a MongoDB ({type(error).__name__})") from None

    def database(self, service: str) -> Database:
        return Database(self._client.get_database(f"{self._prefix}_{service}", codec_options=_OPTIONS))

    async def ping(self) -> bool:
        """Whether a primary answers now."""
        try:
            with translated():
                hello = await self._client.admin.command("hello")
        except StoreUnavailable:
            return False
        return bool(hello.get("isWritablePrimary"))

    async def server_version(self) -> str:
        """The version of the MongoDB server."""
        with translated():
            return str((await self._client.server_info())["version"])

    async def drop_databases(self) -> None:
        """Drop every database with this prefix. For tests and for a user who resets a local run."""
        with translated():
            for name in await self._client.list_database_names():
                if name.startswith(f"{self._prefix}_"):
                    await self._client.drop_database(name)

    def close(self) -> None:
        self._client.close()
