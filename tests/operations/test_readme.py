"""The README's picture, commands and links are true."""

import json
import re

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from deploy.local.ports import Ports
from redress.__main__ import build
from tests.paths import ROOT

README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def names(cell):
    return set(re.findall(r"[a-z]+", cell)) - {"people", "subscribers"}


def test_the_table_of_topics_is_what_the_services_do():
    described = json.loads((ROOT / "docs" / "asyncapi.json").read_text())
    rows = re.findall(r"^\| `([a-z.]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", README, re.MULTILINE)
    assert [row[0] for row in rows] == list(dict.fromkeys(row[0] for row in rows))
    assert {row[0] for row in rows} == set(described["channels"])
    for topic, writers, readers, kept in rows:
        for cell, action in ((writers, "send"), (readers, "receive")):
            named = {
                name.split(".")[0]
                for name, operation in described["operations"].items()
                if operation["action"] == action and operation["channel"]["$ref"] == f"#/channels/{topic}"
            }
            assert names(cell) == named, f"{topic}: {action}"
        assert f"Kept: {kept.strip()}." in described["channels"][topic]["description"]


def test_every_subcommand_is_named_and_exists():
    named = set(re.findall(r"`redress ([a-z-]+)", README.split("## The command")[1].split("## ")[0]))
    command = get_command(build())
    assert isinstance(command, TyperGroup)
    assert named == set(command.commands)


def test_the_addresses_are_those_of_a_run():
    ports = Ports.counted_from(8080)
    named = {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", README)}
    assert named == {ports.intake, ports.workflow, ports.reporting, ports.mailbox, ports.mail_in}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)]+)\)", text):
        path, _, _ = target.partition("#")
        if path and not re.match(r"[a-z]+:", path):
            assert (page.parent / path).exists(), target


def test_files_that_guarantees_and_decisions_rest_on_exist():
    for page in [ROOT / "docs" / "guarantees.md", *sorted((ROOT / "docs" / "adr").glob("*.md"))]:
        for path in re.findall(r"`((?:services|shared|tests|deploy|docs|redress|requirements)/[^`*{<\s]+)`", page.read_text()):
            assert (ROOT / path).exists(), f"{page.name}: {path}"
