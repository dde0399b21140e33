"""Figures of reporting, as the whole platform gives them now."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.calendar.london import financial_year

THIS_YEAR = financial_year(datetime.now(UTC).date())


async def received(running):
    answer = await running.http.get(f"{running.url('reporting')}/api/v1/annual", params={"year": THIS_YEAR})
    report = answer.json()
    return next((f["value"] for f in report["figures"] if f["id"] == "corporate.dissatisfaction"), None) or 0
