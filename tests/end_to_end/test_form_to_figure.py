"""What a person sends by the form, without JavaScript, stands in the figures that a reader of the year page sees."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import async_playwright, expect

from tests.end_to_end.figures import THIS_YEAR, received

pytestmark = pytest.mark.browser


async def test_the_form_to_the_year_page(running, chromium_path):
    before = await received(running)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        context = await browser.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(running.url("intake"))
        await page.get_by_role("button", name="Start now").click()
        await page.get_by_label("Make a complaint").check()
        await page.get_by_label("What happened?").fill("The lamp outside is out.")
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("We have received your complaint")
        reference = await page.locator(".redress-reference").inner_text()

        async def counted():
            return await received(running) > before

        await running.until(counted)
        await asyncio.sleep(0.5)
        wanted = await received(running)
        assert wanted == before + 1
        case = await running.case(reference)
        assert case["reference"] == reference
        await page.goto(f"{running.url('reporting')}/years/{THIS_YEAR.replace('/', '-')}")
        row = page.get_by_role("row").filter(has_text="Corporate: reports of dissatisfaction").first
        await expect(row.get_by_role("cell").first).to_have_text(f"{wanted:,}")
        await browser.close()
