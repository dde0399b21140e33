"""What stands on topics: outcomes hold no text, and everything people wrote is sealed."""

import json
import re
from datetime import date

import pytest

from shared.events.cases import CaseEvent
from shared.events.envelope import EVENT_TYPES, decode
from shared.events.outcomes import OutcomeCorrected, OutcomeRecorded, OutcomeWithdrawn
from tests.workflow.case_rig import envelope, investigated, noon


def leaves(schema, defs, path=()):
    if "$ref" in schema:
        yield from leaves(defs[schema["$ref"].rsplit("/", 1)[1]], defs, path)
    elif "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from leaves(one, defs, path)
    elif schema.get("type") == "object":
        assert not schema.get("additionalProperties"), path
        for name, part in schema["properties"].items():
            yield from leaves(part, defs, (*path, name))
    elif schema.get("type") == "array":
        yield from leaves(schema["items"], defs, (*path, "[]"))
    else:
        yield path, schema


@pytest.mark.parametrize("event", [OutcomeRecorded, OutcomeCorrected, OutcomeWithdrawn])
def test_outcomes_are_codes_dates_whole_numbers_and_ids_by_construction(event):
    schema = event.model_json_schema()
    found = list(leaves(schema, schema.get("$defs", {})))
    assert found
    for path, leaf in found:
        coded = "enum" in leaf or "pattern" in leaf or "const" in leaf or leaf.get("format") in {"date", "uuid"}
        assert coded or leaf.get("type") in {"integer", "boolean", "null"}, f"{'.'.join(path)} may hold text: {leaf}"


def test_free_text_of_a_case_event_is_sealed_or_an_opaque_id():
    opaque = {
        "by",
        "person",
        "reference",
        "linked",
        "other_reference",
        "media_type",
        "sha256",
        "nonce",
        "ciphertext",
    }
    for event in EVENT_TYPES.values():
        if not issubclass(event, CaseEvent):
            continue
        schema = event.model_json_schema()
        for path, leaf in leaves(schema, schema.get("$defs", {})):
            coded = "enum" in leaf or "pattern" in leaf or "const" in leaf or "format" in leaf
            if leaf.get("type") == "string" and not coded:
                assert path[-1] in opaque, f"{event.type}: {'.'.join(path)}"


def test_every_event_survives_the_wire():
    desk = investigated().do("respond", date(2024, 4, 22)).do("escalate", date(2024, 4, 23))
    for event in [*desk.events, *desk.outcomes]:
        sent = envelope(event, noon(date(2024, 4, 23)))
        back = decode([(n, v.encode()) for n, v in sent.headers().items()], sent.value())
        assert back.data == event
        assert re.fullmatch(r"redress\.(case|outcome)\.[a-z-]+\.v1", event.type)
        assert json.loads(sent.value())
