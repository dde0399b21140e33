"""Laws of tracks in parallel with a procedure, under random rulebooks: neither moves the other's clocks, none publishes twice."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.workflow.case.clocks.reading import readings
from services.workflow.case.clocks.running import running
from services.workflow.case.clocks.timers import timers
from services.workflow.case.errors import CaseError
from services.workflow.case.open_steps import open_steps
from services.workflow.rulebook.check import check
from services.workflow.rulebook.choose import Rulebooks
from services.workflow.rulebook.model import Effect, Rulebook
from shared.calendar.holidays import published
from shared.calendar.london import end_of_day
from tests.workflow.case_rig import Desk, noon
from tests.workflow.properties.generating import clock_fields, days, rulebooks

RUN = ("asked", "answered", "held", "released", "renewed")
EXTENDED = {"by": 5, "cap": 20, "beyond_cap": "refused"}


@st.composite
def with_a_track(draw):
    """A random rulebook with a track in parallel, whose one clock is of any kind."""
    data = draw(rulebooks()).model_dump(mode="json", by_alias=True)
    fixed = {"id": "t-response", "stage": "t", "starts": "stage-started", "stops": ["done"]}
    clock = draw(clock_fields(**fixed))
    clock["extension"] = clock["extension"] or EXTENDED
    data["clocks"].append(clock)
    data["tracks"] = [{"id": "beside", "title": "Beside", "kinds": {"one": "One"}, "source": "a test"}]
    data["stages"].append({"id": "t", "title": "Beside", "track": "beside"})
    data["states"] += [
        {"id": "t-open", "title": "Open", "stage": "t"},
        {"id": "t-done", "title": "Done", "stage": "t", "status": "closed"},
    ]

    def of_run(effect, **more):
        return {"id": f"t-{effect}", "title": effect, "effect": effect, "from": ["t-open"], **more}

    data["steps"] += [
        {"id": "t-begin", "title": "begin", "effect": "begin", "from": ["@any"], "begins": "t-open"},
        of_run("extend", clock="t-response"),
        of_run("assign"),
        of_run("respond", to="t-done", marks=["done"]),
        *(of_run("milestone", marks=[mark]) | {"id": f"t-{mark}"} for mark in RUN),
    ]
    made = Rulebook.model_validate(data)
    assert check(made) == []
    return made


def fields(draw, step, day):
    later = day + timedelta(days=draw(st.integers(0, 40)))
    match step.effect:
        case Effect.BEGIN:
            return {"kind": "one", "due_on": draw(st.none() | st.just(later))}
        case Effect.EXTEND:
            return {"to": draw(st.none() | st.just(later)), "good_reason": True}
        case Effect.ASSIGN:
            return {"person": "officer-1"}
        case Effect.FIND:
            return {"element": 1, "finding": "upheld"}
    return {}


def of_the_case(desk, book):
    return [(r.clock.id, r.status, r.due, r.stopped_on) for r in readings(desk.case.visit, book, published())]


def of_the_runs(desk, book):
    return {run.number: [(r.status, r.due, r.stopped_on) for r in readings(run.visit, book, published())] for run in desk.case.runs}


@settings(max_examples=80)
@given(st.data())
def test_neither_moves_the_clocks_of_the_other_and_each_publishes_once(data):
    book = data.draw(with_a_track())
    day = data.draw(days())
    desk = Desk(Rulebooks([book])).open(day, procedure="corporate")
    for _ in range(data.draw(st.integers(5, 25))):
        day += timedelta(days=data.draw(st.sampled_from([0, 0, 1, 2, 5, 12])))
        chosen = data.draw(st.sampled_from(open_steps(desk.case, book)))
        number = {"number": chosen.run.number} if chosen.run else {}
        procedure, runs, visits = of_the_case(desk, book), of_the_runs(desk, book), len(desk.case.visits)
        try:
            desk.do(chosen.step.id, day, **number, **fields(data.draw, chosen.step, day))
        except CaseError:
            continue
        after = of_the_runs(desk, book)
        mine = chosen.run.number if chosen.run else None
        if chosen.run or chosen.step.effect is Effect.BEGIN:
            assert of_the_case(desk, book) == procedure
            assert len(desk.case.visits) == visits
        assert {n: clocks for n, clocks in after.items() if n in runs and n != mine} == {
            n: clocks for n, clocks in runs.items() if n != mine
        }
        waiting = timers(desk.case, book, published())
        events = desk.tick(noon(day))
        assert [e.at for e in events] == [t.at for t in waiting if t.at <= noon(day)]
        for clock in running(desk.case, book, published()):
            due = clock.reading.due
            if clock.run and clock.reading.ticking and due and clock.reading.clock.party == "council":
                assert (clock.key(desk.case, "breached") in desk.case.spoken) == (end_of_day(due) <= noon(day))
    assert len(desk.case.spoken) == len(set(desk.case.spoken))
    assert [run.number for run in desk.case.runs] == list(range(1, len(desk.case.runs) + 1))
    for run, fact in zip(desk.case.runs, desk.facts.tracks, strict=True):
        assert (fact.number, fact.state, fact.ended_on) == (run.number, run.state, run.ended_on)
        assert (fact.done_on is None) == (run.state != "t-done")
