"""The sections of the year page in a real browser: found by the contents list, each table captioned, empty ones marked as empty."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from shared.events.cases import CaseEvent
from tests.reporting.council import council
from tests.reporting.process import reporting, shows
from tests.reporting.rig import Rig

pytestmark = pytest.mark.browser


@pytest.fixture
async def address(rig: Rig, tmp_path):
    """A reporting process that has folded a council of two years."""
    await rig.publish(
        CaseEvent(case_id=uuid.UUID(int=n), reference="RD-1", version=1, after=facts) for n, facts in enumerate(council())
    )
    wanted = {
        "information-rights.received": 9,
        "ombudsman.decided": 8,
        "joint_nhs.bodies.begun": 3,
        "merged": 1,
    }
    async with reporting(rig, tmp_path / "log", shows("2024/25", wanted)) as url:
        yield url


async def check_structure(page: Page) -> None:
    """What a screen reader needs: each table has a caption, each header a scope, each id one bearer, each contents link a goal."""
    tables = page.locator("main table")
    for number in range(await tables.count()):
        table = tables.nth(number)
        assert await table.locator("caption").count() == 1
        assert await table.locator("th:not([scope])").count() == 0
        assert await table.locator("tbody tr").count() > 0
    ids = await page.eval_on_selector_all("[id]", "found => found.map(one => one.id)")
    assert len(ids) == len(set(ids))
    goals = await page.eval_on_selector_all(
        "nav[aria-labelledby=contents] a", "found => found.map(one => one.getAttribute('href'))"
    )
    assert goals
    assert {goal.removeprefix("#") for goal in goals} <= set(ids)
    assert await page.locator("h1").count() == 1


async def row(page: Page, figure: str) -> str:
    return re.sub(r"\s+", " ", await page.inner_text(f"#figure-{figure.replace('.', '-')}"))


async def test_each_section_is_in_the_contents_and_shows_its_figures(address: str, chromium_path: str, tmp_path: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        page = await browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        try:
            await page.goto(f"{address}/years/2024-25")
            await check_structure(page)
            await page.click("nav[aria-labelledby=contents] >> text=Joint complaints with the NHS")
            assert page.url.endswith("#joint-nhs")
            assert "4 of 5 (80.00%)" in await row(page, "information-rights.freedom-of-information.request.in_time")
            late = await row(page, "information-rights.freedom-of-information.request.late")
            assert late.startswith("Late answers 20% 1 of 5"), "the procedure stands in the caption alone"
            assert "67% 2 of 3 (66.67%)" in await row(page, "ombudsman.remedies.complied")
            assert "100% 1 of 1" in await row(page, "ombudsman.reports.in_time")
            bodies = re.sub(r"\s+", " ", await page.inner_text("#table-joint_nhs_bodies tbody"))
            assert bodies == "Acute hospital trust 2 2 1 0 0 1 Ambulance trust 1 1 0 1 0 0 Total 3 3 1 1 0 1"
            assert "Does not balance" not in await page.inner_text("main")
            assert "None recorded" not in await page.inner_text("main")
            await page.screenshot(path=tmp_path / "sections.png", full_page=True)

            await page.goto(f"{address}/years/2024-25?procedure=corporate")
            await check_structure(page)
            text = await page.inner_text("main")
            assert "None recorded in 2024/25 or 2023/24." in text
            assert "What the returns of the NHS bodies count" in text
            await page.click("nav[aria-label=Procedures] >> text=Information rights")
            await check_structure(page)
            assert "Information rights, 2024/25" in await page.inner_text("h1")
            await page.screenshot(path=tmp_path / "information-rights.png", full_page=True)
            await page.click("nav[aria-label=Procedures] >> text=MP and executive correspondence")
            await check_structure(page)
            assert "67% 2 of 3" in await row(page, "correspondence.correspondence.in_time")
            await page.screenshot(path=tmp_path / "correspondence.png", full_page=True)
            assert complaints == []
        finally:
            await browser.close()
