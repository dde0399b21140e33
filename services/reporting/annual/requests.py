"""Information requests, data protection complaints and letters: received, answered and in what time, procedure by procedure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from services.reporting.annual.asked import Asked
from services.reporting.annual.cube import Cube
from services.reporting.annual.families import families, family, request_families
from services.reporting.annual.figures import Count, Figure, Scope
from services.reporting.annual.labels import label, order
from services.reporting.annual.section import Bar, FilledGroup, ReportSection
from services.reporting.measures.stages import REQUEST_STAGES
from shared.taxonomy import Term, load
from shared.taxonomy.words import AnswerWords

_IN_TIME: Final = ("within-standard", "within-extension")
_TIMED: Final = (*_IN_TIME, "late")


def _build(part: Term, cube: Cube, asked: Asked) -> Iterator[FilledGroup]:
    """A group for each procedure of the part that has records, and one of all requests or letters where there are several.
    Ids begin with the part."""
    codes = {term.code for term in families()}
    members = sorted(
        (p for p in asked.procedures if family(p) == part.code and p not in codes),
        key=lambda p: order("procedures", p),
    )
    if len(members) > 1:
        title = f"All {part.plural}"
        scope = Scope.of(cube, asked, tuple(members))
        yield FilledGroup(f"{part.code}.all", title, tuple(_whole(scope, part.code, title)))
    for procedure in members:
        name, scope = label("procedure", procedure), Scope.of(cube, asked, (procedure,))
        received, *others = _procedure(scope, f"{part.code}.{procedure}", procedure, name)
        bars = (Bar.of(received, name),)
        yield FilledGroup(f"{part.code}.{procedure}", name, (received, *others), bars=bars)


def _whole(scope: Scope, part: str, title: str) -> Iterator[Figure]:
    """All requests or letters, by the stage that they have in common."""
    yield scope.count(f"{part}.received", f"{title}: received", "enquiries")
    stage = next(stage for procedure in scope.procedures for stage in _request_stages(procedure))
    yield from _answers(scope, f"{part}.{stage}", title, stage)


def _procedure(scope: Scope, base: str, procedure: str, name: str) -> Iterator[Figure]:
    complaints = scope.cube.complained(procedure)

    def both(complaints: str, enquiries: str, **dimensions: str) -> Count:
        first, second = scope.total(complaints, **dimensions), scope.total(enquiries, **dimensions)
        return lambda year: first(year) + second(year)

    measure = "received" if complaints else "enquiries"
    yield scope.count(f"{base}.received", f"{name}: received", measure, both("received", "enquiries"))
    for stage in _stages(scope, procedure):
        yield from _answers(scope, f"{base}.{stage}", name, stage)
    term = load("procedures").get(procedure)
    if term is not None and term.refusal_reasons:
        yield scope.share(
            f"{base}.refused",
            f"{name}: refused",
            "closed" if complaints else "enquiries-closed",
            both("closed", "enquiries-closed", outcome="refused"),
            both("closed", "enquiries-closed"),
            note="of those closed in the year; the refusal of a request is its answer too",
        )


def _stages(scope: Scope, procedure: str) -> list[str]:
    """The stages that its cases had, with those of requests for a procedure of requests; in the order of the list."""
    found = scope.cube.stages((procedure,), scope.year, scope.previous)
    if not scope.cube.complained(procedure) or found & REQUEST_STAGES:
        found |= set(_request_stages(procedure))
    return sorted(found or _answered(procedure), key=lambda stage: order("stages", stage))


def _request_stages(procedure: str) -> list[str]:
    term = load("procedures").get(procedure)
    return [stage for stage in term.stages if stage in REQUEST_STAGES] if term else []


def _answered(procedure: str) -> set[str]:
    """The stages of a procedure that end in an answer of their own, by the list of stages."""
    term = load("procedures").get(procedure)
    answered = {stage.code for stage in load("stages").terms if stage.answer is not None}
    return answered.intersection(term.stages) if term else set()


def _answers(scope: Scope, base: str, name: str, stage: str) -> Iterator[Figure]:
    term = load("stages").get(stage)
    words = (term.answer if term else None) or AnswerWords()
    responded = scope.total("stage-responded", stage=stage)
    if words.asked_for:
        started = scope.total("stage-started", stage=stage)
        yield scope.count(f"{base}.started", f"{name}: {words.asked_for}", "stage-started", started)
    yield scope.count(f"{base}.answered", f"{name}: {words.done}", "stage-responded", responded)
    yield scope.acknowledged_in_time(base, name, stage)
    timed = scope.total("stage-responded", stage=stage, timeliness=_TIMED)
    for key, text, how, note in (
        ("in_time", f"{words.plural} in time", _IN_TIME, "within the timescale or an extension"),
        ("within_extension", f"{words.plural} within an extension", ("within-extension",), None),
        ("late", f"late {words.plural}", ("late",), None),
    ):
        of = scope.total("stage-responded", stage=stage, timeliness=how)
        yield scope.share(f"{base}.{key}", f"{name}: {text}", "stage-responded", of, timed, note=note)
    days, text = scope.days("stage-days", stage=stage), f"average calendar days to {words.verb}"
    yield scope.mean(f"{base}.average_days", f"{name}: {text}", "stage-days", days, responded)


def _section(part: Term) -> ReportSection:
    return ReportSection(
        id=part.code,
        title=part.label,
        build=partial(_build, part),
        applies=lambda asked: asked.whole_council or part.code in asked.families,
        chart="Received by procedure",
        charted=lambda asked: not asked.whole_council and asked.only_requests,
    )


REQUESTS: Final = tuple(map(_section, request_families()))
