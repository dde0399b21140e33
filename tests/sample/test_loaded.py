"""The sample through the whole platform: intake, topics, workflow, learning and reporting as real processes."""

import asyncio
from typing import Any

import pytest

from redress.cli.sample import load_sample
from redress.sample.figures import YEARS, printed, request_figure, target
from redress.sample.generate import generate
from redress.sample.request_chances import ALL
from shared.calendar.london import financial_year
from shared.events.codes import Kind, Outcome
from tests.platform import TOKEN

pytestmark = pytest.mark.timeout(400)


async def figures(running, year):
    url = f"{running.url('reporting')}/api/v1/annual"
    report = (await running.http.get(url, params={"year": year})).json()
    return report, {figure["id"]: figure for figure in report["figures"]}


def pair(figure, year):
    """A figure of the report, or of the year before it, as its number and what it is out of; None of a plain count."""
    values = figure if year == YEARS[1] else figure["previous"]
    return values["value"], values["denominator"]


def timely(stage):
    """How a stage was answered, by its row alone."""
    if stage.responded_on <= stage.due_on:
        return "standard"
    in_time = stage.extension_told_on and stage.extension_told_on <= stage.due_on
    return "extension" if in_time and stage.responded_on <= stage.extended_to else "late"


def of_rows(cases):
    """What the sections on requests, letters and the Ombudsman must show of both years: counted from the rows by hand."""
    figures: dict[str, Any] = {}

    def put(name, of, out_of=None):
        """A count by the years of the days `of`, and the number of days `out_of` in each year."""
        for year in YEARS:
            whole = None if out_of is None else sum(financial_year(day) == year for day in out_of)
            number = sum(financial_year(day) == year for day in of)
            figures.setdefault(name, {})[year] = (number, whole)

    for asked in ALL:
        mine = [case for case in cases if case.procedure == asked.procedure]
        base = request_figure(asked.procedure).removesuffix(".received")
        put(f"{base}.received", [case.received_on for case in mine])
        for stage in {"request": ("request", "internal-review")}.get(asked.stage, (asked.stage,)):
            visits = [s for case in mine for s in case.stages if s.stage == stage]
            answered = [s for s in visits if s.responded_on]
            days = [s.responded_on for s in answered]
            put(f"{base}.{stage}.answered", days)
            if stage == "internal-review":
                put(f"{base}.{stage}.started", [s.started_on for s in visits])
            how = {s: timely(s) for s in answered}
            put(f"{base}.{stage}.in_time", [s.responded_on for s in answered if how[s] != "late"], days)
            put(
                f"{base}.{stage}.within_extension",
                [s.responded_on for s in answered if how[s] == "extension"],
                days,
            )
            put(f"{base}.{stage}.late", [s.responded_on for s in answered if how[s] == "late"], days)
        if asked.stage == "request":
            ends = [case.closed_on for case in mine]
            meanwhile = [s.closed_on for case in mine for s in case.stages if s.closed_on]
            refused = [case.closed_on for case in mine if case.outcome is Outcome.REFUSED]
            put(f"{base}.refused", refused, ends + meanwhile)
    upheld = [o for case in cases for o in case.ombudsman if o.decision == "upheld"]
    recommended = [(o.decided_on, r) for o in upheld for r in o.remedies]
    own = [(max(s.responded_on for s in c.stages if s.responded_on), r) for c in cases for r in c.remedies]
    for base, remedies in (("ombudsman.remedies", recommended), ("remedies.own", own)):
        due = due_of(remedies)
        done = [r for _, r in remedies if r.done_on]
        put(f"{base}.begun", [agreed for agreed, _ in remedies])
        put(f"{base}.due", due)
        put(f"{base}.in_time", [r.due_on for r in done if r.done_on <= r.due_on], due)
        put(f"{base}.late", [r.due_on for r in done if r.done_on > r.due_on], due)
        put(f"{base}.not_done", [r.due_on for _, r in remedies if r.not_done_on], due)
        put(f"{base}.awaited", [])
    put("ombudsman.remedies.complied", [r.due_on for _, r in recommended if r.done_on], due_of(recommended))
    offered = [o.decided_on for o in upheld if o.satisfactory_remedy]
    put("ombudsman.satisfactory_remedy", offered, [o.decided_on for o in upheld])
    return figures


def due_of(remedies):
    return [remedy.due_on for _, remedy in remedies]


async def test_the_year_page_shows_the_printed_figures_and_loading_again_changes_nothing(running):
    in_time = []

    def load():
        load_sample(
            running.url("intake"),
            running.url("reporting"),
            TOKEN,
            lambda done, total, label: in_time.append((done, total)),
        )

    await asyncio.to_thread(load)
    cases = generate()
    assert in_time[-1] == (len(cases), len(cases))
    report, found = await figures(running, "2022/23")
    for name, years in printed().items():
        assert found[name]["value"] == years["2022/23"], name
        if "2021/22" in years:
            assert found[name]["previous"]["value"] == years["2021/22"], name
    assert found["corporate.resolved_outside_formal"]["percentage"] == 94.63
    assert found["childrens.complaints.statutory"]["value"] == target("childrens.statutory", "2022/23")
    assert report["contains_sample"]
    assert report["balance"]["mismatches"] == 0
    closed = [c for c in cases if c.kind is Kind.COMPLAINT and financial_year(c.closed_on) == "2022/23"]
    assert found["closed"]["value"] == len(closed)
    lessons = sum(bool(case.learning_tags) for case in closed)

    async def learnt():
        _, now = await figures(running, "2022/23")
        return now["learning.lessons"]["value"] == lessons and now

    sections = of_rows(cases)
    assert sections.keys() <= found.keys()
    for name, years in sections.items():
        assert pair(found[name], YEARS[1]) == years[YEARS[1]], name
        assert pair(found[name], YEARS[0]) == years[YEARS[0]], name
    before = await running.until(learnt)
    await asyncio.to_thread(load)
    _, after = await figures(running, "2022/23")
    assert after == before
