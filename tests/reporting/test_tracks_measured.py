"""Tracks in parallel with the procedure: begun, ended and due, each in the year of its own day, whatever the track is called."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings

from services.reporting.measures import Cells, measure
from shared.events.codes import OmbudsmanDecision, Timeliness
from shared.events.facts import CaseFacts, OmbudsmanFact, TrackFact
from tests.reporting.histories import case_facts
from tests.reporting.measuring import corporate
from tests.reporting.yearly import yearly


def run(**changes: object) -> TrackFact:
    """A remedy of March 2024 that is due in April, in the year after."""
    made = TrackFact(
        track="ombudsman-remedy",
        number=1,
        kind="apology",
        state="agreed",
        began_on=date(2024, 3, 1),
        due_on=date(2024, 4, 30),
    )
    return made.model_copy(update=changes)


def cells_of(*tracks: TrackFact) -> dict[tuple[str, str], int]:
    found = yearly(measure(corporate(tracks=tracks)))
    return {cell: n for cell, n in found.items() if cell[1].startswith("track-")}


def test_each_day_of_a_run_counts_in_its_own_year() -> None:
    done = run(
        state="satisfied",
        done_on=date(2024, 4, 20),
        ended_on=date(2025, 4, 1),
        timeliness=Timeliness.WITHIN_STANDARD,
    )
    base = "corporate|track=ombudsman-remedy"
    assert cells_of(done) == {
        ("2023/24", f"track-begun|{base}"): 1,
        ("2023/24", f"track-begun|{base}|kind=apology"): 1,
        ("2024/25", f"track-due|{base}"): 1,
        ("2024/25", f"track-due|{base}|how=in-time"): 1,
        ("2024/25", f"track-due|{base}|kind=apology"): 1,
        ("2024/25", f"track-due|{base}|kind=apology|how=in-time"): 1,
        ("2025/26", f"track-ended|{base}"): 1,
        ("2025/26", f"track-ended|{base}|state=satisfied"): 1,
        ("2025/26", f"track-ended|{base}|timeliness=within-standard"): 1,
        ("2025/26", f"track-ended|{base}|kind=apology"): 1,
    }


@pytest.mark.parametrize(
    ("changes", "year", "how"),
    [
        ({}, "2024/25", "awaited"),
        ({"done_on": date(2024, 4, 30)}, "2024/25", "in-time"),
        ({"done_on": date(2024, 5, 1)}, "2024/25", "late"),
        ({"done_on": date(2024, 4, 2), "timeliness": Timeliness.LATE}, "2024/25", "late"),
        ({"ended_on": date(2024, 6, 1)}, "2024/25", "not-done"),
        ({"extended_to": date(2025, 4, 30)}, "2025/26", "awaited"),
        ({"extended_to": date(2025, 4, 30), "done_on": date(2025, 4, 1)}, "2025/26", "in-time"),
    ],
)
def test_a_deadline_is_met_in_time_or_late_or_not_at_all(changes: dict[str, object], year: str, how: str) -> None:
    cells = cells_of(run(**changes))
    assert cells[year, f"track-due|corporate|track=ombudsman-remedy|how={how}"] == 1
    assert {key.rpartition("how=")[2] for _, key in cells if "how=" in key} == {how}


def test_a_run_without_a_deadline_is_never_due_and_one_without_a_type_is_counted_so() -> None:
    cells = cells_of(run(due_on=None, kind=None, track="anything-new"))
    assert not any(key.startswith("track-due") for _, key in cells)
    assert cells["2023/24", "track-begun|corporate|track=anything-new|kind=none"] == 1


@settings(max_examples=200)
@given(case_facts())
def test_the_parts_of_a_track_add_up_to_it(facts: CaseFacts) -> None:
    """Each dimension by itself, and type by how it went, is the whole again."""
    sums: dict[tuple[str, str, str, tuple[str, ...]], int] = {}
    wholes: dict[tuple[str, str, str], int] = {}
    for found, count in measure(facts).items():
        if not found.measure.startswith("track-"):
            continue
        (_, track), *rest = found.dimensions
        if rest:
            name = (found.month, found.measure, track, tuple(dimension for dimension, _ in rest))
            sums[name] = sums.get(name, 0) + count
        else:
            wholes[found.month, found.measure, track] = count
    begun = sum(count for (_, name, _), count in wholes.items() if name == "track-begun")
    assert begun == (0 if facts.merged else len(facts.tracks))
    for (month, measured, track, _), total in sums.items():
        assert total == wholes[month, measured, track]


def test_only_an_upheld_decision_states_whether_a_remedy_had_been_offered() -> None:
    def decided(decision: OmbudsmanDecision, satisfactory: bool | None) -> Cells:
        referral = OmbudsmanFact(
            number=1,
            received_on=date(2024, 3, 1),
            decided_on=date(2024, 4, 1),
            decision=decision,
            satisfactory_remedy=satisfactory,
        )
        return measure(corporate(ombudsman=(referral,)))

    name = "ombudsman-decided|corporate|satisfactory_remedy"
    assert yearly(decided(OmbudsmanDecision.UPHELD, True))["2024/25", f"{name}=yes"] == 1
    assert yearly(decided(OmbudsmanDecision.UPHELD, False))["2024/25", f"{name}=no"] == 1
    for decision, stated in ((OmbudsmanDecision.UPHELD, None), (OmbudsmanDecision.NOT_UPHELD, True)):
        assert not any(key.startswith(name) for _, key in yearly(decided(decision, stated)))
