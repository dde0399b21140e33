"""What a service counts of its requests, and where it shows it: labels are routes that there are, whatever is asked."""

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.app import create_app
from services.reporting.settings import ReportingSettings
from shared.errors import SettingsFault
from shared.service.main import serve_metrics


def made(**changes):
    app = create_app(ReportingSettings(**changes))
    app.state.runtime.store.close()
    return app


def asking(app):
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://reporting")


def counted(app):
    return {
        (sample.labels["method"], sample.labels["route"])
        for metric in app.state.runtime.metrics.http_requests.collect()
        for sample in metric.samples
    }


KNOWN = counted(made())
APP = made()


@settings(max_examples=50, deadline=None)
@given(
    st.from_regex(r"[A-Z]{1,9}", fullmatch=True),
    st.sampled_from(["/", "/years/", "/api/v1/", "/assets/", "/livez/", "//"]),
    st.text("abcXYZ019/.-_~", max_size=12),
)
async def test_no_request_makes_a_label_of_its_own(method, start, rest):
    async with asking(APP) as http:
        await http.request(method, start + rest)
    methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"}
    routes = {route for _, route in KNOWN} | {"/livez", "/readyz", "/metrics", "unmatched"}
    assert {method for method, _ in counted(APP)} <= methods
    assert {route for _, route in counted(APP)} <= routes


async def test_metrics_are_where_everything_else_is_unless_they_have_a_port(free_port):
    async with asking(made()) as http:
        assert "redress_ready" in (await http.get("/metrics")).text
    port = free_port()
    app = made(metrics_port=port)
    server = serve_metrics(app.state.settings, app)
    try:
        async with asking(app) as http:
            assert (await http.get("/metrics")).status_code == 404
            assert (await http.get("/livez")).status_code == 200
        async with httpx.AsyncClient(trust_env=False) as http:
            assert "redress_http_requests_total{" in (await http.get(f"http://127.0.0.1:{port}/metrics")).text
        with pytest.raises(SettingsFault, match=r"^REDRESS_METRICS_PORT: .*in use"):
            serve_metrics(app.state.settings, app)
    finally:
        server.shutdown()
        server.server_close()
