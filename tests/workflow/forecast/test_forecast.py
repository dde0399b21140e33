"""Open clocks by days left, and the breaches that are likely."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workflow.forecast.likely import MINIMUM, Chances, OpenClock, Past, forecast
from shared.calendar.london import london_date
from tests.waiting import until
from tests.workflow.case_rig import imported
from tests.workflow.service_rig import TOKENS, complaint, opened

TODAY = date(2025, 6, 2)


def running(service, days, *, count=1, response=True):
    return OpenClock(
        service,
        "stage-1-response" if response else "acknowledge",
        TODAY + timedelta(days=days),
        response,
        count,
    )


def test_every_open_clock_is_in_one_band():
    days = [-30, -1, 0, 1, 7, 8, 14, 15, 28, 29, 400]
    found = forecast([running("roads", d) for d in days] + [running("roads", 3, response=False)], [], TODAY)
    assert found.days_left == {
        "overdue": 2,
        "today": 1,
        "1 to 7": 3,
        "8 to 14": 2,
        "15 to 28": 2,
        "more than 28": 2,
    }
    assert found.open_clocks == sum(found.days_left.values()) == 12
    (roads,) = found.services
    # Four weeks from today on are 28 days: the 29th day is in none of them, nor is what is overdue.
    assert (roads.overdue, roads.due, [w.due for w in roads.weeks]) == (2, 6, [2, 2, 2, 0])


def test_a_service_that_is_often_late_is_likely_to_be_late_again():
    past = [Past("roads", -3, 80), Past("roads", 2, 20), Past("waste", 2, 95), Past("waste", -1, 5)]
    found = forecast([running("roads", 5, count=10), running("waste", 5, count=10)], past, TODAY)
    assert [s.service_area for s in found.services] == ["roads", "waste"]
    roads, waste = found.services
    assert 7 < roads.likely_breaches < 8.5
    assert 0.4 < waste.likely_breaches < 1.5
    assert (roads.past_responses, roads.past_late) == (100, 80)


def test_the_nearer_the_deadline_of_what_is_open_the_likelier_it_is_late():
    chances = Chances([Past("roads", m, 10) for m in (-4, 1, 3, 5, 8)])
    shares = [chances.late("roads", days) for days in (0, 2, 4, 6, 9)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == 1.0
    assert abs(shares[-1] - 0.2) < 1e-9


@pytest.mark.parametrize(("past", "responses"), [([], 0), ([Past("waste", -3, 500)], 0), ([Past("roads", -3, MINIMUM - 1)], 19)])
def test_of_a_service_with_too_little_history_nothing_is_said(past, responses):
    found = forecast([running("roads", 5, count=7), running("roads", -2)], past, TODAY)
    (roads,) = found.services
    assert (found.likely_breaches, found.minimum_responses, found.due_unknown) == (None, 20, 7)
    assert (roads.likely_breaches, roads.past_responses, roads.due, roads.overdue) == (None, responses, 7, 1)
    assert roads.no_forecast == f"{responses} past responses with a deadline; a forecast needs 20"
    assert {week.likely_breaches for week in roads.weeks} == {None}


def test_the_total_is_of_the_services_that_have_a_forecast():
    found = forecast([running("roads", 5, count=7), running("waste", 5, count=3)], [Past("waste", -3, MINIMUM)], TODAY)
    first = found.services[0]
    assert (first.service_area, first.likely_breaches, first.no_forecast) == ("waste", 3.0, None)
    assert (found.likely_breaches, found.due_unknown) == (3.0, 7)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(-20, 20), st.integers(1, 9))), st.integers(0, 30))
def test_a_chance_is_a_chance(past, days):
    chances = Chances([Past(*p) for p in past])
    for service in "abc":
        assert 0 <= chances.late(service, days) <= 1


def test_on_a_made_up_history_the_likely_breaches_are_near_those_that_come():
    """Half of a history forecasts the other half: 400 open cases of each of three services, seen ten days before their deadline."""
    random = Random(11)
    habits = {"roads": 1.5, "waste": 5.0, "schools": 9.0}
    past = [Past(s, round(random.gauss(mean, 4))) for s, mean in habits.items() for _ in range(400)]
    comes = {s: [m for _ in range(700) if (m := round(random.gauss(mean, 4))) <= 10][:400] for s, mean in habits.items()}
    found = forecast([running(s, 10, count=len(comes[s])) for s in habits], past, TODAY)
    for service in found.services:
        late = sum(m < 0 for m in comes[service.service_area])
        assert abs(service.likely_breaches - late) <= 35, (
            service.service_area,
            service.likely_breaches,
            late,
        )


async def test_staff_are_shown_the_forecast(workflow):
    today = london_date(datetime.now(UTC))
    responded = today - timedelta(days=30)
    late = {
        "kind": "complaint", "procedure": "corporate", "channel": "email", "provenance": "imported", "service_area": "roads",
        "received_on": (today - timedelta(days=90)).isoformat(), "closed_on": responded.isoformat(), "outcome": "upheld",
        "stages": [{
            "stage": "stage-1", "started_on": (today - timedelta(days=90)).isoformat(), "responded_on": responded.isoformat(),
            "acknowledged_on": (today - timedelta(days=88)).isoformat(), "due_on": (responded - timedelta(days=5)).isoformat(),
            "outcome": "upheld",
        }],
    }  # fmt: skip
    sent = await complaint(workflow, service_area="roads")
    async with workflow.running() as client:
        await workflow.publish(*(imported(**late, source_id=f"late-{n}") for n in range(20)), sent)
        await opened(client, sent)

        async def all_in():
            return (await client.get("/api/v1/cases")).json()["total"] == 21

        await until(all_in)
        found = (await client.get("/api/v1/forecast")).json()
        assert found["as_of"] == today.isoformat()
        assert found["open_clocks"] == sum(found["days_left"].values()) == 2
        (roads,) = found["services"]
        assert (roads["service_area"], roads["past_responses"], roads["past_late"]) == ("roads", 20, 20)
        assert roads["likely_breaches"] == roads["due"] == 1
        reader = {"Authorization": f"Bearer {TOKENS['reader-1']}"}
        assert (await client.get("/api/v1/forecast", headers=reader)).status_code == 403
