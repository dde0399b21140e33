"""Each clock of a case explained."""

from datetime import UTC, date, datetime

import pytest

from services.workflow.case.clocks.reading import ClockStatus
from services.workflow.case.model import Mark, Visit
from services.workflow.explaining.clocks import explain
from services.workflow.rulebook.load import FOLDER, parse
from shared.calendar.holidays import Holiday, published
from tests.workflow.case_rig import BOOKS, PUBLISHED, Desk, investigated, noon
from tests.workflow.service_rig import complaint, opened

BOOK = BOOKS.get("corporate-code-2024", 1)


def of(case, clock, today=date(2024, 5, 1), book=BOOK, register=PUBLISHED):
    return next(c for c in explain(case, book, today, register).clocks if c.clock == clock)


def test_the_days_counted_and_the_holidays_passed_over_are_named():
    found = of(investigated(date(2025, 4, 14)).case, "stage-1-response", date(2025, 4, 25))
    easter = [(d.date, d.holiday) for d in found.skipped if d.reason == "bank holiday"]
    assert easter == [(date(2025, 4, 18), "Good Friday"), (date(2025, 4, 21), "Easter Monday")]
    assert (found.due_on, found.days_counted, len(found.counted)) == (date(2025, 4, 30), 10, 10)
    assert found.working_days_left == 3
    assert found.summary == "Due by the end of Wednesday 30 April 2025."
    assert "ten working days" in found.rule.source


def test_a_clock_shows_what_it_waits_for_and_what_is_provisional():
    case = Desk().open(date(2024, 4, 8)).case
    assert "provisionally" in of(case, "stage-1-response").summary
    assert of(case, "stage-1-acknowledgement").status is ClockStatus.RUNNING


def test_an_extension_notified_late_is_named_and_does_not_count():
    desk = investigated().do("extend", date(2024, 4, 30))
    found = of(desk.case, "stage-1-response", date(2024, 5, 1))
    assert [(g.told_on, g.counts) for g in found.extensions] == [(date(2024, 4, 30), False)]
    assert (found.due_on, found.working_days_left) == (date(2024, 4, 22), -7)
    done = desk.do("respond", date(2024, 5, 2))
    assert of(done.case, "stage-1-response").summary == (
        "Done on Thursday 2 May 2024, late: the deadline was Monday 22 April 2024."
    )


def test_a_pause_is_shown_with_its_days():
    stops = "    starts: acknowledged\n    stops: [responded, refused, withdrawn, closed]\n"
    text = (
        (FOLDER / "corporate-code-2024.yaml").read_text().replace(stops, f"{stops}    pauses: [asked]\n    restarts: [answered]\n")
    )
    steps = "".join(
        f"  - {{id: {n}, title: {n}, effect: milestone, from: stage-1-investigating, marks: [{n}]}}\n"
        for n in ("asked", "answered")
    )
    book = parse(text.replace("steps:\n", f"steps:\n{steps}"))
    case = investigated().case
    visit = Visit(
        stage="stage-1",
        started_on=date(2024, 4, 8),
        marks=(Mark(name="acknowledged", on=date(2024, 4, 8)), Mark(name="asked", on=date(2024, 4, 10))),
    )
    paused = of(case.model_copy(update={"visits": (visit,)}), "stage-1-response", book=book)
    assert paused.summary.startswith("Paused since Wednesday 10 April 2024")
    on = visit.model_copy(update={"marks": (*visit.marks, Mark(name="answered", on=date(2024, 4, 17)))})
    again = of(case.model_copy(update={"visits": (on,)}), "stage-1-response", book=book)
    assert (again.due_on, again.paused_units, again.pauses[0].restarted_on) == (
        date(2024, 4, 29),
        5,
        date(2024, 4, 17),
    )


def test_a_stopped_clock_keeps_its_deadline_when_a_holiday_comes_later():
    desk = investigated().do("respond", date(2024, 4, 10))
    late = Holiday(
        division="england-and-wales",
        date=date(2024, 4, 15),
        title="A day",
        known_from=noon(date(2024, 4, 11)),
    )
    assert of(desk.case, "stage-1-response", register=published().adding(late)).due_on == date(2024, 4, 22)


def test_past_the_calendars_end_it_reports_that_no_deadline_can_be_given():
    far = date(published().calendar("england-and-wales").last_year, 12, 29)
    assert of(Desk().open(far).case, "stage-1-acknowledgement", far).summary.startswith("No deadline can be given: the")


def test_a_register_as_it_stood_forgets_what_came_later_and_keeps_what_was_withdrawn_later():
    day = Holiday(
        division="scotland",
        date=date(2024, 6, 3),
        title="A day",
        known_from=datetime(2024, 5, 1, tzinfo=UTC),
        withdrawn_at=datetime(2024, 5, 20, tzinfo=UTC),
    )
    register = published().adding(day)
    for on, off in ((date(2024, 4, 30), False), (date(2024, 5, 10), True), (date(2024, 5, 25), False)):
        assert register.known_by(noon(on)).calendar("scotland").is_working(day.date) is not off
    assert register.version == published().version
    assert published().adding(day.model_copy(update={"withdrawn_at": None})).version != published().version


@pytest.mark.parametrize("as_known", [None, "then"])
async def test_staff_are_shown_the_clocks_of_a_case_as_data_and_as_a_page(workflow, as_known):
    sent = await complaint(workflow, on=date(2025, 4, 14))
    params = {"as_known": datetime.now(UTC).replace(year=datetime.now(UTC).year + 1).date().isoformat()} if as_known else {}
    async with workflow.running() as client:
        await workflow.publish(sent)
        case = (await opened(client, sent)).json()
        found = (await client.get(f"/api/v1/cases/{case['case_id']}/clocks", params=params)).json()
        clocks = {c["clock"]: c for c in found["clocks"]}
        assert clocks["stage-1-acknowledgement"]["due_on"] == "2025-04-23"
        holidays = {d["holiday"] for d in clocks["stage-1-acknowledgement"]["skipped"]}
        assert "Easter Monday" in holidays
        page = await client.get(f"/cases/{sent.data.reference}/clocks", params=params)
        assert page.headers["content-type"].startswith("text/html")
        for words in ("Acknowledge the complaint", "Wednesday 23 April 2025", "Good Friday", "Easter Monday"):
            assert words in page.text
        part = await client.get(f"/cases/{sent.data.reference}/clocks", params={"fragment": "true"})
        assert part.text.startswith("<section")
        url = f"/api/v1/cases/{case['case_id']}/clocks"
        before = await client.get(url, params={"as_known": "2020-01-01"})
        assert (before.status_code, before.json()["type"]) == (404, "urn:redress:problem:not-known-then")
        assert (await client.get(url, params={"as_known": "soon"})).status_code == 422
        assert (await client.get(f"/api/v1/cases/{case['feedback_id']}/clocks")).status_code == 404
        assert (await client.get(f"/cases/{sent.data.reference}/clocks", headers={"Authorization": ""})).status_code == 401
