"""The Kubernetes manifests run what compose runs, as nobody, behind the real probes."""

import pytest
from ruamel.yaml import YAML

from services.intake.settings import IntakeSettings
from shared.settings import Settings
from tests.paths import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"


def documents(name):
    return list(YAML(typ="safe").load_all((FOLDER / name).read_text()))


def of_kind(kind):
    found = [d for d in documents("services.yaml") if d["kind"] == kind]
    return {d["metadata"]["name"].removeprefix("redress-"): d["spec"] for d in found}


@pytest.fixture(scope="module")
def compose():
    return YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())["services"]


def test_each_service_has_a_deployment_and_an_address_with_the_port_of_compose(compose):
    assert set(of_kind("Deployment")) == set(of_kind("Service")) == {"intake", "workflow", "learning", "reporting"}
    for name, spec in of_kind("Deployment").items():
        (container,) = spec["template"]["spec"]["containers"]
        assert container["args"] == compose[name]["command"]
        assert container["ports"][0]["containerPort"] == int(compose[name]["environment"]["REDRESS_PORT"])
        assert spec["selector"]["matchLabels"] == of_kind("Service")[name]["selector"]
        assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
        assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_everything_runs_as_nobody_with_limits():
    (job,) = documents("provision.yaml")
    pods = [job["spec"]["template"]["spec"], *(s["template"]["spec"] for s in of_kind("Deployment").values())]
    for pod in pods:
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"].keys() == {"requests", "limits"}


def test_topics_are_provisioned_as_compose_does(compose):
    (job,) = documents("provision.yaml")
    assert job["spec"]["template"]["spec"]["containers"][0]["args"] == compose["provision"]["command"]


def test_the_settings_are_known_and_hold_no_secret():
    (config,) = documents("config.yaml")
    known = {f"REDRESS_{name.upper()}" for s in (Settings, IntakeSettings) for name in s.model_fields}
    assert set(config["data"]) <= known | {"REDRESS_TOPIC_REPLICATION"}
    assert set(config["data"]).isdisjoint({"REDRESS_MASTER_KEY", "REDRESS_STAFF_TOKENS", "REDRESS_SMTP_PASSWORD"})
