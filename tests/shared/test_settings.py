"""A setting that does not fit ends a service or a command with code 2 and a line with the variable's name: never a traceback."""

import base64
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.intake.settings import IntakeSettings
from services.workflow.settings import WorkflowSettings
from shared.errors import SettingsFault
from shared.settings import KafkaSettings, Settings, named, read
from tests.waiting import PATIENCE

KEY = base64.urlsafe_b64encode(bytes(32)).decode()

WRONG = [
    (Settings, "LOG_LEVEL", "loud"),
    (Settings, "PORT", "99999"),
    (Settings, "PORT", "eighty"),
    (Settings, "METRICS_PORT", "-1"),
    (Settings, "RELAY_LEASE_SECONDS", "soon"),
    (Settings, "STAFF_TOKENS", "{not json"),
    (Settings, "STAFF_TOKENS", "[]"),
    (Settings, "STAFF_TOKENS", '{"short": {"id": "a", "roles": []}}'),
    (Settings, "STAFF_TOKENS", '{"%s": {"id": "A B", "roles": []}}' % ("0" * 64)),
    (Settings, "LINKS", "x"),
    (Settings, "INSTANCE", "two words"),
    (Settings, "KAFKA", "http://kafka:9092"),
    (Settings, "KAFKA", ""),
    (Settings, "KAFKA_CA_FILE", "/nowhere/ca.pem"),
    (Settings, "KAFKA_SECURITY", "SASL_SSL"),
    (Settings, "KAFKA_SASL_MECHANISM", "MD5"),
    (IntakeSettings, "TAXONOMY", "/nowhere"),
    (IntakeSettings, "MAIL_ADDRESSES", '{"Complaints": "complaint"}'),
    (IntakeSettings, "MAIL_ADDRESSES", '{"complaints@a.example": "grumble"}'),
    (IntakeSettings, "SMTP_TLS", "maybe"),
    (IntakeSettings, "SMTP_PORT", "0"),
    (IntakeSettings, "FIRST_YEAR", "1850"),
    (WorkflowSettings, "HOLIDAYS", "/nowhere.json"),
    (WorkflowSettings, "RULEBOOKS", "/nowhere"),
    (WorkflowSettings, "TIMER_SECONDS", "0"),
]


@pytest.mark.parametrize(("settings", "name", "value"), WRONG)
def test_each_fault_names_its_variable(monkeypatch, settings, name, value):
    monkeypatch.setenv(f"REDRESS_{name}", value)
    with pytest.raises(SettingsFault) as fault:
        read(settings)
    (line,) = fault.value.lines
    assert line.startswith(f"REDRESS_{name}"), line
    assert "0" * 64 not in line


def test_every_fault_is_a_line(monkeypatch):
    monkeypatch.setenv("REDRESS_PORT", "x")
    monkeypatch.setenv("REDRESS_LOG_LEVEL", "x")
    with pytest.raises(SettingsFault) as fault:
        read(Settings)
    assert [line.partition(":")[0] for line in fault.value.lines] == ["REDRESS_PORT", "REDRESS_LOG_LEVEL"]


@pytest.mark.parametrize(
    "servers", ["kafka:9092", "kafka-1:9092,kafka-2:9092", "kafka-1:9092, kafka-2", "[::1]:9092", "10.0.0.1:1"]
)
def test_servers_of_kafka_are_taken(servers):
    assert read(KafkaSettings, kafka=servers).kafka == servers


def test_a_level_is_taken_in_capitals_too(monkeypatch):
    monkeypatch.setenv("REDRESS_LOG_LEVEL", "INFO")
    assert read(Settings).log_level == "info"


def test_what_a_setting_names_is_its_fault(tmp_path):
    with pytest.raises(SettingsFault, match=r"^REDRESS_HOLIDAYS: .*none: No such file"), named("holidays"):
        (tmp_path / "none").read_bytes()
    with pytest.raises(SettingsFault, match=r"^REDRESS_RULEBOOKS: line 3"), named("rulebooks"):
        raise ValueError("line 3")


def started(home, module, arguments, environment):
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={"PATH": os.environ["PATH"], "REDRESS_MASTER_KEY": KEY, "REDRESS_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_services_and_commands_end_with_2_and_the_name(tmp_path):
    (tmp_path / "themes.yaml").write_text("list: themes\n")
    (tmp_path / "holidays.json").write_text("{")
    (tmp_path / "own.yaml").write_text("id: [")
    tried = [
        ("services.intake", (), {"REDRESS_MASTER_KEY": "short"}, "REDRESS_MASTER_KEY"),
        ("services.intake", (), {"REDRESS_TAXONOMY": str(tmp_path)}, "REDRESS_TAXONOMY"),
        ("services.intake", (), {"REDRESS_MONGO_URL": "postgres://user:secret@db"}, "REDRESS_MONGO_URL"),
        ("services.learning", (), {"REDRESS_TAXONOMY": str(tmp_path)}, "REDRESS_TAXONOMY"),
        ("services.learning", (), {"REDRESS_STAFF_TOKENS": "{"}, "REDRESS_STAFF_TOKENS"),
        ("services.workflow", (), {"REDRESS_HOLIDAYS": str(tmp_path / "holidays.json")}, "REDRESS_HOLIDAYS"),
        ("services.workflow", (), {"REDRESS_RULEBOOKS": str(tmp_path)}, "REDRESS_RULEBOOKS"),
        ("services.reporting", (), {"REDRESS_LOG_LEVEL": "loud"}, "REDRESS_LOG_LEVEL"),
        ("services.reporting", (), {"REDRESS_SECRETS_DIR": "/nowhere"}, "REDRESS_SECRETS_DIR"),
        ("redress", ("topics",), {"REDRESS_KAFKA_CA_FILE": "/nowhere"}, "REDRESS_KAFKA_CA_FILE"),
        ("redress", ("topics",), {"REDRESS_SECRETS_DIR": "/nowhere"}, "REDRESS_SECRETS_DIR"),
        ("redress", ("topics",), {"REDRESS_TOPIC_REPLICATION": "many"}, "REDRESS_TOPIC_REPLICATION"),
        ("redress", ("status",), {"REDRESS_PORTS_FROM": "x"}, "REDRESS_PORTS_FROM"),
        ("redress", ("up", "--no-sample"), {"REDRESS_KAFKA_CA_FILE": "/nowhere"}, "REDRESS_KAFKA_CA_FILE"),
        ("redress", ("up", "--no-sample"), {"REDRESS_KAFKA": "http://kafka"}, "REDRESS_KAFKA"),
        ("redress", ("up", "--no-sample"), {"REDRESS_PORT_INTAKE": "8082"}, "REDRESS_PORT_INTAKE"),
        ("redress", ("verify",), {"REDRESS_REPORTING_URL": "127.0.0.1:8084"}, "REDRESS_REPORTING_URL"),
        (
            "redress",
            ("import", str(tmp_path / "rows.csv")),
            {"REDRESS_INTAKE_URL": "http://[", "REDRESS_TOKEN": "t"},
            "REDRESS_INTAKE_URL",
        ),
    ]
    (tmp_path / "rows.csv").write_text("source_id,kind,procedure,received_on\na,complaint,corporate,2024-01-03\n")
    with ThreadPoolExecutor(2) as pool:
        ended = [*pool.map(lambda one: started(tmp_path / "home", *one[:3]), tried)]
    for (module, arguments, _, name), done in zip(tried, ended, strict=True):
        where = f"{module} {arguments}: {done.stderr}"
        assert done.returncode == 2, where
        assert name in done.stderr, where
        assert "Traceback" not in done.stderr, where
        assert "secret" not in done.stderr.replace("SECRETS_DIR", ""), where
