"""A body that is too large is refused by every service, with a problem document, however it is sent."""

import httpx
import pytest

from redress.contracts import services
from shared.web.body_limit import MAX_BODY_BYTES


def posting(app):
    """The paths of an application that take a JSON body."""
    for path, operations in app.openapi()["paths"].items():
        if "application/json" in operations.get("post", {}).get("requestBody", {}).get("content", {}):
            yield path.replace("{", "").replace("}", "")


async def chunks(size):
    for _ in range(size // 1024):
        yield b"[" * 1024


@pytest.mark.parametrize("name", services.SERVICES)
async def test_every_service_refuses_a_body_that_is_too_large(name):
    app = services.build(name).app
    path = next(posting(app))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        headers = {"content-type": "application/json"}
        whole = await client.post(path, content=b"[" * (MAX_BODY_BYTES + 1), headers=headers)
        endless = await client.post(path, content=chunks(MAX_BODY_BYTES + 1024), headers=headers)
        for answer in (whole, endless):
            assert answer.status_code == 413, (path, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["type"] == "urn:redress:problem:request-entity-too-large"
            assert answer.json()["detail"] == "The request is larger than 1 MB."
        assert "connection" not in whole.headers
        assert endless.headers["connection"] == "close"
        fits = await client.post(path, content=b"[" * MAX_BODY_BYTES, headers=headers)
        assert fits.status_code != 413


async def test_files_that_are_too_large_together_are_answered_with_a_page():
    app = services.build("intake").app
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        answer = await client.post("/feedback", files={"files": ("a.txt", b"x" * 102 * 1024**2, "text/plain")})
        assert answer.status_code == 413
        assert "Your files are too large" in answer.text
        upload = await client.post("/api/v1/attachments", files={"file": ("a.txt", b"x" * 11 * 1024**2)})
        assert upload.json()["detail"] == "The request is larger than 10 MB."
