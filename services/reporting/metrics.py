"""Metrics of the aggregates, for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from shared.telemetry.metrics import Metrics


class ReportingMetrics:
    """Reporting's own metrics, in the registry all services share."""

    def __init__(self, metrics: Metrics) -> None:
        r = metrics.registry
        self.position = Gauge(
            "redress_reporting_position",
            "Offset up to which the aggregates include a partition",
            ["topic", "partition"],
            registry=r,
        )
        self.folded = Counter("redress_reporting_events_folded", "Events that were new to the aggregates", ["topic"], registry=r)
        self.repeated = Counter(
            "redress_reporting_events_repeated",
            "Events delivered or published again, which changed nothing",
            ["topic"],
            registry=r,
        )
        self.sought = Counter(
            "redress_reporting_seeks",
            "Times a consumer was sent back to the stored position",
            ["topic"],
            registry=r,
        )
        self.generation = Gauge("redress_reporting_generation", "The generation of aggregates in use", registry=r)
        self.mismatches = Gauge(
            "redress_balance_mismatches",
            "Rows in which brought forward + received + re-opened - closed is not what is open",
            registry=r,
        )
        self.set_aside = Gauge(
            "redress_reporting_set_aside",
            "Cases and learning decisions with a day that no report can have; they count nowhere else",
            registry=r,
        )
        self.ahead = Gauge(
            "redress_reporting_ahead",
            "What is said to have happened after the financial year that is now, and is in no report",
            registry=r,
        )
        self.balance_checks = Counter(
            "redress_balance_checks",
            "Checks of the balance; unsettled when events kept coming in meanwhile",
            ["result"],
            registry=r,
        )
        self.rebuild_seconds = Histogram(
            "redress_reporting_rebuild_seconds",
            "Time of a whole rebuild",
            buckets=(1, 5, 15, 60, 300, 900, 3600),
            registry=r,
        )
        self.rebuild_differences = Gauge(
            "redress_reporting_rebuild_differences",
            "Cells in which the last rebuild differed from the generation it replaced",
            registry=r,
        )
