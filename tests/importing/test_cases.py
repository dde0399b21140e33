"""Files with days and codes that no council has: each row is refused with the column that a person knows."""

from datetime import date
from pathlib import Path

import pytest

from redress.cli.import_ import _placed
from redress.importing.parsing import Row, RowError, parse
from services.intake.rows import fault
from shared.taxonomy.codes import Codes

CASES = Path(__file__).parent / "cases"
TODAY = date(2026, 11, 27)
HEADER = "source_id,kind,procedure,received_on,closed_on,ombudsman_1_received_on,ombudsman_1_decided_on,ombudsman_1_decision"
REMEDY = "source_id,kind,procedure,received_on,closed_on,remedy_1_kind,remedy_1_due_on,remedy_1_done_on"


def refusals(text, day=TODAY, first_year=1990):
    """Line, column and reason of each row that is refused, by what reads the file and by what intake checks."""
    found = []
    for row in parse(text.splitlines(keepends=True), "csv"):
        if isinstance(row, RowError):
            found.append((row.line, row.column, row.reason))
        elif isinstance(row, Row) and (error := fault(row.case, Codes(None), day, first_year)):
            found.append((row.line, *_placed(error, nested=False)))
    return found


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("impossible-dates", [(2, "received_on"), (3, "received_on"), (4, "closed_on"), (5, "stage_1_started_on")]),
        ("dry-run-lies", [(2, "service_area"), (3, "received_on"), (4, "procedure")]),
    ],
)
def test_each_row_of_the_cases_is_refused_with_its_column(name, places):
    assert [(line, column) for line, column, _ in refusals((CASES / f"{name}.csv").read_text())] == places


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"{HEADER}\na,complaint,corporate,2024-05-07,2024-06-07,2024-07-01,2030-07-01,upheld\n", "ombudsman_1_decided_on"),
        (f"{HEADER}\na,complaint,corporate,2024-05-07,2024-06-07,28/11/2026,,\n", "ombudsman_1_received_on"),
        (f"{REMEDY}\na,complaint,corporate,2024-05-07,2024-06-07,apology,2024-07-01,2034-07-01\n", "remedy_1_done_on"),
        (f"{REMEDY}\na,complaint,corporate,31/12/1989,,,,\n", "received_on"),
        (f"{REMEDY}\na,complaint,corporate,2024-05-07,2024-06-07,apology,2994-07-01,\n", "remedy_1_due_on"),
    ],
)
def test_any_field_that_holds_a_day_is_checked(text, place):
    ((line, column, _),) = refusals(text)
    assert (line, column) == (2, place)


def test_today_and_the_council_s_first_year_are_taken():
    assert refusals(f"{HEADER}\na,complaint,corporate,01/01/1990,2026-11-27,,,\n") == []
    assert refusals(f"{HEADER}\na,complaint,corporate,01/01/1990,,,,\n", first_year=1991) != []
