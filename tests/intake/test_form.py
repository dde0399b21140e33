"""The form over plain HTTP: what a browser rarely does and an attacker does."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from services.intake.settings import IntakeSettings
from tests.intake.service_rig import KEY, serving
from tests.waiting import PATIENCE

FILLED = {"kind": "comment", "narrative": "More benches, please.", "token": "t" * 32}


async def post(intake, data=None, headers=None, files=None):
    return await intake.http.post("/feedback", data={**FILLED, **(data or {})}, headers=headers, files=files)


async def test_a_double_click_is_one_item(intake):
    answers = await asyncio.gather(*(post(intake) for _ in range(8)))
    assert {a.status_code for a in answers} == {303}
    assert len({a.headers["location"] for a in answers}) == 1
    assert await intake.feedback.count({}) == 1


async def test_the_same_files_again_are_the_same_item(intake):
    for _ in range(2):
        answer = await post(intake, files={"files": ("a.txt", b"some words", "text/plain")})
        assert answer.status_code == 303, answer.text
    assert await intake.feedback.count({}) == 1
    changed = await post(intake, files={"files": ("a.txt", b"other words", "text/plain")})
    assert changed.status_code == 409
    assert "You have sent this form already" in changed.text
    assert "More benches, please." in changed.text


async def test_a_token_that_cannot_be_one_is_replaced(intake):
    for _ in range(2):
        assert (await post(intake, {"token": "1"})).status_code == 303
    assert await intake.feedback.count({}) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
async def test_another_site_cannot_fill_it_in(intake, headers):
    answer = await post(intake, headers=headers)
    assert answer.status_code == 403
    assert await intake.feedback.count({}) == 0
    own = await post(intake, headers={"Origin": intake.url})
    assert own.status_code == 303


async def test_what_was_typed_is_shown_as_text(intake):
    answer = await post(intake, {"kind": "", "narrative": "<script>alert(1)</script>"})
    assert answer.status_code == 422
    assert "<script>alert(1)" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]


async def test_without_a_store_the_form_is_shown_again_with_what_was_typed(free_port):
    nowhere = f"mongodb://127.0.0.1:{free_port()}/?directConnection=true&serverSelectionTimeoutMS=300"
    settings = IntakeSettings(mongo_url=nowhere, kafka="127.0.0.1:1", port=0, mail_port=0, master_key=KEY)
    async with serving(settings, ready=False) as intake:
        answer = await post(intake)
        assert answer.status_code == 503
        assert "We cannot save your feedback at the moment" in answer.text
        assert "More benches, please." in answer.text
        # The same token, so that sending it again is the same item whatever became of this one.
        assert f'value="{"t" * 32}"' in answer.text


async def test_too_many_from_one_address_are_asked_to_wait(intake_settings):
    async with serving(intake_settings(form_rate_per_minute=3)) as intake:
        answers = [await post(intake, {"token": f"{n}" * 32}) for n in range(4)]
        assert [a.status_code for a in answers] == [303, 303, 303, 429]
        assert int(answers[3].headers["retry-after"]) >= 1
        uploaded = await intake.http.post("/api/v1/attachments", files={"file": ("a.txt", b"x", "text/plain")})
        assert uploaded.status_code == 429
        assert uploaded.headers["content-type"] == "application/problem+json"


async def test_files_that_are_too_many_or_too_large_are_reported(intake):
    many = [("files", (f"{n}.txt", b"words", "text/plain")) for n in range(11)]
    answer = await post(intake, files=many)
    assert answer.status_code == 422
    assert "You can upload up to 10 files" in answer.text
    large = await post(intake, files={"files": ("big.txt", b"x" * (10 * 2**20 + 1), "text/plain")})
    assert large.status_code == 422
    assert "big.txt must be smaller than 10 MB" in large.text


async def test_an_endless_body_is_cut_off(intake):
    async def endless():
        while True:
            yield b"x" * 2**20

    # The server answers and closes; whether a client that is still sending sees the answer is up to the client.
    async with asyncio.timeout(PATIENCE):
        try:
            answer = await intake.http.post("/api/v1/feedback", content=endless())
        except httpx.NetworkError:
            return
    assert answer.status_code == 413


async def test_a_reference_nobody_has_is_not_found(intake):
    answer = await intake.http.get("/feedback/received/RD-00000-000000")
    assert answer.status_code == 404
    assert re.search(r"<h1[^>]*>\s*Page not found", answer.text)
