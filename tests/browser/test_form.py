"""The form in a real Chromium: with JavaScript and without, by keyboard alone, twice sent and once accepted."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, async_playwright, expect

from shared.events.feedback import FeedbackContent
from tests.intake.service_rig import BEARER, serving, settings_on
from tests.intake.sink import sinking
from tests.paths import ROOT

pytestmark = pytest.mark.browser

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
async def page(request, chromium_path):
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        context = await browser.new_context(java_script_enabled=request.param == "with JavaScript")
        opened = await context.new_page()
        opened.set_default_timeout(15_000)
        yield opened
        await browser.close()


@pytest.fixture
async def site(mongo_url, kafka_bootstrap, topic_prefix, database_prefix):
    servers = (mongo_url, kafka_bootstrap, topic_prefix, database_prefix)
    async with (
        sinking() as sink,
        serving(settings_on(*servers, assets=ROOT / "build" / "assets", smtp_port=sink.port)) as running,
    ):
        running.sink = sink
        yield running


async def fill(page: Page) -> None:
    await page.get_by_label("Make a complaint").check()
    await page.get_by_label("What happened?").fill("The lamp outside number 4 is out.\nIt is dark.")
    await page.get_by_label("Which service is it about?").select_option("street-lighting")
    await page.get_by_label("In which district?").select_option("lancaster")
    await page.get_by_label("Email address").fill("ann@example.com")


async def test_from_the_start_to_a_reference_and_a_mail(site, page):
    await page.goto(site.url)
    await page.get_by_role("button", name="Start now").click()
    await fill(page)
    await page.get_by_label("Who are you writing for").fill("Old Neighbour")
    await page.locator("input[type=file]").set_input_files(
        [
            {"name": "the lamp.png", "mimeType": "image/png", "buffer": PNG},
            {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": PDF},
        ]
    )
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("We have received your complaint")
    reference = await page.locator(".redress-reference").inner_text()
    assert page.url.endswith(f"/feedback/received/{reference}")
    await expect(page.get_by_text("We acknowledge it by ")).to_be_visible()
    ((_, envelope),) = await site.published(1)
    event = envelope.data
    assert (event.reference, event.channel.value) == (reference, "web-form")
    assert (event.service_area, event.district) == ("street-lighting", "lancaster")
    content = await site.vault.unseal(event.sealed, FeedbackContent, purpose="feedback")
    assert content.narrative == "The lamp outside number 4 is out.\nIt is dark."
    assert content.on_behalf_of == "Old Neighbour"
    assert sorted(content.attachment_names.values()) == ["letter.pdf", "the lamp.png"]
    kept = {a.media_type: a.attachment_id for a in event.attachments}
    answer = await site.http.get(f"/api/v1/attachments/{kept['image/png']}", headers=BEARER)
    assert answer.content == PNG
    (mail,) = await site.sink.wait()
    assert reference in mail.get_content()
    await page.reload()
    await expect(page.locator(".redress-reference")).to_have_text(reference)
    assert await site.feedback.count({}) == 1


async def test_what_is_missing_is_reported_at_its_place_and_nothing_typed_is_lost(site, page):
    await page.goto(f"{site.url}/feedback/new?kind=compliment")
    await expect(page.get_by_label("Give a compliment")).to_be_checked()
    await page.get_by_label("Full name", exact=True).fill("Ann Example")
    await page.get_by_label("Email address").fill("ann at example")
    await page.locator("input[type=file]").set_input_files(
        [{"name": "run.exe", "mimeType": "application/octet-stream", "buffer": b"MZ\x90\0\0\0"}]
    )
    await page.get_by_role("button", name="Send").click()
    summary = page.locator(".govuk-error-summary")
    await expect(summary).to_be_visible()
    await expect(summary).to_be_focused()
    await expect(page).to_have_title("Error: Your feedback")
    await expect(summary.get_by_role("link")).to_have_text(
        [
            "Tell us what happened",
            "run.exe must be a document, a picture, an email or plain text, and not empty",
            "Enter an email address in the correct format, like name@example.com",
        ]
    )
    await expect(page.get_by_label("Full name", exact=True)).to_have_value("Ann Example")
    await expect(page.get_by_label("Email address")).to_have_value("ann at example")
    await expect(page.get_by_label("Give a compliment")).to_be_checked()
    await expect(page.get_by_text("Choose your files again")).to_be_visible()
    narrative = page.get_by_label("What happened?")
    described = await narrative.get_attribute("aria-describedby")
    assert described is not None
    assert "narrative-error" in described.split()
    for link in await summary.get_by_role("link").all():
        target = (await link.get_attribute("href")).removeprefix("#")
        assert await page.locator(f"[id={target}]").count() == 1, target
    await summary.get_by_role("link", name="Tell us what happened").click()
    assert page.url.endswith("#narrative") or await narrative.evaluate("e => e === document.activeElement")
    assert await site.feedback.count({}) == 0


async def test_sent_again_it_is_the_same_item_and_changed_it_is_asked_for(site, page):
    await page.goto(f"{site.url}/feedback/new")
    await fill(page)
    await page.get_by_role("button", name="Send").click()
    first = await page.locator(".redress-reference").inner_text()
    await page.go_back()
    if not await page.get_by_label("What happened?").input_value():
        await fill(page)
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".redress-reference")).to_have_text(first)
    assert await site.feedback.count({}) == 1
    await page.go_back()
    await fill(page)
    await page.get_by_label("What happened?").fill("The lamp is out, and so is the next.")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".govuk-notification-banner")).to_contain_text(first)
    await page.get_by_role("button", name="Send again").click()
    second = await page.locator(".redress-reference").inner_text()
    assert second != first
    assert await site.feedback.count({}) == 2


async def test_by_keyboard_alone(site, page):
    await page.goto(f"{site.url}/feedback/new")
    press = page.keyboard.press
    await press("Tab")
    await expect(page.get_by_text("Skip to main content")).to_be_focused()
    for _ in range(12):
        await press("Tab")
        if await page.evaluate("document.activeElement.name") == "kind":
            break
    await press("Space")
    await press("Tab")
    await expect(page.get_by_label("What happened?")).to_be_focused()
    await page.keyboard.type("Typed without a mouse.")
    for _ in range(25):
        await press("Tab")
        if await page.evaluate("document.activeElement.id") == "send":
            break
    await press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("We have received your complaint")


async def test_no_asset_is_missing_and_nothing_is_refused_by_the_policy(site, page):
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.on("response", lambda r: trouble.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.on("requestfailed", lambda r: trouble.append(f"failed {r.url}"))
    for path in ("/", "/feedback/new"):
        await page.goto(f"{site.url}{path}", wait_until="networkidle")
    assert trouble == []


async def test_pages_fit_the_narrowest_screen(site, page):
    """WCAG 2.2, 1.4.10: at 320 pixels nothing is read by scrolling sideways."""
    await page.set_viewport_size({"width": 320, "height": 640})
    for path in ("/", "/feedback/new", "/nothing/here"):
        await page.goto(f"{site.url}{path}")
        assert await page.locator("html").evaluate("page => page.scrollWidth") <= 320, path
