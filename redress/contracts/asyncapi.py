"""The topics and their events as an AsyncAPI 3.0 document, from the models themselves."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from pydantic.json_schema import models_json_schema

import shared.events
from redress.contracts.errors import ContractError
from redress.contracts.examples import example
from shared.events.envelope import EVENT_TYPES, SEQUENCE_DIGITS, Event
from shared.messaging.topics import Topics, TopicSpec

_ABOUT = {
    "feedback": (
        "intake",
        "feedback id",
        "Feedback arrived, a later message came, the person withdrew, history was imported.",
    ),
    "cases": ("workflow", "case id", "Every step of a case, with its reporting facts before and after."),
    "lessons": ("learning", "case id", "What was learnt from a case, and the actions agreed."),
    "outcomes": (
        "workflow",
        "case id",
        "The public contract: outcomes of cases and their corrections. Codes, dates, whole numbers and ids only.",
    ),
    "outcomes.latest": ("workflow", "case id", "The latest outcome event of each case; compacted."),
    "reports": (
        "reporting",
        "report id",
        "The figures of a financial year were published, or published again.",
    ),
    "parked": (
        "every service",
        "the key of the record as it was",
        (
            "Records that could not be handled: key, value and headers as they were, and `x-` headers that hold where"
            " each came from and why."
        ),
    ),
}
"""By topic: who writes it, what its key is, what it holds."""

_PREFIXES = {
    "redress.feedback.": ("feedback",),
    "redress.case.": ("cases",),
    "redress.lesson.": ("lessons",),
    "redress.outcome.": ("outcomes", "outcomes.latest"),
    "redress.reports.": ("reports",),
}
_DAY_MS = 24 * 60 * 60 * 1000


def event_types() -> dict[str, type[Event]]:
    """Every event type that Redress has, by its CloudEvents type, sorted."""
    for module in pkgutil.iter_modules(shared.events.__path__):
        import_module(f"shared.events.{module.name}")
    return dict(sorted((t, m) for t, m in EVENT_TYPES.items() if m.__module__.startswith("shared.events.")))


def topics_of(event_type: str) -> tuple[str, ...]:
    """The topics on which an event type stands.

    Raises:
        ContractError: none is declared for it.
    """
    for prefix, topics in _PREFIXES.items():
        if event_type.startswith(prefix):
            return topics
    raise ContractError(f"the event type {event_type} belongs to no topic; see redress/contracts/asyncapi.py")


def describe(consumes: Mapping[str, Sequence[tuple[str, str]]]) -> dict[str, Any]:
    """The AsyncAPI document. `consumes` has, by service, its (topic, consumer group) pairs.

    Raises:
        ContractError: an event type belongs to no topic or has no example, or a topic is described nowhere.
    """
    types = event_types()
    on_topic: dict[str, list[str]] = {spec.name: [] for spec in Topics().specs()}
    for event_type in types:
        for topic in topics_of(event_type):
            on_topic[topic].append(event_type)
    on_topic["parked"] = ["parked"]
    # The validation schema: it is that of every record on a topic kept for ever, the old ones too, which lack the
    # fields that came later.
    refs, schemas = models_json_schema(
        [(model, "validation") for model in types.values()], ref_template="#/components/schemas/{model}"
    )
    payloads = {model: ref for (model, _), ref in refs.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Redress",
            "version": "1",
            "description": (
                "The topics of Redress. Events are CloudEvents 1.0 in Kafka's binary mode: attributes in `ce_` headers,"
                " the data as JSON in the value. At least once, in order inside a partition: an event that comes again has"
                " the same `ce_id`. A field may be added with a default; anything else is a new type with a new"
                " version, so ignore fields and types that you do not know. Names are those of an installation without"
                " a topic prefix."
            ),
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": _SERVERS,
        "channels": {spec.name: _channel(spec, on_topic[spec.name]) for spec in Topics().specs()},
        "operations": _operations(consumes, on_topic),
        "components": {
            "securitySchemes": _SECURITY_SCHEMES,
            "correlationIds": {
                "correlation": {
                    "description": "Ties together what one request led to, over all services.",
                    "location": "$message.header#/ce_correlationid",
                }
            },
            "messages": {
                **{t: _message(t, model, payloads[model]) for t, model in types.items()},
                "parked": _PARKED,
            },
            "schemas": {
                **_without_siblings(schemas.get("$defs", {})),
                "CloudEventHeaders": _HEADERS,
                "ParkedHeaders": _PARKED_HEADERS,
            },
        },
    }


def _without_siblings(schema: Any) -> Any:
    """A schema in which nothing stands beside a reference: draft 7, which AsyncAPI builds on, passes over what does."""
    if isinstance(schema, list):
        return [_without_siblings(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str) and len(schema) > 1:
        return {"allOf": [{"$ref": schema["$ref"]}], **{key: value for key, value in schema.items() if key != "$ref"}}
    return {key: _without_siblings(value) for key, value in schema.items()}


def _channel(spec: TopicSpec, messages: Sequence[str]) -> dict[str, Any]:
    if spec.name not in _ABOUT:
        raise ContractError(f"the topic {spec.name} is not described in redress/contracts/asyncapi.py")
    writer, key, holds = _ABOUT[spec.name]
    compacted = spec.config["cleanup.policy"] == "compact"
    milliseconds = int(spec.config.get("retention.ms", "-1"))
    kept = f"{milliseconds // _DAY_MS} days" if milliseconds > 0 else "for ever"
    configuration: dict[str, Any] = {"cleanup.policy": [spec.config["cleanup.policy"]]}
    if not compacted:
        configuration["retention.ms"] = milliseconds
    return {
        "address": spec.name,
        "title": spec.name,
        "description": (f"{holds} Written by {writer}. Key: {key}. Kept: {'the latest of each key' if compacted else kept}."),
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "kafka": {
                "bindingVersion": "0.5.0",
                "topic": spec.name,
                "partitions": spec.partitions,
                "topicConfiguration": configuration,
            }
        },
    }


def _operations(consumes: Mapping[str, Sequence[tuple[str, str]]], on_topic: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def operation(action: str, service: str, topic: str) -> dict[str, Any]:
        return {
            "action": action,
            "title": f"{service} {'publishes' if action == 'send' else 'consumes'} {topic}",
            "channel": {"$ref": f"#/channels/{topic}"},
            "messages": [{"$ref": f"#/channels/{topic}/messages/{name}"} for name in on_topic[topic]],
        }

    for topic, (writer, _, _) in _ABOUT.items():
        for service in consumes if topic == "parked" else [writer]:
            found[f"{service}.send.{topic}"] = operation("send", service, topic)
    for service, subscriptions in consumes.items():
        for topic, group in subscriptions:
            received = operation("receive", service, topic)
            group_id = {"type": "string", "enum": [group]}
            received["bindings"] = {"kafka": {"bindingVersion": "0.5.0", "groupId": group_id}}
            found[f"{service}.receive.{topic}.{group}"] = received
    return found


def _message(event_type: str, model: type[Event], payload: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": event_type,
        "title": model.__name__,
        "summary": (model.__doc__ or "").strip().splitlines()[0],
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
        "payload": dict(payload),
        "correlationId": {"$ref": "#/components/correlationIds/correlation"},
        "examples": [example(event_type)],
        "bindings": {
            "kafka": {"bindingVersion": "0.5.0", "key": {"type": "string", "format": "uuid"}},
        },
    }


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


_SERVERS: dict[str, Any] = {
    "production": {
        "host": "{bootstrap}",
        "protocol": "kafka-secure",
        "description": "The council's broker. Each subscriber has a user of its own, with leave to read `outcomes` and `reports`.",
        "variables": {"bootstrap": {"description": "Host and port of a broker.", "default": "kafka.example.gov.uk:9093"}},
        "security": [{"$ref": f"#/components/securitySchemes/{name}"} for name in ("scram512", "scram256", "password")],
    },
    "local": {"host": "127.0.0.1:9092", "protocol": "kafka", "description": "A broker on this machine, without TLS or users."},
}
_SECURITY_SCHEMES: dict[str, Any] = {
    "scram512": {"type": "scramSha512", "description": "SASL SCRAM-SHA-512 over TLS; what Redress itself is set to."},
    "scram256": {"type": "scramSha256", "description": "SASL SCRAM-SHA-256 over TLS."},
    "password": {"type": "plain", "description": "SASL PLAIN over TLS."},
}
_HEADERS: dict[str, Any] = {
    "title": "CloudEventHeaders",
    "description": "CloudEvents 1.0 attributes, each a Kafka header in UTF-8.",
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"],
    "properties": {
        "ce_specversion": _text("The version of CloudEvents.", const="1.0"),
        "ce_id": _text("The event. A repeat has the same id.", format="uuid"),
        "ce_source": _text("The service that wrote it.", format="uri-reference"),
        "ce_type": _text("The type of the event, which ends in its version.", pattern=r"\.v[1-9][0-9]*$"),
        "ce_time": _text("When it happened, UTC; for imported history, then.", format="date-time"),
        "ce_subject": _text("What it is about: the aggregate's id, or the year of a report."),
        "ce_dataschema": _text("Names the schema of the data.", format="uri"),
        "content-type": _text("Of the value.", const="application/json"),
        "ce_correlationid": _text("Ties together what one request led to."),
        "ce_causationid": _text("The event that led to this one."),
        "ce_sequence": _text(
            f"The version of the aggregate after this event, {SEQUENCE_DIGITS} digits: it compares as a string."
            " Records of before have no leading zeros.",
            pattern=r"^[0-9]+$",
        ),
        "ce_recordedtime": _text("When Redress recorded it, UTC. Records of before call it `ce_recordedat`.", format="date-time"),
        "ce_recordedat": _text("`ce_recordedtime` in records of before.", format="date-time", deprecated=True),
        "ce_partitionkey": _text("The key of the record."),
        "ce_traceparent": _text(
            "W3C Trace Context: the trace is that of the request that led here.",
            pattern="^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
        ),
    },
}
_PARKED_HEADERS: dict[str, Any] = {
    "title": "ParkedHeaders",
    "description": "The headers of the record as they were, and these.",
    "type": "object",
    "required": [
        *("x-origin-topic", "x-origin-partition", "x-origin-offset", "x-origin-group", "x-origin-tombstone"),
        *("x-why", "x-reason", "x-parked-at"),
    ],
    "properties": {
        "x-origin-topic": _text("The topic it was read from, with the installation's prefix."),
        "x-origin-partition": _text("Its partition there.", pattern=r"^[0-9]+$"),
        "x-origin-offset": _text("Its offset there.", pattern=r"^[0-9]+$"),
        "x-origin-group": _text("The consumer group that could not handle it."),
        "x-origin-tombstone": _text("1 when it had no value, so that its empty value here is not one.", enum=["0", "1"]),
        "x-why": _text("What kind of fault.", enum=["undecodable", "refused", "failed"]),
        "x-reason": _text("What was wrong and where, in codes; never a value from the record."),
        "x-parked-at": _text("When it was parked, UTC.", format="date-time"),
    },
}
_PARKED: dict[str, Any] = {
    "name": "parked",
    "title": "Parked",
    "summary": "A record that could not be handled, as it was, with where it came from and why.",
    "headers": {"$ref": "#/components/schemas/ParkedHeaders"},
    "payload": {"description": "The value as it was: any bytes."},
    "examples": [
        {
            "name": "parked",
            "headers": {
                "ce_id": "1f8fa2ae-798c-5c22-8086-a11b4b0c8d31",
                "ce_type": "redress.case.opened.v1",
                "x-origin-topic": "cases",
                "x-origin-partition": "0",
                "x-origin-offset": "41",
                "x-origin-group": "reporting-cases",
                "x-origin-tombstone": "0",
                "x-why": "undecodable",
                "x-reason": "wrong schema for redress.case.opened.v1: after.status: enum",
                "x-parked-at": "2024-05-07T18:32:06.250000Z",
            },
            "payload": "{}",
        }
    ],
    "bindings": {"kafka": {"bindingVersion": "0.5.0", "key": {"description": "The key as it was."}}},
}
