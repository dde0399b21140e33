"""`redress topics` and `redress status` as a person or a script runs them."""

import json
import os
import subprocess
import sys

import pytest

from shared.messaging.provision import delete
from shared.messaging.topics import TOPIC_NAMES
from shared.settings import KafkaSettings
from tests.waiting import PATIENCE


def redress(*arguments, **env):
    return subprocess.run(
        [sys.executable, "-m", "redress", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, **env},
        check=False,
    )


async def test_topics_are_listed_created_and_then_as_declared(kafka_bootstrap):
    prefix = f"c{os.getpid()}."
    common = ("topics", "--kafka", kafka_bootstrap, "--prefix", prefix, "--json")
    try:
        before = redress(*common)
        assert before.returncode == 1
        assert len(json.loads(before.stdout)["drift"]) == len(TOPIC_NAMES)
        made = redress(*common, "--create")
        assert made.returncode == 0, made.stderr
        assert json.loads(made.stdout)["created"] == [f"{prefix}{name}" for name in TOPIC_NAMES]
        after = redress(*common)
        assert after.returncode == 0
        assert json.loads(after.stdout)["drift"] == []
    finally:
        await delete(KafkaSettings(kafka=kafka_bootstrap), prefix)


def test_topics_names_a_broker_that_does_not_answer(free_port):
    port = free_port()
    answer = redress("topics", "--kafka", f"127.0.0.1:{port}", "--within", "0.5")
    assert answer.returncode == 5
    assert str(port) in answer.stderr
    assert "Traceback" not in answer.stderr


def test_status_reports_what_does_not_answer(tmp_path):
    answer = redress("status", "--json", "--home", str(tmp_path), "--ports-from", "64000")
    assert answer.returncode == 1
    seen = json.loads(answer.stdout)
    assert seen["ready"] is False
    assert {s["service"] for s in seen["services"]} == {
        "intake",
        "workflow",
        "learning",
        "reporting",
        "mailbox",
    }


def test_a_setting_that_does_not_fit_is_named(tmp_path):
    answer = redress("up", "--home", str(tmp_path), REDRESS_PORT_KAFKA="many")
    assert answer.returncode == 2
    assert "REDRESS_PORT_KAFKA" in answer.stderr


@pytest.mark.parametrize("command", ["up", "status", "topics"])
def test_each_command_has_help_and_json(command):
    answer = redress(command, "--help")
    assert answer.returncode == 0
    assert "--json" in answer.stdout
