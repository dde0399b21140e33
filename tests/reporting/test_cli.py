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

from tests.reporting.histories import many_cases
from tests.reporting.process import reporting
from tests.reporting.rig import TOKEN, Rig, expected_of
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
async def url(rig: Rig, tmp_path):
    """The address of a reporting process that has folded some cases."""
    cases = many_cases(30)
    await rig.publish(chain.from_iterable(cases))
    want = sum(n for cell, n in expected_of(cases).items() if cell.measure == "received" and not cell.dimensions)

    async def folded(http: httpx.AsyncClient) -> bool:
        answer = await http.get("/api/v1/balance")
        rows = answer.json().get("rows", []) if answer.status_code == 200 else []
        return bool(sum(row["received"] for row in rows if row["kind"] == "complaint") == want)

    async with reporting(rig, tmp_path / "log", folded) as address:
        yield address


async def test_report_and_verify(rig: Rig, url: str) -> None:
    async def run(*args: str, **options: str) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(redress, *args, "--url", url, **options)

    report = await run("report", "annual", "--procedure", "corporate", "--year", "2022/23", "--format", "json")
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
    store = rig.store
    await store.database("reporting")["slices"].update_one(
        {"year": "2022/23"}, {"$inc": {"cells.2022-06.stock-received|corporate|kind=complaint": 1}}
    )
    bad = await run("verify", "--json")
    answer = json.loads(bad.stdout)
    assert bad.returncode == 1
    assert [one["cell"] for one in answer["differences"]] == ["2022-06|stock-received|corporate|kind=complaint"]
    assert answer["balance_mismatches"] > 0


def test_nobody_answers(free_port) -> None:
    nothing = redress("verify", "--url", f"http://127.0.0.1:{free_port()}")
    assert nothing.returncode == 5
    assert "does not answer" in nothing.stderr
    assert "Traceback" not in nothing.stderr


def test_a_year_and_a_day_are_read_in_either_form_before_anybody_is_asked(free_port) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    for year, day in (("2022-23", "31/03/2023"), ("2022/23", "2023-03-31")):
        asked = redress("report", "annual", "--year", year, "--as-at", day, "--url", nowhere)
        assert (asked.returncode, "does not answer" in asked.stderr) == (5, True), asked.stderr
    for year, day, why in (
        ("2022", "2023-03-31", "'2022' is not a financial year: write 2022/23 or 2022-23"),
        ("2022/23", "31.03.2023", "'31.03.2023' is not a date"),
        ("2022/23", "31/02/2023", "there is no day '31/02/2023'"),
    ):
        asked = redress("report", "annual", "--year", year, "--as-at", day, "--url", nowhere)
        assert (asked.returncode, why in asked.stderr) == (2, True), asked.stderr
