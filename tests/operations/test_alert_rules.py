"""Each alert goes off for what it is there for, the first time too: tried by promtool on the series that the services have."""

import re
import subprocess
from io import StringIO
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from ruamel.yaml import YAML

from deploy.bootstrap import promtool
from services.intake.app import create_app as intake
from services.intake.settings import IntakeSettings
from services.learning.app import create_app as learning
from services.learning.settings import LearningSettings
from services.reporting.app import create_app as reporting
from services.reporting.settings import ReportingSettings
from services.workflow.app import create_app as workflow
from services.workflow.settings import WorkflowSettings
from tests.in_process import master_key
from tests.paths import ROOT
from tests.waiting import PATIENCE

RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
SERVICES: dict[str, tuple[Any, Any]] = {
    "intake": (intake, IntakeSettings),
    "workflow": (workflow, WorkflowSettings),
    "learning": (learning, LearningSettings),
    "reporting": (reporting, ReportingSettings),
}
MINUTES = 45
HAPPENS = 10
ASKED = 40


class Platform:
    """The registries of four services as they are before the first request, and whether each answers Prometheus."""

    def __init__(self):
        self.registries: dict[str, CollectorRegistry] = {}
        self.up = dict.fromkeys(SERVICES, 1)
        for name, (create_app, settings) in SERVICES.items():
            runtime = create_app(settings(master_key=master_key())).state.runtime
            runtime.store.close()
            runtime.metrics.ready.set(1)
            self.registries[name] = runtime.metrics.registry

    def of(self, service, name, *labels):
        """A metric of a service by its name, with the values of its labels."""
        found: Any = self.registries[service]._names_to_collectors[name]
        return found.labels(*labels) if labels else found

    def samples(self):
        for service, registry in self.registries.items():
            where = {"job": "redress", "service": service, "instance": f"{service}:1"}
            yield _series("up", where), self.up[service]
            for metric in registry.collect():
                for sample in metric.samples if metric.name.startswith("redress_") else ():
                    yield _series(sample.name, {**sample.labels, **where}), sample.value


def _series(name, labels):
    inside = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{inside}}}"


def once(act):
    return lambda platform, minute: act(platform) if minute == HAPPENS else None


def from_then_on(act):
    return lambda platform, minute: act(platform) if minute >= HAPPENS else None


def failing_requests(platform):
    platform.of("workflow", "redress_http_requests", "GET", "/api/v1/cases", 200).inc(10)
    platform.of("workflow", "redress_http_requests", "GET", "/api/v1/cases", 500).inc()


def failing_mail(platform):
    platform.of("intake", "redress_acknowledgements_waiting").set(3)
    platform.of("intake", "redress_acknowledgements", "retried").inc()


HAPPENINGS = {
    "RedressServiceDown": from_then_on(lambda p: p.up.update(learning=0)),
    "RedressNotReady": once(lambda p: p.of("reporting", "redress_ready").set(0)),
    "RedressServerErrors": from_then_on(failing_requests),
    "RedressRecordsParked": once(lambda p: p.of("workflow", "redress_records_parked", "feedback", "workflow", "refused").inc()),
    "RedressUnknownEventTypes": once(
        lambda p: p.of("reporting", "redress_records_consumed", "lessons", "reporting-lessons", "skipped").inc()
    ),
    "RedressConsumerLag": once(lambda p: p.of("learning", "redress_consumer_lag_seconds", "cases", "learning", 0).set(400)),
    "RedressConsumerFailing": once(lambda p: p.of("reporting", "redress_consumer_failing", "cases", "reporting-cases").set(1)),
    "RedressOutboxGrowing": once(lambda p: p.of("intake", "redress_outbox_age_seconds", "feedback").set(200)),
    "RedressBalanceMismatch": once(lambda p: p.of("reporting", "redress_balance_mismatches").set(1)),
    "RedressRecordsSetAside": once(lambda p: p.of("reporting", "redress_reporting_ahead").set(1)),
    "RedressRebuildDiffers": once(lambda p: p.of("reporting", "redress_reporting_rebuild_differences").set(1)),
    "RedressClocksBreached": once(lambda p: p.of("workflow", "redress_clock_events", "breached", False).inc()),
    "RedressTimersPostponed": once(lambda p: p.of("workflow", "redress_timers_postponed").inc()),
    "RedressMailFailing": from_then_on(failing_mail),
    "RedressMailRefused": once(lambda p: p.of("intake", "redress_acknowledgements_failed").set(1)),
}


def rules():
    return [rule for group in YAML(typ="safe").load(RULES.read_text())["groups"] for rule in group["rules"]]


def timeline(act):
    """Each series with its value in every minute, while something happens."""
    platform, values = Platform(), {}
    for minute in range(MINUTES + 1):
        act(platform, minute)
        for series, value in platform.samples():
            values.setdefault(series, ["_"] * minute).append(f"{value:g}")
    return [{"series": series, "values": " ".join(each)} for series, each in values.items()]


def fires(alert):
    samples = [{"labels": f'{{alertname="{alert}"}}', "value": 1}] if alert else []
    return [{"expr": 'group by (alertname) (ALERTS{alertstate="firing"})', "eval_time": f"{ASKED}m", "exp_samples": samples}]


@pytest.fixture(scope="module")
def tool():
    found = promtool.ensure()
    if found is None:
        pytest.skip("promtool could not be had from Debian's packages: the alerts were not tried on series")
    return found


def test_every_alert_has_something_that_it_is_there_for():
    assert {rule["alert"] for rule in rules()} == set(HAPPENINGS)


def test_each_alert_goes_off_alone_and_none_where_nothing_happens(tool, tmp_path):
    tried = [(None, lambda _, __: None), *HAPPENINGS.items()]
    tests = [
        {"name": alert or "nothing", "interval": "1m", "input_series": timeline(act), "promql_expr_test": fires(alert)}
        for alert, act in tried
    ]
    text = StringIO()
    YAML(typ="safe").dump({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}, text)
    (tmp_path / "rules.yml").write_text(text.getvalue())
    for arguments in (["check", "rules", str(RULES)], ["test", "rules", str(tmp_path / "rules.yml")]):
        done = subprocess.run([tool, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_every_counter_that_an_alert_asks_about_stands_at_nought_from_the_start():
    """What rises from nothing to one does not rise for Prometheus, so the first of its kind would alert nobody."""
    platform = Platform()
    names = {name for rule in rules() for name in re.findall(r"(?:rate|increase)\((redress_\w+)", rule["expr"])}
    standing = {series: value for series, value in platform.samples() if series.partition("{")[0] in names}
    assert {series.partition("{")[0] for series in standing} == names
    assert set(standing.values()) == {0}
    for name in SERVICES:
        for subscription in _subscriptions(name):
            for why in ("undecodable", "refused", "failed"):
                labels = {"topic": subscription.topic, "group": subscription.group, "why": why}
                where = {"job": "redress", "service": name, "instance": f"{name}:1"}
                assert _series("redress_records_parked_total", {**labels, **where}) in standing


def _subscriptions(name):
    create_app, settings = SERVICES[name]
    runtime = create_app(settings(master_key=master_key())).state.runtime
    runtime.store.close()
    return runtime.subscriptions
