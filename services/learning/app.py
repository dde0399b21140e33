"""Builds the learning service."""

from __future__ import annotations

from fastapi import FastAPI

from services.learning.api import router
from services.learning.consumers import CaseFollower
from services.learning.decision.decide import Lists
from services.learning.executor import Executor
from services.learning.handlers import DecisionHandler
from services.learning.metrics import refresh_gauges
from services.learning.queries import DecisionQueries
from services.learning.settings import LearningSettings
from services.learning.store import Decisions
from services.learning.tagging.suggest import Tagger
from shared.service import Runtime, create_app_for
from shared.settings import named
from shared.taxonomy.codes import Codes


def create_app(settings: LearningSettings) -> FastAPI:
    """The service as one application. Nothing is connected to before its lifespan begins.

    Raises:
        SettingsFault: a code list of the council cannot be used.
        ValueError: no usable master key.
    """
    runtime = Runtime("learning", settings)
    decisions = Decisions(runtime.database["decisions"])
    vault = runtime.vault
    relay = runtime.relay(decisions.aggregates)
    runtime.on_prepare(decisions.prepare)
    with named("taxonomy"):
        codes = Codes(settings.taxonomy)
    themes, actions, reasons = (codes.list(name) for name in ("themes", "learning-action-types", "no-lesson-reasons"))
    executor = Executor(decisions, Lists.offered(themes, actions, reasons), relay.wake)
    runtime.subscribe(CaseFollower(executor).subscription())
    runtime.background("metrics", refresh_gauges(decisions, runtime.metrics.registry))
    queries = DecisionQueries(decisions, vault, Tagger(themes, actions), actions)
    return create_app_for(
        runtime,
        title="Redress: learning",
        description="What is learnt from complaints that were upheld.",
        routers=[router(queries, DecisionHandler(executor, vault))],
        codes=codes,
    )
