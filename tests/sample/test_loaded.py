"""The sample through the whole platform: intake, topics, workflow, learning and reporting as real processes."""

import asyncio

import pytest

from redress.cli.sample import load_sample
from redress.sample.figures import printed, target
from redress.sample.generate import generate
from shared.calendar.london import financial_year
from shared.events.codes import Kind
from tests.platform import TOKEN

pytestmark = pytest.mark.timeout(400)


async def figures(running, year):
    url = f"{running.url('reporting')}/api/v1/annual"
    report = (await running.http.get(url, params={"year": year})).json()
    return report, {figure["id"]: figure for figure in report["figures"]}


async def test_the_year_page_shows_the_printed_figures_and_loading_again_changes_nothing(running):
    told = []

    def load():
        load_sample(
            running.url("intake"),
            running.url("reporting"),
            TOKEN,
            lambda done, total, label: told.append((done, total)),
        )

    await asyncio.to_thread(load)
    cases = generate()
    assert told[-1] == (len(cases), len(cases))
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

    before = await running.until(learnt)
    await asyncio.to_thread(load)
    _, after = await figures(running, "2022/23")
    assert after == before
