"""`redress topics`: the topics as declared and as they are; `--create` provisions what is missing."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from shared.messaging.provision import Provisioned

_DEFAULT = "127.0.0.1:9092"


def register(app: typer.Typer) -> None:
    """Put `topics` on the command."""
    app.command("topics")(topics)


def topics(
    kafka: Annotated[
        str | None,
        typer.Option(help=f"Bootstrap servers; REDRESS_KAFKA, else the local run, else {_DEFAULT}."),
    ] = None,
    prefix: Annotated[str, typer.Option(envvar="REDRESS_TOPIC_PREFIX", help="Put before every topic's name.")] = "",
    create: Annotated[bool, typer.Option("--create", help="Create the topics that are missing.")] = False,
    replication: Annotated[int, typer.Option(envvar="REDRESS_TOPIC_REPLICATION", min=1, help="Replicas of a new topic.")] = 1,
    partitions: Annotated[
        int | None,
        typer.Option(envvar="REDRESS_TOPIC_PARTITIONS", min=1, help="Partitions of a new topic, not as declared."),
    ] = None,
    within: Annotated[float, typer.Option(metavar="SECONDS", help="How long to wait for the broker.")] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """List the topics and how they differ from what is declared; --create makes those that are missing.

    A topic that exists is never altered. Exit codes: 0 all as declared, 1 some differ or are
    missing, 2 a setting does not fit, 5 the broker does not answer or refuses.
    """
    from shared.errors import SettingsFault
    from shared.messaging.provision import ProvisioningError, inspect, provision
    from shared.settings import KafkaSettings, read

    bootstrap = kafka or os.environ.get("REDRESS_KAFKA") or _local_run() or _DEFAULT
    try:
        settings = read(KafkaSettings, kafka=bootstrap)
        if create:
            found = asyncio.run(provision(settings, prefix, replication, partitions, within=within))
        else:
            found = asyncio.run(inspect(settings, prefix, partitions, within=min(within, 15.0)))
    except SettingsFault as fault:
        for line in fault.lines:
            typer.echo(f"redress topics: {line}", err=True)
        raise typer.Exit(2) from None
    except ProvisioningError as error:
        typer.echo(f"redress topics: {error}", err=True)
        raise typer.Exit(5) from None
    if as_json:
        typer.echo(json.dumps({"kafka": bootstrap, **found.as_json()}, indent=2))
    else:
        _show(found)
    if found.drift:
        raise typer.Exit(1)


def _local_run() -> str | None:
    from redress.cli.local import read_settings, ready_state

    state = ready_state(read_settings(None, None))
    return str(state["kafka"]) if state else None


def _show(found: Provisioned) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Topic", "Partitions", "Replicas", "Kept", "Differs from what is declared")
    for topic in found.topics:
        differs = [f"{d.what} is {d.actual}, declared {d.declared}" for d in found.drift if d.topic == topic.name]
        if topic.partitions:
            row = (str(topic.partitions), str(topic.replication), _kept(topic.config), "; ".join(differs))
        else:
            row = ("-", "-", "-", "missing")
        table.add_row(topic.name, *row, style="green" if topic.name in found.created else None)
    console = Console()
    console.print(table)
    if found.created:
        console.print(f"created: {', '.join(found.created)}")


def _kept(config: dict[str, str]) -> str:
    if config.get("cleanup.policy") == "compact":
        return "latest a key"
    milliseconds = int(config.get("retention.ms", "-1"))
    return "for ever" if milliseconds < 0 else f"{milliseconds // 86_400_000} days"
