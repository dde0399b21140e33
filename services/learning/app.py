"""Builds the learning service."""

from __future__ import annotations

from fastapi import FastAPI

from services.learning.api import router
from services.learning.consumers import CaseFollower
from services.learning.handlers import Desk
from services.learning.metrics import refresh_gauges
from services.learning.settings import LearningSettings
from services.learning.store import Decisions
from shared.service import Runtime, create_app_for


def create_app(settings: LearningSettings) -> FastAPI:
    """The service as one application. Nothing is connected to before its lifespan begins.

    Raises:
        TaxonomyError: a code list of the council cannot be used.
        ValueError: no usable master key.
    """
    runtime = Runtime("learning", settings)
    decisions = Decisions(runtime.database["decisions"])
    vault = runtime.vault
    relay = runtime.relay(decisions.aggregates)
    runtime.on_prepare(decisions.prepare)
    runtime.subscribe(CaseFollower(decisions, relay.wake).subscription())
    runtime.background("metrics", refresh_gauges(decisions, runtime.metrics.registry))
    desk = Desk(decisions, vault, settings, relay.wake)
    return create_app_for(
        runtime,
        title="Redress: learning",
        description="What is learnt from complaints that were upheld.",
        routers=[router(decisions, desk)],
    )
