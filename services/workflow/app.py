"""Builds the workflow service."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services.workflow.api import router
from services.workflow.background.replanning import Replanner
from services.workflow.background.timer_sweep import Sweeper
from services.workflow.consumers import FeedbackFollower, LessonFollower, RelatedCasesFollower
from services.workflow.executor import Executor
from services.workflow.explaining.routes import router as explaining_router
from services.workflow.forecast.routes import router as forecast_router
from services.workflow.handlers import StepHandler
from services.workflow.metrics import refresh_gauges
from services.workflow.queries import CaseQueries
from services.workflow.related import RelatedCases
from services.workflow.rulebook.load import load_folder, shipped
from services.workflow.settings import WorkflowSettings
from services.workflow.store import Cases
from shared.service import Runtime, create_app_for
from shared.settings import named
from shared.taxonomy.codes import Codes
from shared.web.pages import Pages


def create_app(settings: WorkflowSettings) -> FastAPI:
    """The service as one application. Nothing is connected to before its lifespan begins.

    Raises:
        SettingsFault: a rulebook may not be used (the message names file, line and fault), a file of holidays, or a code list.
        ValueError: no usable master key.
    """
    runtime = Runtime("workflow", settings)
    with named("rulebooks"):
        books = load_folder(settings.rulebooks) if settings.rulebooks else shipped()
    with named("holidays"):
        register = settings.register()
    cases = Cases(runtime.database["cases"], books, register)
    vault = runtime.vault
    relay = runtime.relay(cases.aggregates)
    runtime.on_prepare(cases.prepare)
    executor = Executor(cases, relay.wake)
    related = RelatedCases(cases, executor)
    runtime.subscribe(
        FeedbackFollower(executor).subscription(),
        LessonFollower(executor).subscription(),
        RelatedCasesFollower(related).subscription(),
    )
    registry = runtime.metrics.registry
    runtime.background("timers", Sweeper(cases, executor, registry, pause=settings.timer_seconds).run)
    runtime.background("replan", Replanner(cases, executor, registry).run)
    runtime.background("metrics", refresh_gauges(cases, registry))
    with named("taxonomy"):
        codes = Codes(settings.taxonomy)
    queries = CaseQueries(cases, vault, codes)
    handler = StepHandler(cases, executor, related, vault, codes)
    pages = Pages(settings, Path(__file__).parent / "explaining", service="workflow")
    app = create_app_for(
        runtime,
        title="Redress: workflow",
        description="Cases and their procedures: steps, clocks, findings, outcomes.",
        routers=[router(queries, handler), explaining_router(cases, pages), forecast_router(cases)],
        pages=pages,
        codes=codes,
    )
    app.state.cases = cases
    return app
