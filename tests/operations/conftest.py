"""The metrics that the code has, read from the shared registry and from the services' own source."""

import ast
from dataclasses import dataclass

import pytest

from shared.telemetry.metrics import Metrics
from tests.paths import ROOT

_SAMPLES = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_count", "_sum"),
    "summary": ("", "_count", "_sum"),
}
_SCRAPE = {"job", "instance", "service", "le"}


@dataclass(frozen=True)
class Known:
    """Sample names, each with the labels it may be asked by."""

    labels: dict[str, frozenset[str]]


def _shared():
    for metric in vars(Metrics()).values():
        if hasattr(metric, "_type") and hasattr(metric, "_labelnames"):
            for suffix in _SAMPLES[metric._type]:
                yield metric._name + suffix, set(metric._labelnames)
    yield "process_resident_memory_bytes", set()
    yield "process_cpu_seconds_total", set()
    yield "up", set()


def _of_services():
    for path in sorted((ROOT / "services").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant)):
                continue
            kind = getattr(call.func, "id", getattr(call.func, "attr", "")).lower()
            name = call.args[0].value
            if kind in _SAMPLES and isinstance(name, str):
                given = [*call.args[2:3], *(k.value for k in call.keywords if k.arg == "labelnames")]
                labels = set(ast.literal_eval(given[0])) if given else set()
                for suffix in _SAMPLES[kind]:
                    yield name.removesuffix("_total") + suffix if kind == "counter" else name + suffix, labels


@pytest.fixture(scope="session")
def known_metrics():
    return Known({name: frozenset(labels | _SCRAPE) for name, labels in [*_shared(), *_of_services()]})
