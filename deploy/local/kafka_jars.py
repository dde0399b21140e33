"""Apache Kafka's jars: resolved once from Maven Central, held to locked digests at every start.

`python -m deploy.local.kafka_jars --lock` resolves anew and writes the lock; anything else
only reads it.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.local.errors import MissingPartError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Resolved apart: joined, the second's dependency management rewrites the first's versions.
ENDPOINTS = ("org.apache.kafka:kafka_2.13:4.3.1", "org.slf4j:slf4j-simple:1.7.36")
LOCK = Path(__file__).with_name("kafka-jars.lock")


def locked() -> dict[str, str]:
    """Jar file name to sha256 (hex), as locked."""
    lines = (line.split() for line in LOCK.read_text().splitlines() if line and not line.startswith("#"))
    return {name: digest for digest, name in lines}


def class_path(folder: Path) -> str:
    """The class path that runs Kafka; fetches the jars into `folder` when they are not all there as locked.

    REDRESS_KAFKA_HOME, an unpacked Kafka distribution, is used as it is.

    Raises:
        MissingPartError: the jars cannot be had, or differ from the lock.
    """
    home = os.environ.get("REDRESS_KAFKA_HOME")
    if home:
        libs = Path(home) / "libs"
        if not any(libs.glob("kafka_*.jar")):
            raise MissingPartError(f"REDRESS_KAFKA_HOME={home} has no libs/kafka_*.jar")
        return f"{libs}/*"
    if differing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(folder.with_suffix(".lock")):
            if differing(folder):
                _fetch(folder)
    return f"{folder}/*"


def differing(folder: Path) -> list[str]:
    """Names of jars that are missing in `folder`, not as locked, or not locked at all; sorted."""
    want = locked()
    have = {path.name: _digest(path) for path in folder.glob("*.jar")}
    return sorted(name for name in want.keys() | have.keys() if want.get(name) != have.get(name))


def _digest(path: Path) -> str:
    with path.open("rb") as jar:
        return hashlib.file_digest(jar, "sha256").hexdigest()


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(folder: Path) -> None:
    fresh = folder.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    _resolve(fresh)
    wrong = differing(fresh)
    if wrong:
        raise MissingPartError(f"resolved Kafka jars are not those of {LOCK.name}: {', '.join(wrong)}; nothing was started")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def _resolve(into: Path) -> None:
    """Resolve the endpoints and copy their jars; Maven's own cache (~/.m2, or M2_REPO) is used."""
    try:
        import jgo
    except ImportError as error:
        raise MissingPartError("jgo is not installed: install requirements/local.lock") from error
    logging.getLogger("jgo").setLevel(logging.ERROR)
    into.mkdir(parents=True)
    try:
        artifacts = {a.filename: a for endpoint in ENDPOINTS for a in jgo.resolve(endpoint)}
        with ThreadPoolExecutor(8) as pool:
            for path in pool.map(lambda artifact: artifact.resolve(), artifacts.values()):
                shutil.copy(path, into)
    except Exception as error:
        raise MissingPartError(f"Kafka's jars could not be fetched from Maven Central: {error}") from error


def _write_lock(folder: Path) -> None:
    lines = [f"{_digest(path)}  {path.name}" for path in sorted(folder.glob("*.jar"))]
    head = f"# sha256 and name of each jar of {' and '.join(ENDPOINTS)}\n"
    LOCK.write_text(head + "\n".join(lines) + "\n")


if __name__ == "__main__":
    target = Path(os.environ.get("REDRESS_HOME", ".redress")) / "kafka" / "jars"
    if "--lock" in sys.argv:
        shutil.rmtree(target, ignore_errors=True)
        _resolve(target)
        _write_lock(target)
    try:
        class_path(target)
    except MissingPartError as error:
        sys.exit(f"kafka jars: {error}")
