"""A closed year under another rulebook: the same days, asked otherwise; and nothing is written."""

import asyncio
import json
import os
import sys
from datetime import UTC, date, datetime

import pytest
from typer.testing import CliRunner

from redress.__main__ import build
from redress.what_if.replay import Known, compare
from services.workflow.rulebook.load import FOLDER, parse
from shared.calendar.holidays import published
from tests.waiting import PATIENCE
from tests.workflow.case_rig import BOOKS, Desk, imported
from tests.workflow.service_rig import TOKENS

CODE = BOOKS.get("corporate-code-2024", 1)
OLD = BOOKS.get("corporate-2022", 1)
BASE = {
    "kind": "complaint",
    "procedure": "corporate",
    "channel": "email",
    "provenance": "imported",
}


def row(n, received, stages, closed, **more):
    return {
        **BASE,
        "source_id": f"row-{n}",
        "received_on": received,
        "stages": stages,
        "closed_on": closed,
        **more,
    }


def stage(code, started, responded, acknowledged=None, **more):
    return {
        "stage": code,
        "started_on": started,
        "responded_on": responded,
        "acknowledged_on": acknowledged,
        **more,
    }


IN_BOTH = row(
    1,
    "2022-05-03",
    [stage("stage-1", "2022-05-03", "2022-05-10", "2022-05-04", outcome="upheld")],
    "2022-05-10",
    outcome="upheld",
)
LATE_NOW = row(
    2,
    "2022-05-03",
    [stage("stage-1", "2022-05-03", "2022-05-24", "2022-05-04", due_on="2022-06-01", outcome="upheld")],
    "2022-05-24",
    outcome="upheld",
)
NEXT_YEAR = row(
    3,
    "2023-05-03",
    [stage("stage-1", "2023-05-03", "2023-05-24", "2023-05-04", outcome="upheld")],
    "2023-05-24",
    outcome="upheld",
)
OPEN = row(4, "2022-05-03", [stage("stage-1", "2022-05-03", None, "2022-05-04")], None)
INFORMAL = row(
    5,
    "2022-06-06",
    [stage("informal", "2022-06-06", "2022-06-08", outcome="resolved")],
    "2022-06-08",
    outcome="resolved",
    formal=False,
)
ROWS = [IN_BOTH, LATE_NOW, NEXT_YEAR, OPEN, INFORMAL]


def known(fields):
    desk = Desk().bring(**fields)
    return Known(desk.case.case_id, desk.case.reference, desk.facts)


def test_the_same_days_under_the_code():
    cases = [known(r) for r in ROWS]
    found = compare(cases, "2022/23", CODE, published())
    assert found.cases == 3
    assert {d.case_id for d in found.differences} >= {cases[1].case_id}
    late = next(d for d in found.differences if d.case_id == cases[1].case_id)
    assert (late.replayed.timeliness, late.replayed.due_on) == ("late", date(2022, 5, 18))
    assert (late.recorded.timeliness, late.recorded.due_on) == ("within-standard", date(2022, 6, 1))
    # What was resolved outside the formal procedure is stage 1 under the Code: the series breaks here.
    assert sum(found.replayed["stage-1"].values()) == 3
    assert "informal" not in found.replayed
    assert sum(found.recorded["informal"].values()) == 1


def test_a_case_that_is_merged_into_another_is_answered_there():
    first, second = (Desk().open(date(2022, 5, d)) for d in (3, 4))
    second.do(
        "merge",
        date(2022, 5, 5),
        into=first.case.reference,
        other=first,
        declare=("same-matter",),
    )
    first.do("resolve", date(2022, 5, 6))
    cases = [Known(d.case.case_id, d.case.reference, d.facts) for d in (first, second)]
    assert compare(cases, "2022/23", OLD, published()).cases == 1


def test_a_year_under_its_own_rulebook_differs_in_nothing():
    cases = [known(r) for r in ROWS if r is not LATE_NOW]
    found = compare(cases, "2022/23", OLD, published())
    assert [(d.recorded, d.replayed) for d in found.differences] == []
    assert found.recorded == found.replayed


def test_an_extension_that_counted_reaches_no_further_than_the_other_rules_cap():
    extended = stage(
        "stage-1", "2022-05-03", "2022-06-21", "2022-05-04",
        outcome="upheld", extended_to="2022-06-30", extension_told_on="2022-05-10",
    )  # fmt: skip
    case = known(row(6, "2022-05-03", [extended], "2022-06-21", outcome="upheld"))
    text = (FOLDER / "corporate-code-2024.yaml").read_text()
    strict = parse(text.replace("      beyond_cap: good-reason\n", ""))
    (only,) = compare([case], "2022/23", strict, published()).differences
    # Ten working days from the acknowledgement and ten more.
    assert (only.replayed.timeliness, only.replayed.due_on) == ("late", date(2022, 6, 1))
    assert compare([case], "2022/23", CODE, published()).replayed["stage-1"] == {"within-extension": 1}


def test_a_response_without_a_recorded_acknowledgement_counts_from_when_it_should_have_been():
    case = known(
        row(
            7,
            "2022-05-03",
            [stage("stage-1", "2022-05-03", "2022-05-25", outcome="upheld")],
            "2022-05-25",
            outcome="upheld",
        )
    )
    found = compare([case], "2022/23", CODE, published())
    # The last day to acknowledge was 10 May; ten working days from there are over on 24 May.
    assert found.replayed["stage-1"] == {"late": 1}


def command(url, *arguments):
    return CliRunner().invoke(build(), ["what-if", *arguments, "--url", url], env={"REDRESS_TOKEN": TOKENS["officer-1"]})


async def of_its_own(url, *arguments):
    """What the command prints, as a process of its own: the service in this one logs to standard output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "redress", "what-if", *arguments, "--url", url),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "REDRESS_TOKEN": TOKENS["officer-1"]},
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    return printed.decode()


async def test_the_command_reads_workflow_and_writes_nothing(workflow):
    asked = ("--year", "2022/23", "--procedure", "corporate", "--rulebook", "corporate-code-2024")
    async with workflow.running(socket=True) as client:
        url = str(client.base_url)
        await workflow.publish(*(imported(**r) for r in ROWS))
        collection = workflow.store.database("workflow")["cases"]
        async with asyncio.timeout(PATIENCE):
            # A case that was imported open publishes what its clocks missed before it is quiet.
            while (
                await collection.count({}) < len(ROWS)
                or await collection.count({"timer_at": {"$lte": datetime.now(UTC)}})
                or await collection.count({"outbox.0": {"$exists": True}})
            ):
                await asyncio.sleep(0.1)
        before = [d async for d in collection.find({}, projection={"case": 1}, sort=[("_id", 1)])]
        log = len(await workflow.published_on())
        answer = await of_its_own(url, *asked, "--json")
        result = json.loads(answer)
        assert result["replayed"]["stage-1"]["responses"] == 3
        late = [d for d in result["differences"] if d["replayed"]["timeliness"] == "late"]
        assert [d["case_id"] for d in late] == [str(known(LATE_NOW).case_id)]
        shown = await of_its_own(url, *asked)
        assert "as recorded and under" in shown
        assert [d async for d in collection.find({}, projection={"case": 1}, sort=[("_id", 1)])] == before
        assert len(await workflow.published_on()) == log


@pytest.mark.parametrize(
    ("year", "rulebook", "code"),
    [
        ("2022-24", "corporate-code-2024", 2),
        ("2098/99", "corporate-code-2024", 2),
        ("2022/23", "no-such-rulebook", 2),
        pytest.param("2022/23", "corporate-code-2024", 5, marks=pytest.mark.servers),
    ],
)
def test_what_cannot_be_replayed_is_reported(year, rulebook, code):
    answer = command("http://127.0.0.1:9", "--year", year, "--procedure", "corporate", "--rulebook", rulebook)
    assert answer.exit_code == code
