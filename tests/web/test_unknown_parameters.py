"""A filter that was not understood never means everything: on no route of any service."""

import httpx
import pytest
from fastapi.routing import APIRoute

from redress.contracts import services


def routes(app):
    included = [router.original_router for router in app.routes if hasattr(router, "original_router")]
    return [route for router in included for route in router.routes if isinstance(route, APIRoute)]


@pytest.mark.parametrize("name", services.SERVICES)
async def test_every_route_refuses_a_parameter_that_it_does_not_have(name):
    app = services.build(name).app
    assert len(routes(app)) > 5
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        for route in routes(app):
            path = route.path_format.format_map(dict.fromkeys(route.param_convertors, "x"))
            for method in route.methods:
                answer = await client.request(method, path, params={"colour": "blue"})
                assert answer.status_code == 422, (method, path)
                problem = answer.json()
                assert problem["type"] == "urn:redress:problem:unknown-parameter"
                assert problem["errors"][0]["pointer"] == "query/colour"


async def test_the_known_ones_are_named_and_the_nearest_is_offered():
    app = services.build("workflow").app
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        problem = (await client.get("/api/v1/cases", params={"stauts": "open"})).json()
    assert "status" in problem["detail"]
    assert "did you mean status?" in problem["errors"][0]["detail"]
