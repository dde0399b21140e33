"""Administration of a MongoDB server: the one-member replica set of a local run, and its databases.

Apart from the store so that a service never loads it; in this package because only this package imports the driver.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import OperationFailure, PyMongoError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_ALREADY_INITIALIZED = 23
_SYSTEM_DATABASES = frozenset({"admin", "config", "local"})


class ServerNotReadyError(RuntimeError):
    """The server did not answer, or did not become primary, in time."""


@asynccontextmanager
async def _client(url: str, within: float) -> AsyncIterator[AsyncIOMotorClient[dict[str, Any]]]:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        url, tz_aware=True, serverSelectionTimeoutMS=int(within * 1000), appname="redress-admin"
    )
    try:
        yield client
    finally:
        client.close()


async def ping(url: str, within: float = 2.0) -> bool:
    """Whether the server at `url` answers within so many seconds."""
    async with _client(url, within) as client:
        try:
            await client.admin.command("ping")
        except PyMongoError:
            return False
        return True


async def become_primary(host: str, port: int, *, replica_set: str, within: float = 60.0) -> None:
    """Make the server at `host:port` the primary of a one-member replica set, and wait until it is.

    A data folder remembers the port of its first start; where that has changed since, the
    replica set is reconfigured with the new one.

    Raises:
        ServerNotReadyError: not primary within `within` seconds.
    """
    member = f"{host}:{port}"
    deadline = time.monotonic() + within
    async with _client(f"mongodb://{member}/?directConnection=true", within) as client:
        try:
            await _configure(client, member, replica_set)
            while not (await client.admin.command("hello")).get("isWritablePrimary"):
                if time.monotonic() > deadline:
                    raise ServerNotReadyError(f"mongod at {member} did not become primary in {within:g} s")
                await asyncio.sleep(0.05)
        except PyMongoError as error:
            raise ServerNotReadyError(f"mongod at {member}: {error}") from error


async def _configure(client: AsyncIOMotorClient[dict[str, Any]], member: str, replica_set: str) -> None:
    config = await client.local["system.replset"].find_one({})
    if config is None:
        wanted = {"_id": replica_set, "members": [{"_id": 0, "host": member}]}
        try:
            await client.admin.command("replSetInitiate", wanted)
        except OperationFailure as error:
            if error.code != _ALREADY_INITIALIZED:
                raise
    elif [m["host"] for m in config["members"]] != [member]:
        config["members"] = [{**config["members"][0], "host": member}]
        config["version"] += 1
        # Force: a member under a new name finds no majority that knows it.
        await client.admin.command("replSetReconfig", config, force=True)


async def database_names(url: str, prefix: str = "") -> list[str]:
    """The databases whose name begins with `prefix`, without MongoDB's own; sorted."""
    async with _client(url, 10.0) as client:
        names = await client.list_database_names()
    return sorted(n for n in names if n.startswith(prefix) and n not in _SYSTEM_DATABASES)


async def drop_databases(url: str, prefix: str) -> None:
    """Drop every database whose name begins with `prefix`. For tests; an empty prefix is a ValueError."""
    if not prefix:
        raise ValueError("databases without a prefix are somebody's records: they are not dropped by code")
    names = await database_names(url, prefix)
    async with _client(url, 10.0) as client:
        for name in names:
            await client.drop_database(name)
