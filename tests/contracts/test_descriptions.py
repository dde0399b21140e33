"""The committed descriptions of the topics and the HTTP APIs are what the code generates, and are well-formed."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from openapi_spec_validator import validate
from typer.testing import CliRunner

from redress.__main__ import build
from redress.contracts import SERVICES, ContractError, asyncapi, generate, services
from shared.messaging.topics import Topics

DOCS = Path(__file__).resolve().parents[2] / "docs"
FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "events"


@pytest.fixture(scope="module")
def generated():
    return generate()


@pytest.fixture(scope="module")
def topics(generated):
    return json.loads(generated["asyncapi.json"])


def at(document, ref):
    for part in ref.removeprefix("#/").split("/"):
        document = document[part.replace("~1", "/").replace("~0", "~")]
    return document


def refs(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from refs(value)
    elif isinstance(node, list):
        for value in node:
            yield from refs(value)


def test_the_committed_files_are_as_generated(generated):
    differ = [name for name, text in generated.items() if (DOCS / name).read_text() != text]
    assert differ == [], "run `redress contracts`"
    assert {f"openapi/{p.name}" for p in (DOCS / "openapi").iterdir()} == set(generated) - {"asyncapi.json"}


def test_generating_again_gives_the_same_text(generated):
    assert generate() == generated


def test_the_environment_of_this_machine_changes_nothing(generated, monkeypatch):
    monkeypatch.setenv("REDRESS_PORT", "not a port")
    monkeypatch.setenv("REDRESS_TOPIC_PREFIX", "elsewhere.")
    assert generate() == generated


@pytest.mark.parametrize("name", SERVICES)
def test_each_http_api_is_valid_openapi(generated, name):
    document = json.loads(generated[f"openapi/{name}.json"])
    validate(document)
    assert {"/livez", "/readyz"} <= set(document["paths"])


def test_every_topic_is_a_channel_and_every_reference_resolves(topics):
    assert topics["asyncapi"] == "3.0.0"
    assert set(topics["channels"]) == {spec.name for spec in Topics().specs()}
    for ref in refs(topics):
        at(topics, ref)


def test_each_channel_shows_its_key_and_how_long_it_is_kept(topics):
    for channel in topics["channels"].values():
        assert re.search(r"Key: .+ Kept: .+\.", channel["description"])
        assert channel["messages"]


def test_every_event_type_stands_on_a_topic_and_describes_itself(topics):
    placed = {name for channel in topics["channels"].values() for name in channel["messages"]}
    assert placed == set(topics["components"]["messages"]) == {*asyncapi.event_types(), "parked"}
    assert all(message["summary"] for message in topics["components"]["messages"].values())


def test_what_a_service_consumes_somebody_sends(topics):
    operations = topics["operations"].values()
    sent = {o["channel"]["$ref"] for o in operations if o["action"] == "send"}
    received = {o["channel"]["$ref"] for o in operations if o["action"] == "receive"}
    assert received <= sent
    for service, topic in (("workflow", "feedback"), ("learning", "cases"), ("reporting", "cases")):
        assert any(name.startswith(f"{service}.receive.{topic}.") for name in topics["operations"])


@pytest.mark.parametrize("name", sorted(asyncapi.event_types()))
def test_a_real_record_fits_its_description(topics, name):
    record = json.loads((FIXTURES / f"{name}.json").read_text())
    message = topics["components"]["messages"][name]
    for part, value in (("headers", record["headers"]), ("payload", record["value"])):
        schema = {**message[part], "components": topics["components"]}
        jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker()).validate(value)


def test_an_event_type_of_no_topic_is_an_error():
    with pytest.raises(ContractError, match="belongs to no topic"):
        asyncapi.topics_of("redress.weather.changed.v1")


def test_a_missing_service_is_an_error_that_names_it():
    with pytest.raises(ContractError, match=r"services/weather/app\.py is missing"):
        services.build("weather")


def test_the_command_checks_writes_and_shows_the_difference(tmp_path):
    def run(*arguments):
        return CliRunner().invoke(build(), ["contracts", "--docs", str(tmp_path), *arguments])

    first = run("--check", "--json")
    assert first.exit_code == 1
    assert "asyncapi.json" in json.loads(first.stdout)["differ"]
    assert list(tmp_path.iterdir()) == []

    assert run().exit_code == 0
    assert run("--check").exit_code == 0

    (tmp_path / "asyncapi.json").write_text((tmp_path / "asyncapi.json").read_text().replace("3.0.0", "2.6.0"))
    (tmp_path / "openapi" / "gone.json").write_text("{}")
    changed = run("--check")
    assert changed.exit_code == 1
    assert '-  "asyncapi": "2.6.0",' in changed.output
    assert '+  "asyncapi": "3.0.0",' in changed.output
    assert "openapi/gone.json" in changed.output

    assert run().exit_code == 0
    assert not (tmp_path / "openapi" / "gone.json").exists()
    assert run("--check").exit_code == 0
