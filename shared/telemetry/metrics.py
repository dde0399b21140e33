"""What every service exposes to Prometheus. One registry a process; labels are codes, never ids or names."""

from __future__ import annotations

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
            "Records between what was handled and the end of the partition",
            ["topic", "group", "partition"],
            registry=r,
        )
        self.lag_seconds = Gauge(
            "redress_consumer_lag_seconds",
            "Age of the last handled record while more wait; 0 when none does",
            ["topic", "group", "partition"],
            registry=r,
        )
        self.outbox_depth = Gauge("redress_outbox_depth", "Aggregates with events not yet published", ["collection"], registry=r)
        self.outbox_age = Gauge("redress_outbox_age_seconds", "Age of the oldest unpublished event", ["collection"], registry=r)
        self.ready = Gauge("redress_ready", "1 when the service is ready", registry=r)
