"""A corner of the real servers for one test: topics and databases of its own, gone afterwards."""

from __future__ import annotations

import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from shared.messaging import provision
from shared.settings import KafkaSettings
from shared.store.admin import drop_databases

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# More than one, so that a test which holds only by the order of a single partition fails.
TEST_PARTITIONS = 3


@asynccontextmanager
async def fresh_topics(bootstrap: str, partitions: int = TEST_PARTITIONS) -> AsyncIterator[str]:
    """Every declared topic under a new prefix, which is yielded; they are deleted afterwards."""
    prefix = f"t{uuid.uuid4().hex[:10]}."
    await provision.provision(KafkaSettings(kafka=bootstrap), prefix, partitions=partitions)
    try:
        yield prefix
    finally:
        await provision.delete(KafkaSettings(kafka=bootstrap), prefix)


@asynccontextmanager
async def fresh_databases(url: str) -> AsyncIterator[str]:
    """A new prefix for database names; every database under it is dropped afterwards."""
    prefix = f"t{uuid.uuid4().hex[:10]}"
    try:
        yield prefix
    finally:
        await drop_databases(url, prefix)
