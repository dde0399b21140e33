"""What every service exposes to Prometheus. One registry a process; labels are codes, never ids or names."""

from __future__ import annotations

from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

RESULTS: Final = ("handled", "skipped", "parked")
"""What becomes of a record that was read."""

REASONS: Final = ("undecodable", "refused", "failed")
"""Why a record is parked."""

FAILURES: Final = (500, 503)
"""The statuses with which a service answers that something of its own, or of its servers, does not work."""


class Metrics:
    """The measures all services share. A service adds its own to `registry`."""

    def __init__(self) -> None:
        # A second series for each counter, its time of creation, doubles what is scraped and is used nowhere.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        r = self.registry = CollectorRegistry()
        ProcessCollector(registry=r)
        PlatformCollector(registry=r)
        self.http_requests = Counter("redress_http_requests", "HTTP requests answered", ["method", "route", "status"], registry=r)
        self.http_seconds = Histogram(
            "redress_http_request_seconds",
            "Time to answer a request",
            ["method", "route"],
            buckets=_SECONDS,
            registry=r,
        )
        self.consumed = Counter(
            "redress_records_consumed",
            "Records read from a topic, by what became of them: handled, skipped (unknown type) or parked",
            ["topic", "group", "result"],
            registry=r,
        )
        self.published = Counter("redress_records_published", "Records the broker has acknowledged", ["topic"], registry=r)
        self.parked = Counter(
            "redress_records_parked",
            "Dead letters (records on `parked`), by why",
            ["topic", "group", "why"],
            registry=r,
        )
        self.handler_seconds = Histogram(
            "redress_handler_seconds",
            "Time of one attempt to handle a record, or a batch of a fold",
            ["topic", "group"],
            buckets=_SECONDS,
            registry=r,
        )
        self.lag_records = Gauge(
            "redress_consumer_lag_records",
            "Records that are not committed: the end of the partition less what the group has committed",
            ["topic", "group", "partition"],
            registry=r,
        )
        self.lag_seconds = Gauge(
            "redress_consumer_lag_seconds",
            "Age of the oldest record that is not committed; 0 when all are",
            ["topic", "group", "partition"],
            registry=r,
        )
        self.consumer_failing = Gauge(
            "redress_consumer_failing",
            "1 while a consumer gives the same records back again and again",
            ["topic", "group"],
            registry=r,
        )
        self.outbox_depth = Gauge("redress_outbox_depth", "Aggregates with events not yet published", ["collection"], registry=r)
        self.outbox_age = Gauge("redress_outbox_age_seconds", "Age of the oldest unpublished event", ["collection"], registry=r)
        self.ready = Gauge("redress_ready", "1 when the service is ready", registry=r)

    def begin_subscription(self, topic: str, group: str) -> None:
        """Let the counters of a consumer group stand at 0: what rises from nothing does not alert the first time."""
        for result in RESULTS:
            self.consumed.labels(topic, group, result)
        for why in REASONS:
            self.parked.labels(topic, group, why)
        self.consumer_failing.labels(topic, group)

    def begin_route(self, method: str, route: str) -> None:
        """The same of the requests to a route that fail."""
        for status in FAILURES:
            self.http_requests.labels(method, route, status)
