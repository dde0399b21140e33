"""Alerts and the dashboard ask for series that the code really has, by labels that they really carry."""

import json
import re

import pytest
from ruamel.yaml import YAML

from tests.operations.promql import grouped_by, series
from tests.paths import ROOT

PROMETHEUS = ROOT / "deploy" / "prometheus"
GRAFANA = ROOT / "deploy" / "grafana"


def yaml(path):
    return YAML(typ="safe").load(path.read_text())


def rules():
    return [rule for group in yaml(PROMETHEUS / "alerts.yml")["groups"] for rule in group["rules"]]


def dashboard():
    return json.loads((GRAFANA / "dashboards" / "redress.json").read_text())


def panels():
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def expressions():
    found = [(rule["alert"], rule["expr"]) for rule in rules()]
    return found + [(p["title"], target["expr"]) for p in panels() for target in p["targets"]]


@pytest.mark.parametrize(("where", "expression"), expressions(), ids=lambda v: v if " " not in v else None)
def test_every_series_exists_with_its_labels(known_metrics, where, expression):
    read = series(expression.replace("$__rate_interval", "5m"))
    assert read, f"{where} reads no series"
    every = set()
    for name, labels in read:
        assert name in known_metrics.labels, f"{where}: no such metric {name}"
        assert labels <= known_metrics.labels[name], f"{where}: {name} has no label {labels}"
        every |= known_metrics.labels[name]
    assert grouped_by(expression) <= every, where


def test_the_names_are_read_from_an_expression():
    assert series('sum by (a) (rate(redress_x_total{b="redress_y",c!~"z"}[5m])) / up') == [
        ("redress_x_total", {"b", "c"}),
        ("up", set()),
    ]
    assert grouped_by("sum by (a, b) (x) / on (c) y") == {"a", "b", "c"}


def test_each_alert_shows_what_is_wrong_and_names_its_runbook_entry():
    page = (ROOT / "docs" / "operations.md").read_text()
    headings = {re.sub(r"[^a-z0-9 -]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.+)$", page, re.MULTILINE)}
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "warn"}
        assert rule["annotations"]["summary"]
        path, _, entry = rule["annotations"]["runbook"].partition("#")
        assert path == "docs/operations.md"
        assert entry in headings, f"{rule['alert']}: no entry {entry}"
        assert f"`{rule['alert']}`" in page


def test_the_operations_page_lists_every_metric_of_redress(known_metrics):
    page = (ROOT / "docs" / "operations.md").read_text()
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in known_metrics.labels if name.startswith("redress_")}
    assert {name for name in families if f"`{name}`" not in page} == set()


def test_prometheus_asks_each_service_where_compose_runs_it():
    jobs = {job["job_name"]: job for job in yaml(PROMETHEUS / "prometheus.yml")["scrape_configs"]}
    asked = {c["labels"]["service"]: c["targets"] for c in jobs["redress"]["static_configs"]}
    compose = yaml(ROOT / "docker-compose.yml")["services"]
    for service in ("intake", "workflow", "learning", "reporting"):
        assert asked[service] == [f"{service}:{compose[service]['environment']['REDRESS_PORT']}"]
    assert len(asked) == 4


def test_the_dashboard_is_whole():
    ids = [panel["id"] for panel in dashboard()["panels"]]
    assert len(ids) == len(set(ids))
    source = yaml(GRAFANA / "provisioning" / "datasources" / "prometheus.yml")["datasources"][0]
    assert source["url"] == "http://prometheus:9090"
    for panel in panels():
        assert panel["description"], panel["title"]
        assert panel["datasource"]["uid"] == source["uid"]
    read = {name for panel in panels() for target in panel["targets"] for name, _ in series(target["expr"])}
    for wanted in (
        "redress_http_requests_total",
        "redress_http_request_seconds_bucket",
        "redress_records_consumed_total",
        "redress_records_published_total",
        "redress_records_parked_total",
        "redress_handler_seconds_bucket",
        "redress_consumer_lag_records",
        "redress_consumer_lag_seconds",
        "redress_outbox_depth",
        "redress_outbox_age_seconds",
        "redress_balance_mismatches",
    ):
        assert wanted in read
