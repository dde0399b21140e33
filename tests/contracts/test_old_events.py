"""Every record of every type ever published is read by this release.

A fixture is written once, when its type is new, and never again: `digests.txt` holds it to that. A change that cannot read
one of them needs a new type and an upcaster; see docs/contracts.md. What a type may hold since is in a fixture of its own, named
`TYPE+WHAT.json`.
"""

import hashlib
import json
from pathlib import Path

import pytest

from redress.contracts.asyncapi import event_types
from shared.events.envelope import decode

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "events"
FIXTURES = sorted(FOLDER.glob("*.json"))


def type_of(path):
    return path.stem.partition("+")[0]


def headers_of(record):
    return [(name, value.encode()) for name, value in record["headers"].items()]


def test_each_type_has_a_fixture():
    assert set(event_types()) - {type_of(path) for path in FIXTURES} == set(), "write the fixture of a new type, once"


@pytest.mark.parametrize("path", FIXTURES, ids=lambda p: p.stem)
def test_an_old_record_is_read_with_nothing_lost(path):
    record = json.loads(path.read_text())
    envelope = decode(headers_of(record), json.dumps(record["value"]).encode())
    assert record["headers"]["ce_type"] == type_of(path)
    assert str(envelope.id) == record["headers"]["ce_id"]
    assert envelope.sequence == int(record["headers"]["ce_sequence"])
    read = json.loads(envelope.value())
    assert contains(read, record["value"])
    # What is written again can be read again: a relay may hold it across a release.
    assert decode(headers_of({"headers": envelope.headers()}), envelope.value()) == envelope


def contains(now, then):
    """Everything that stood in the old record stands in the one read; fields that came later may stand there too."""
    if isinstance(then, dict):
        return isinstance(now, dict) and all(key in now and contains(now[key], then[key]) for key in then)
    if isinstance(then, list):
        return len(now) == len(then) and all(contains(n, t) for n, t in zip(now, then, strict=True))
    return now == then


def test_no_fixture_was_ever_rewritten():
    lines = (FOLDER / "digests.txt").read_text().splitlines()
    known = {name: digest for digest, name in (line.split() for line in lines)}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FIXTURES}
    assert found == known
