"""The year page in a real browser: it is read, it downloads, nothing is blocked, and it works without JavaScript."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from redress.sample.generate import generate
from shared.events.cases import CaseEvent
from tests.reporting.measuring import as_facts
from tests.reporting.process import reporting, shows
from tests.reporting.rig import Rig, make_rig
from tests.servers import fresh_databases, fresh_topics

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
async def rig(mongo_url: str, kafka_bootstrap: str) -> AsyncIterator[Rig]:
    async with (
        fresh_topics(kafka_bootstrap) as topics,
        fresh_databases(mongo_url) as databases,
        make_rig(mongo_url, kafka_bootstrap, topics, databases) as made,
    ):
        yield made


@pytest.fixture(scope="module")
async def address(rig: Rig, tmp_path_factory):
    """A reporting process that has folded the whole sample."""
    rows = generate()
    await rig.publish(
        CaseEvent(case_id=uuid.UUID(int=n), reference="RD-1", version=1, after=as_facts(row)) for n, row in enumerate(rows)
    )
    wanted = {
        "corporate.dissatisfaction": 1379,
        "adults.complaints": 579,
        "childrens.complaints": 434,
    }
    log = tmp_path_factory.mktemp("year") / "log"
    async with reporting(rig, log, shows("2022/23", wanted)) as url:
        yield url


@pytest.mark.parametrize("javascript", [True, False])
async def test_the_year_page(address: str, chromium_path: str, javascript: bool, tmp_path: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        page = await (await browser.new_context(java_script_enabled=javascript)).new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        try:
            await page.goto(f"{address}/years/2022-23")
            text = await page.inner_text("main")
            for printed in (
                "434",
                "385",
                "219",
                "98",
                "579",
                "484",
                "691",
                "659",
                "148",
                "135",
                "1,379",
                "74",
                "1,305 of 1,379",
            ):
                assert printed in text, printed
            row = await page.inner_text("#figure-corporate-resolved_outside_formal")
            assert "95%" in row
            assert "(94.63%)" in row
            upheld = await page.inner_text("#figure-corporate-ombudsman_upheld")
            assert upheld.split()[-4:] == ["3", "3", "no", "change"]
            assert "sample data" in await page.inner_text("#sample-data")
            assert "Does not balance" not in text
            assert "Children's services" in (await page.get_attribute("figure img", "alt") or "")
            assert await page.locator("h1").count() == 1
            await page.screenshot(path=tmp_path / "year.png", full_page=True)

            async with page.expect_download() as downloading:
                await page.click("text=Download as CSV")
            saved = await (await downloading.value).path()
            assert "corporate.dissatisfaction" in Path(saved).read_text()  # noqa: ASYNC240

            await page.goto(f"{address}/years/2022-23")
            await page.click("nav[aria-label=Procedures] >> text=Corporate")
            assert "1,379" in await page.inner_text("main")
            await page.click("text=Year before")
            assert "2021/22" in await page.inner_text("h1")
            assert complaints == []
        finally:
            await browser.close()
