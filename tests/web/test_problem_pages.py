"""A person's browser is shown a page for what goes wrong, a program is answered with a problem document."""

import httpx
import pytest

from redress.contracts import services

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(params=services.SERVICES)
async def client(request):
    app = services.build(request.param).app
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        yield client


@pytest.mark.parametrize("accept", [BROWSER, "text/html", "application/json;q=0.5, text/html", "TEXT/HTML; charset=utf-8"])
async def test_who_asks_for_a_page_is_shown_one(client, accept):
    for path, status in (("/nothing/here", 404), ("/livez?colour=blue", 422)):
        answer = await client.get(path, headers={"Accept": accept})
        assert answer.status_code == status
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "Accept" in answer.headers["vary"]
        assert '<h1 class="govuk-heading-l">' in answer.text
        assert "default-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "text/html;q=0.1, application/json", "text/html;q=0", "text/html;q=x", ""]
)
async def test_a_program_is_answered_with_a_problem_document(client, accept):
    answer = await client.get("/nothing/here", headers={"Accept": accept})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404
    assert answer.json()["detail"] == "There is nothing at this address."


async def test_what_the_query_said_is_escaped_on_the_page(client):
    answer = await client.get("/livez", params={"<b>x</b>": "1"}, headers={"Accept": BROWSER})
    assert "<b>" not in answer.text


async def test_allow_names_every_method_of_an_address():
    app = services.build("reporting").app
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        answer = await client.delete("/api/v1/rebuild")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"
