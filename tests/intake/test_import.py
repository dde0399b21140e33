"""History comes in once, however often it is sent."""

from __future__ import annotations

import json
import time

from redress.importing.parsing import parse
from shared.events.feedback import FeedbackImported
from shared.ids import feedback_id
from tests.intake.service_rig import BEARER
from tests.paths import ROOT


def row(n: int, **changes):
    return {
        "source_id": f"OLD/{n}",
        "kind": "complaint",
        "procedure": "corporate",
        "received_on": "2022-05-09",
        "closed_on": "2022-05-20",
        "outcome": "upheld",
        "district": "preston",
        "themes": ["delay"],
        "stages": [
            {
                "stage": "stage-1",
                "started_on": "2022-05-09",
                "responded_on": "2022-05-20",
                "outcome": "upheld",
            }
        ],
        **changes,
    }


def lines(*rows) -> bytes:
    return b"".join((r if isinstance(r, bytes) else json.dumps(r).encode()) + b"\n" for r in rows)


async def send(intake, *rows):
    answer = await intake.http.post("/api/v1/import", content=lines(*rows), headers=BEARER)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_each_row_is_answered_in_order_and_the_wrong_ones_do_not_stop_the_rest(intake):
    answers = await send(
        intake,
        row(1),
        b"{not json",
        row(2, procedure="none-such"),
        row(3, closed_on="2022-01-01"),
        b"",
        row(4),
        row(1),
        row(1, outcome="not-upheld"),
        row(5, received_on="2999-01-01", closed_on=None, outcome=None, stages=[]),
    )
    assert [a["status"] for a in answers] == [
        "created", "refused", "refused", "refused", "created", "exists", "conflict", "refused",
    ]  # fmt: skip
    assert [a["line"] for a in answers] == [1, 2, 3, 4, 6, 7, 8, 9]
    assert [a["source_id"] for a in answers] == [
        "OLD/1",
        None,
        "OLD/2",
        "OLD/3",
        "OLD/4",
        "OLD/1",
        "OLD/1",
        "OLD/5",
    ]
    assert "none-such" in answers[2]["error"]
    assert answers[0]["feedback_id"] == str(feedback_id("import", "OLD/1"))
    found = await intake.published(2)
    assert sorted(e.data.row.source_id for _, e in found) == ["OLD/1", "OLD/4"]
    envelope = found[0][1]
    assert isinstance(envelope.data, FeedbackImported)
    # Midnight of the London day, in British Summer Time.
    assert envelope.time.isoformat() == "2022-05-08T23:00:00+00:00"
    assert envelope.recorded_at.year > 2022


REQUEST = {"kind": "enquiry", "procedure": "freedom-of-information", "outcome": None, "themes": []}


def stage(name):
    return [{"stage": name, "started_on": "2022-05-09", "responded_on": "2022-05-20"}]


def upheld(*remedies):
    referral = {"received_on": "2022-06-01", "decided_on": "2022-07-01", "decision": "upheld"}
    return [{**referral, "remedies": list(remedies)}]


async def test_what_a_procedure_does_not_know_is_reported_with_its_place(intake):
    apology = {"kind": "apology", "due_on": "2022-08-01"}
    answers = await send(
        intake,
        row(1, **REQUEST, stages=stage("request")),
        row(2, **REQUEST, stages=stage("stage-1")),
        row(3, **REQUEST, stages=stage("request"), refusal_reason="out-of-time"),
        row(4, procedure="freedom-of-information", stages=[]),
        row(5, kind="compliment", themes=[], stages=stage("request")),
        row(6, kind="service-request", themes=[], stages=stage("feedback")),
        row(7, ombudsman=upheld(apology, {**apology, "kind": "gold"})),
        row(8, ombudsman=upheld({**apology, "done_on": "2999-01-01"})),
        row(9, remedies=[{**apology, "done_on": "2022-05-19"}]),
        row(10, remedies=[apology], ombudsman=upheld({**apology, "done_on": "2022-08-02"})),
        row(
            11,
            procedure="mp-correspondence",
            kind="enquiry",
            themes=[],
            stages=[],
            refusal_reason="exemption",
        ),
    )
    errors = {int(a["source_id"].removeprefix("OLD/")): a["error"] for a in answers if a["error"]}
    assert {a["source_id"] for a in answers if a["status"] == "created"} == {"OLD/1", "OLD/6", "OLD/10"}
    assert errors == {
        2: "stages.0.stage: 'stage-1' is no stage of freedom-of-information: request, internal-review",
        3: "refusal_reason: 'out-of-time' is no reason to refuse freedom-of-information: "
        "exemption, cost-limit, unreasonable-or-repeated",
        4: "kind: a case of freedom-of-information is of kind enquiry, not complaint",
        5: "stages.0.stage: 'request' is no stage of compliment of corporate: feedback",
        7: "ombudsman.0.remedies.1.kind: 'gold' is not a code of the list remedy-types; the nearest is 'apology'",
        8: "ombudsman.0.remedies.0.done_on: 2999-01-01 is in the future",
        9: "remedy 1: done_on 2022-05-19 is before the remedy was agreed or recommended on 2022-05-20",
        11: "refusal_reason: 'exemption' is no reason to refuse mp-correspondence: there are none",
    }
    assert len(await intake.published(3)) == 3


async def test_a_second_import_changes_nothing(intake):
    first = await send(intake, row(1), row(2))
    again = await send(intake, row(1), row(2, outcome="partly-upheld"))
    assert [a["status"] for a in first] == ["created", "created"]
    assert [a["status"] for a in again] == ["exists", "conflict"]
    assert again[0]["reference"] == first[0]["reference"]
    assert len(await intake.published(3, within=3)) == 2
    found = await intake.http.get(f"/api/v1/feedback/{first[0]['reference']}")
    assert found.json()["received_on"] == "2022-05-09"


async def test_five_hundred_rows_in_well_under_a_second_and_no_more_than_that(intake):
    started = time.perf_counter()
    answers = await send(intake, *(row(n) for n in range(500)))
    seconds = time.perf_counter() - started
    assert {a["status"] for a in answers} == {"created"}
    assert seconds < 2, seconds
    print(f"500 rows: {seconds:.3f} s")
    many = await intake.http.post("/api/v1/import", content=lines(*(row(n) for n in range(501))), headers=BEARER)
    assert many.status_code == 413
    assert "501 rows" in many.json()["detail"]


def rows_of(name: str) -> list[bytes]:
    with (ROOT / "tests" / "importing" / "cases" / name).open() as file:
        return [one.case.model_dump_json(exclude_defaults=True).encode() for one in parse(file, "csv")]  # type: ignore[union-attr]


IMPOSSIBLE = [
    (row(1, received_on="1022-05-07"), "received_on: 1022-05-07 is before 1990, the council's first year"),
    (row(2, received_on="1922-05-07"), "received_on: 1922-05-07 is before 1990, the council's first year"),
    (row(3, closed_on="2942-05-20"), "closed_on: 2942-05-20 is in the future"),
    (
        row(4, closed_on=None, outcome=None, stages=[{"stage": "stage-1", "started_on": "2930-05-07"}]),
        "stages.0.started_on: 2930-05-07 is in the future",
    ),
    (
        row(5, stages=[{"stage": "stage-1", "started_on": "2022-05-09", "due_on": "2930-05-07", "responded_on": "2022-05-20"}]),
        "stages.0.due_on: 2930-05-07 is more than 5 years ahead",
    ),
    (row(6, service_area="teapots"), "service_area: 'teapots'"),
]


async def test_days_out_of_the_council_s_time_are_refused_by_dry_run_and_import_alike(intake):
    rows = [one for one, _ in IMPOSSIBLE]
    asked = await intake.http.post("/api/v1/import?dry_run=true", content=lines(*rows, row(7)), headers=BEARER)
    tried = [json.loads(line) for line in asked.text.splitlines()]
    for answer, (_, error) in zip(tried, IMPOSSIBLE, strict=False):
        assert answer["status"] == "refused"
        assert answer["error"].startswith(error), answer["error"]
    assert tried[-1]["status"] == "created"
    assert await intake.feedback.count({}) == 0
    assert await send(intake, *rows, row(7)) == tried


async def test_every_row_of_the_case_files_is_refused_alike_and_nothing_is_stored(intake):
    rows = rows_of("impossible-dates.csv") + rows_of("dry-run-lies.csv")
    asked = await intake.http.post("/api/v1/import?dry_run=true", content=lines(*rows), headers=BEARER)
    tried = [json.loads(line) for line in asked.text.splitlines()]
    assert [answer["status"] for answer in tried] == ["refused"] * 7
    assert await send(intake, *rows) == tried
    assert await intake.feedback.count({}) == 0
