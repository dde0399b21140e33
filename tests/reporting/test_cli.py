"""`redress report` and `redress verify` against a reporting service that really runs."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from itertools import chain

import httpx
import pytest

from shared.store import Store
from tests.reporting.histories import many_cases
from tests.reporting.rig import TOKEN, Rig, expected_of, until
from tests.waiting import PATIENCE


def redress(*args: str, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "REDRESS_TOKEN": token, "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", "redress", *args],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=env,
        check=False,
    )


@pytest.fixture
async def url(rig: Rig, free_port, tmp_path):  # type: ignore[no-untyped-def]
    """The address of a reporting process that has folded some cases."""
    cases = many_cases(30)
    await rig.publish(chain.from_iterable(cases))
    port = free_port()
    tokens = json.dumps(
        {digest: member.model_dump(mode="json") for digest, member in rig.settings.staff_tokens.items()}
    )
    env = {"PATH": os.environ["PATH"], **rig.env, "REDRESS_PORT": str(port), "REDRESS_STAFF_TOKENS": tokens}
    with (tmp_path / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.reporting", env=env, stderr=log
        )
    address = f"http://127.0.0.1:{port}"
    want = sum(
        n for cell, n in expected_of(cases).items() if cell.measure == "received" and not cell.dimensions
    )

    async def folded() -> bool:
        async with httpx.AsyncClient(trust_env=False) as http:
            try:
                answer = await http.get(f"{address}/api/v1/balance")
            except httpx.TransportError:
                return False
            rows = answer.json().get("rows", []) if answer.status_code == 200 else []
            return sum(row["received"] for row in rows if row["kind"] == "complaint") == want

    try:
        await until(folded)
        yield address
    finally:
        process.terminate()
        await process.wait()


async def test_report_and_verify(rig: Rig, url: str) -> None:
    async def run(*args: str, **options: str) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(redress, *args, "--url", url, **options)

    report = await run(
        "report", "annual", "--procedure", "corporate", "--year", "2022/23", "--format", "json"
    )
    assert report.returncode == 0, report.stderr
    assert json.loads(report.stdout)["procedure"] == "corporate"
    table = await run("report", "annual", "--year", "2022-23", "--as-at", "2023-06-30", "--format", "csv")
    assert table.stdout.startswith("year,procedure,section,id,")
    page = await run("report", "annual", "--year", "2022/23", "--format", "html")
    assert "<h1" in page.stdout
    unknown = await run("report", "annual", "--year", "2022/23", "--procedure", "housing")
    assert (unknown.returncode, "no procedure 'housing'" in unknown.stderr) == (2, True)

    good = await run("verify")
    assert good.returncode == 0, good.stdout + good.stderr
    assert "0 differ; the balance has 0 mismatches" in good.stdout
    refused = await run("verify", token="wrong")
    assert refused.returncode == 2
    store = Store(rig.mongo_url, rig.database_prefix)
    await store.database("reporting")["slices"].update_one(
        {"year": "2022/23"}, {"$inc": {"cells.2022-06.stock-received|corporate|kind=complaint": 1}}
    )
    store.close()
    bad = await run("verify", "--json")
    answer = json.loads(bad.stdout)
    assert bad.returncode == 1
    assert [one["cell"] for one in answer["differences"]] == [
        "2022-06|stock-received|corporate|kind=complaint"
    ]
    assert answer["balance_mismatches"] > 0


def test_nobody_answers(free_port) -> None:  # type: ignore[no-untyped-def]
    nothing = redress("verify", "--url", f"http://127.0.0.1:{free_port()}")
    assert nothing.returncode == 5
    assert "does not answer" in nothing.stderr
    assert "Traceback" not in nothing.stderr
