"""Accepted-to-visible latency at a fixed rate of arrivals. How it is measured: README.md in this folder."""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import statistics
import time
import uuid
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import httpx

from shared.calendar.london import financial_year

ASK_SECONDS = 0.02


async def total(client: httpx.AsyncClient, reporting: str, year: str) -> int:
    answer = await client.get(f"{reporting}/api/v1/annual", params={"year": year, "procedure": "corporate"})
    if answer.status_code == 404:
        return 0
    figures = {figure["id"]: figure["value"] for figure in answer.json()["figures"]}
    return figures["corporate.dissatisfaction"] or 0


async def measure(intake: str, reporting: str, rate: int, seconds: int) -> dict[str, object]:
    year = financial_year(datetime.now(UTC).date())
    # Shorter than any server keeps an idle connection, so that none is closed under a request.
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200, keepalive_expiry=2)
    async with httpx.AsyncClient(timeout=60, trust_env=False, limits=limits) as client:
        before = await total(client, reporting, year)
        accepted: list[float] = []
        answered: list[float] = []

        async def one() -> None:
            began = time.perf_counter()
            answer = await client.post(
                f"{intake}/api/v1/feedback",
                json={"kind": "complaint", "narrative": "The road outside was left open for a week. " * 8},
                headers={"Idempotency-Key": uuid.uuid4().hex},
            )
            answer.raise_for_status()
            accepted.append(time.perf_counter())
            answered.append(accepted[-1] - began)

        visible: list[tuple[float, int]] = []
        wanted = rate * seconds

        async def watch() -> None:
            while not visible or visible[-1][1] < wanted:
                found = await total(client, reporting, year) - before
                visible.append((time.perf_counter(), found))
                await asyncio.sleep(ASK_SECONDS)

        watching = asyncio.create_task(watch())
        began = time.perf_counter()
        tasks = []
        for n in range(wanted):
            await asyncio.sleep(max(0.0, began + n / rate - time.perf_counter()))
            tasks.append(asyncio.create_task(one()))
        await asyncio.gather(*tasks)
        await asyncio.wait_for(watching, 120)
        await asyncio.sleep(1)
        risen = await total(client, reporting, year) - before
    if risen != wanted:
        raise SystemExit(f"accepted {wanted}, but the total rose by {risen}: no time counts")
    latencies, seen = [], 0
    for k, moment in enumerate(sorted(accepted), start=1):
        while visible[seen][1] < k:
            seen += 1
        latencies.append(max(0.0, visible[seen][0] - moment))
    return {
        "rate_per_second": rate,
        "complaints": wanted,
        "accepted_to_visible_ms": quantiles(latencies),
        "answer_ms": quantiles(answered),
        "python": platform.python_version(),
        "machine": platform.machine(),
        **{name: version(name) for name in ("faststream", "aiokafka", "motor", "fastapi", "pydantic")},
    }


def quantiles(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=100)
    return {
        "p50": round(cuts[49] * 1000, 1),
        "p99": round(cuts[98] * 1000, 1),
        "max": round(max(values) * 1000, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(".redress"), help="the home of the running platform")
    parser.add_argument("--rate", type=int, default=50, help="arrivals a second")
    parser.add_argument("--seconds", type=int, default=30)
    options = parser.parse_args()
    urls = json.loads((options.home / "ready.json").read_text())["urls"]
    found = asyncio.run(measure(urls["intake"], urls["reporting"], options.rate, options.seconds))
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
