"""Files of historic cases: what is read, what is refused and where, and that writing and reading agree."""

import io
import json
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redress.importing.columns import COLUMNS, HeaderError
from redress.importing.files import encoding_of, format_of, lines
from redress.importing.parsing import Row, RowError, parse
from redress.importing.writing import write_csv, write_json_lines
from shared.events.codes import Channel, Kind, OmbudsmanDecision, Outcome, Provenance
from shared.events.historic import HistoricCase, HistoricOmbudsman, HistoricRemedy, HistoricStage

CODES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,12}", fullmatch=True)
DAYS = st.dates(date(2015, 1, 1), date(2026, 1, 1))


def after(start, days):
    return start + timedelta(days)


@st.composite
def remedies(draw, since):
    """Up to two remedies of what happened on a day."""
    found = []
    for _ in range(draw(st.integers(0, 2))):
        agreed = since + timedelta(draw(st.integers(0, 5)))
        later = st.none() | st.integers(0, 60).map(partial(after, agreed))
        ended = draw(later)
        done = draw(st.booleans())
        found.append(
            HistoricRemedy(
                kind=draw(CODES),
                agreed_on=agreed if agreed > since else draw(st.sampled_from([None, agreed])),
                due_on=agreed + timedelta(draw(st.integers(0, 60))),
                done_on=ended if done else None,
                not_done_on=None if done else ended,
            )
        )
    return found


@st.composite
def cases(draw):
    received, kind = draw(DAYS), draw(st.sampled_from(Kind))
    closed = draw(st.none() | st.integers(200, 400).map(lambda n: received + timedelta(n)))
    stages, start = [], received
    for _ in range(draw(st.integers(0, 3))):
        start += timedelta(draw(st.integers(0, 20)))
        due = draw(st.none() | st.integers(0, 30).map(partial(after, start)))
        responded = draw(st.none() | st.integers(0, 60).map(partial(after, start)))
        later = st.none() | st.integers(0, 20).map(partial(after, start))
        stages.append(
            HistoricStage(
                stage=draw(CODES),
                started_on=start,
                acknowledged_on=draw(later),
                due_on=due,
                extended_to=due and draw(st.none() | st.just(due + timedelta(10))),
                extension_told_on=draw(later),
                responded_on=responded,
                outcome=responded and draw(st.none() | st.sampled_from(Outcome)),
            )
        )
    for n, stage in enumerate(stages[:-1]):
        between = stages[n + 1].started_on
        done = (stage.started_on, stage.acknowledged_on, stage.extension_told_on, stage.responded_on)
        if max(filter(None, done)) <= between and draw(st.booleans()):
            stages[n] = stage.model_copy(update={"closed_on": between})
    referrals = []
    for _ in range(draw(st.integers(0, 2))):
        notified = received + timedelta(draw(st.integers(0, 100)))
        decided = draw(st.none() | st.just(notified + timedelta(50)))
        decision = draw(st.sampled_from(OmbudsmanDecision)) if decided else None
        upheld = decision is OmbudsmanDecision.UPHELD
        referrals.append(
            HistoricOmbudsman(
                received_on=notified,
                decided_on=decided,
                decision=decision,
                reference=draw(st.none() | st.from_regex(r"[0-9]{2} [0-9]{3} [0-9]{3}", fullmatch=True)),
                satisfactory_remedy=draw(st.none() | st.booleans()) if upheld else None,
                remedies=draw(remedies(decided)) if upheld and kind is Kind.COMPLAINT else (),
            )
        )
    return HistoricCase(
        source_id=draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,30}", fullmatch=True)),
        kind=kind,
        procedure=draw(CODES),
        channel=draw(st.sampled_from(Channel)),
        received_on=received,
        closed_on=closed,
        outcome=closed and draw(st.none() | st.sampled_from(Outcome)),
        service_area=draw(CODES),
        district=draw(CODES),
        complainant_type=draw(CODES),
        themes=draw(st.lists(CODES, max_size=3)),
        formal=draw(st.booleans()),
        joint_nhs=draw(st.booleans()),
        refusal_reason=draw(st.none() | CODES),
        stages=stages,
        ombudsman=referrals,
        learning_tags=draw(st.lists(CODES, max_size=2)),
        remedies=draw(remedies(closed)) if closed and kind is Kind.COMPLAINT else (),
        provenance=draw(st.sampled_from(Provenance)),
    )


FILES = st.lists(cases(), max_size=5, unique_by=lambda case: case.source_id)


@given(FILES)
def test_what_is_written_as_csv_is_read_back(written):
    text = io.StringIO()
    write_csv(written, text)
    read = list(parse(text.getvalue().splitlines(keepends=True), "csv"))
    assert read == [Row(n, case) for n, case in enumerate(written, 2)]


@given(FILES)
def test_what_is_written_as_json_lines_is_read_back(written):
    text = io.StringIO()
    write_json_lines(written, text)
    assert list(parse(text.getvalue().splitlines(), "jsonl")) == [Row(n, c) for n, c in enumerate(written, 1)]


@given(st.lists(st.text(max_size=60), max_size=6), st.integers(0, 6))
def test_no_text_ends_the_reading_or_hides_a_good_row(junk, at):
    good = '{"source_id":"good","kind":"complaint","procedure":"corporate","received_on":"2023-01-03"}'
    rows = [line.replace("\n", " ").replace("\r", " ") for line in junk]
    rows.insert(at, good)
    read = list(parse(rows, "jsonl"))
    assert [p.case.source_id for p in read if isinstance(p, Row)] == ["good"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), max_size=6), st.integers(0, 6))
def test_no_csv_line_hides_a_good_row(junk, at):
    rows = [line.replace("\n", " ").replace("\r", " ") + "\n" for line in junk]
    rows.insert(at, "good,complaint,corporate,2023-01-03\n")
    read = list(parse(["source_id,kind,procedure,received_on\n", *rows], "csv"))
    assert [p.case.source_id for p in read if isinstance(p, Row)] == ["good"]


HEADER = "source_id,kind,procedure,received_on,closed_on,outcome,stage_1_name,stage_1_started_on,stage_1_due_on"


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("a,complaint,corporate,2023-02-30,,,,,", "received_on", "there is no day '2023-02-30'"),
        ("a,complaint,corporate,March,,,,,", "received_on", "'March' is not a date"),
        ("a,grumble,corporate,2023-01-03,,,,,", "kind", "'grumble' is not one of 'complaint'"),
        ("a,complaint,Corporate!,2023-01-03,,,,,", "procedure", "'Corporate!' is not of the form"),
        (",complaint,corporate,2023-01-03,,,,,", "source_id", "it is missing"),
        ("a,complaint,corporate,2023-01-03,2023-01-02,,,,", "", "closed_on 2023-01-02 is before received_on"),
        ("a,complaint,corporate,2023-01-03,,upheld,,,", "", "an outcome needs closed_on"),
        ("a,complaint,corporate,2023-01-03,,,stage-1,,2023-01-20", "stage_1_started_on", "it is missing"),
        ("a,complaint,corporate,2023-01-03", "", "it has 4 cells, the header has 9"),
        ('a,"complaint,corporate,2023-01-03,,,,,', "", "not readable as CSV: unexpected end of data"),
    ],
)
def test_a_wrong_row_is_reported_with_its_line_and_column_and_the_others_go_in(row, column, reason):
    good = "{},complaint,corporate,03/01/2023,,,,,\n"
    read: list[Any] = list(parse([HEADER + "\n", good.format("x"), row + "\n", "\n", good.format("y")], "csv"))
    assert [type(p) for p in read] == [Row, RowError, Row]
    assert [p.line for p in read] == [2, 3, 5]
    assert read[1].column == column
    assert read[1].reason.startswith(reason)
    assert read[2].case.received_on == date(2023, 1, 3)


UPHELD = "source_id,kind,procedure,received_on,closed_on,ombudsman_1_received_on,ombudsman_1_decided_on,ombudsman_1_decision"


@pytest.mark.parametrize(
    ("more", "cells", "column", "reason"),
    [
        ("ombudsman_1_reference", "24-017-112", "ombudsman_1_reference", "'24-017-112' is not of the form"),
        (
            "ombudsman_1_satisfactory_remedy",
            "perhaps",
            "ombudsman_1_satisfactory_remedy",
            "'perhaps' is neither yes nor no",
        ),
        ("ombudsman_1_remedy_1_kind", "apology", "ombudsman_1_remedy_1_due_on", "it is missing"),
        ("ombudsman_1_remedy_1_due_on", "01/04/2023", "ombudsman_1_remedy_1_kind", "it is missing"),
        (
            "ombudsman_1_remedy_1_due_on",
            "31/04/2023",
            "ombudsman_1_remedy_1_due_on",
            "there is no day '31/04/2023'",
        ),
        (
            "ombudsman_1_remedy_2_kind,ombudsman_1_remedy_2_due_on",
            "apology,2023-04-01",
            "ombudsman_1_remedy_1",
            "it is empty, but a later one is filled",
        ),
        (
            "ombudsman_1_remedy_1_kind,ombudsman_1_remedy_1_due_on,ombudsman_1_remedy_1_done_on",
            "apology,2023-04-01,2023-02-27",
            "ombudsman_1",
            "remedy 1: done_on 2023-02-27 is before the remedy was agreed or recommended on 2023-02-28",
        ),
        (
            "ombudsman_1_remedy_1_kind,ombudsman_1_remedy_1_due_on,ombudsman_1_remedy_1_agreed_on",
            "apology,2023-04-01,2023-02-27",
            "ombudsman_1",
            "remedy 1: agreed_on 2023-02-27 is before the Ombudsman decided on 2023-02-28",
        ),
        (
            "remedy_1_kind,remedy_1_due_on,remedy_1_agreed_on,remedy_1_done_on",
            "apology,2023-03-01,2023-02-01,2023-01-31",
            "remedy_1",
            "done_on 2023-01-31 is before the remedy was agreed or recommended on 2023-02-01",
        ),
        (
            "remedy_1_kind,remedy_1_due_on,remedy_1_done_on,remedy_1_not_done_on",
            "apology,2023-03-01,2023-02-28,2023-03-02",
            "remedy_1",
            "it was done on one day or not done on another",
        ),
    ],
)
def test_a_wrong_remedy_is_reported_with_its_line_and_column(more, cells, column, reason):
    row = "{},complaint,corporate,2023-01-03,2023-01-20,2023-02-01,2023-02-28,upheld,"
    count = more.count(",")
    read: list[Any] = list(parse([f"{UPHELD},{more}", row.format("x") + "," * count, row.format("a") + cells], "csv"))
    assert [type(p) for p in read] == [Row, RowError]
    assert (read[1].line, read[1].column) == (3, column)
    assert read[1].reason.startswith(reason)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"decision": "not-upheld"}, "remedies: only a complaint that the Ombudsman upheld has any"),
        (
            {"decided_on": None, "decision": None},
            "remedies: only a complaint that the Ombudsman upheld has any",
        ),
        (
            {"remedies": [], "decision": "not-upheld", "satisfactory_remedy": True},
            "satisfactory_remedy: only",
        ),
    ],
)
def test_only_what_the_ombudsman_upheld_has_a_remedy(change, reason):
    referral = {
        "received_on": "2023-02-01",
        "decided_on": "2023-02-28",
        "decision": "upheld",
        "remedies": [{"kind": "apology", "due_on": "2023-04-01"}],
    }
    row = {"source_id": "a", "kind": "complaint", "procedure": "corporate", "received_on": "2023-01-03"}
    lines = [
        {**row, "ombudsman": [{**referral, **change}]},
        {**row, "source_id": "b", "ombudsman": [referral]},
    ]
    read: list[Any] = list(parse(map(json.dumps, lines), "jsonl"))
    assert [type(p) for p in read] == [RowError, Row]
    assert (read[0].column, read[0].reason.startswith(reason)) == ("ombudsman[0]", True), read[0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "enquiry", "procedure": "freedom-of-information"}, "remedies: only a complaint has any"),
        ({}, "remedy 1: agreed_on is missing, and nothing else says when it was agreed"),
        ({"closed_on": "2023-05-01"}, "remedy 1: due_on 2023-04-01 is before the remedy was agreed"),
        (
            {"remedies": [{"kind": "apology", "agreed_on": "2023-01-02", "due_on": "2023-04-01"}]},
            "remedy 1: agreed_on 2023-01-02 is before the complaint was received",
        ),
        (
            {
                "remedies": [],
                "stages": [{"stage": "request", "started_on": "2023-01-03", "closed_on": "2023-02-01"}],
            },
            "stage 1: closed_on is for a case that went on",
        ),
    ],
)
def test_a_row_whose_parts_do_not_fit_is_reported(change, reason):
    row = {
        "source_id": "a", "kind": "complaint", "procedure": "corporate", "received_on": "2023-01-03",
        "remedies": [{"kind": "apology", "due_on": "2023-04-01"}],
    }  # fmt: skip
    (read,) = parse([json.dumps({**row, **change})], "jsonl")
    assert isinstance(read, RowError)
    assert read.reason.startswith(reason), read.reason


def test_a_file_holds_no_more_than_there_are_columns_for():
    remedy = HistoricRemedy(kind="apology", agreed_on=date(2023, 2, 1), due_on=date(2023, 3, 1))
    case = HistoricCase(
        source_id="a",
        kind="complaint",
        procedure="corporate",
        received_on=date(2023, 1, 3),
        remedies=[remedy] * 3,
    )
    with pytest.raises(ValueError, match="a has more remedies than CSV has columns for"):
        write_csv([case], io.StringIO())


def test_json_lines_name_the_place_and_take_no_number_for_a_date():
    row = '{"source_id":"a","kind":"complaint","procedure":"corporate","received_on":"2023-01-03",'
    read: list[Any] = list(
        parse(
            [
                row + '"stages":[{"stage":"stage-1","started_on":19000}]}',
                row + '"colour":"red"}',
                "{",
                "[]",
            ],
            "jsonl",
        )
    )
    assert [p.column for p in read] == ["stages[0].started_on", "colour", "", ""]
    assert str(read[1]) == "line 2: colour: it is not known"


def test_a_source_id_stands_once_in_a_file():
    header = "source_id,kind,procedure,received_on"
    row = "a,complaint,corporate,2023-01-03"
    read = list(parse([header, row, row], "csv"))
    assert read[1] == RowError(3, "source_id", "'a' stands on line 2 already")


def test_a_stage_left_out_is_reported():
    header = "source_id,kind,procedure,received_on,stage_1_name,stage_2_name,stage_2_started_on"
    read = list(parse([header, "a,complaint,corporate,2023-01-03,,stage-2,2023-01-04"], "csv"))
    assert read == [RowError(2, "stage_1", "it is empty, but a later one is filled")]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("source_id,kind,procedure,recieved_on", "'recieved_on' is not known; did you mean 'received_on'?"),
        ("source_id,kind,,procedure,received_on", "column 3 has no name"),
        ("source_id,kind,kind,procedure,received_on", "column 'kind' stands there twice"),
        ("source_id,kind,procedure", "column 'received_on' is missing"),
        ("source_id;kind;procedure;received_on", "not separated by commas"),
        ('source_id,"kind', "line 1 is not readable as CSV"),
    ],
)
def test_a_wrong_header_is_reported(header, message):
    with pytest.raises(HeaderError, match=message.replace("?", r"\?")):
        list(parse([header], "csv"))


def test_a_header_may_be_in_capitals_and_begin_with_a_byte_order_mark():
    read: list[Any] = list(parse(["\ufeffSource_ID, Kind,PROCEDURE,received_on", "a,complaint,corporate,2023-01-03"], "csv"))
    assert isinstance(read[0], Row)


def test_the_encoding_is_found_over_the_whole_file(tmp_path):
    file = tmp_path / "old.csv"
    file.write_bytes(b"x" * (1 << 20) + "é".encode() + b"\n")
    assert encoding_of(file) == "utf-8-sig"
    file.write_bytes(b"x" * (1 << 20) + "é".encode("cp1252") + b"\x81\n")
    assert encoding_of(file) == "cp1252"
    assert next(lines(file, "cp1252")).endswith("é\ufffd\n")


def test_the_format_is_read_from_the_name(tmp_path):
    assert format_of(tmp_path / "a.CSV") == "csv"
    assert format_of(tmp_path / "a.jsonl") == "jsonl"
    with pytest.raises(ValueError, match=r"should end in \.csv or \.jsonl"):
        format_of(tmp_path / "a.xlsx")


def test_the_columns_cover_every_field_of_a_case():
    assert len(COLUMNS) == len(set(COLUMNS)) == 16 + 3 * 9 + 2 * (5 + 2 * 5) + 2 * 5
