"""A client that retries while processes are killed, and what must hold afterwards."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import httpx

from shared.calendar.london import financial_year
from tests.waiting import PATIENCE

THIS_YEAR = financial_year(datetime.now(UTC).date())


async def figures(running):
    """Complaints received and lessons asked for, as reporting shows them now."""
    answer = await running.http.get(f"{running.url('reporting')}/api/v1/annual", params={"year": THIS_YEAR})
    found = {f["id"]: f["value"] or 0 for f in answer.json()["figures"]}
    return found["corporate.dissatisfaction"], found["learning.requested"]


async def keep_trying(ask, within=PATIENCE):
    """A client that retries until it is answered, as it may because a retry is the same item."""
    async with asyncio.timeout(within):
        while True:
            try:
                answer = await ask()
                if answer.status_code < 500:
                    return answer
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)


async def holds(running, expected):
    """Reporting shows `expected`, goes on showing it, and agrees with the log and with its own balance."""

    async def as_expected():
        return await figures(running) == expected

    try:
        await running.until(as_expected)
    except TimeoutError:
        raise AssertionError(f"expected {expected}, reporting shows {await figures(running)}") from None
    await asyncio.sleep(1.0)
    assert await figures(running) == expected
    verified = await keep_trying(lambda: running.http.post(f"{running.url('reporting')}/api/v1/verify"))
    assert not verified.json().get("differences"), verified.text
    balance = await keep_trying(lambda: running.http.get(f"{running.url('reporting')}/api/v1/balance"))
    assert balance.json()["mismatches"] == 0, balance.text
