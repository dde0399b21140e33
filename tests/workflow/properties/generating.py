"""Random days, clocks and whole rulebooks. Every rulebook is one that `check` finds no fault in: a council might write it."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import strategies as st

from services.workflow.rulebook.check import check
from services.workflow.rulebook.model import Clock, Rulebook
from shared.calendar.arithmetic import CONVENTIONS, ROLLS
from shared.calendar.holidays import CALENDARS

MILESTONES = ("planned", "asked", "answered", "held", "released", "renewed", "noted")
UNITS = ("working_days", "days", "months")

# Where counting goes wrong: Christmas and New Year, Easter, month ends, and days off that came late or once.
ANCHORS = [
    *(date(year, 12, 28) for year in (2020, 2021, 2022, 2023, 2024)),
    *(date(2022, 4, 15), date(2023, 4, 7), date(2024, 3, 29), date(2025, 4, 18)),
    *(date(2023, 1, 31), date(2024, 1, 31), date(2024, 2, 29), date(2024, 8, 31), date(2025, 2, 28)),
    *(date(2020, 5, 8), date(2022, 6, 2), date(2022, 9, 19), date(2023, 5, 8)),
]


def days():
    """A day, most often one near a day off or the end of a month."""
    near = st.builds(lambda anchor, by: anchor + timedelta(days=by), st.sampled_from(ANCHORS), st.integers(-30, 6))
    return near | st.dates(date(2019, 1, 1), date(2025, 6, 30))


@st.composite
def extensions(draw, unit="working_days"):
    by = draw(st.none() | st.integers(1, 3 if unit == "months" else 20))
    cap = draw(st.none() | st.integers(by or 1, 6 if unit == "months" else 40))
    return {"by": by, "cap": cap, "beyond_cap": draw(st.sampled_from(["refused", "good-reason"]))}


@st.composite
def clock_fields(draw, /, **fixed):
    """The fields of a clock of any kind; `fixed` are those that are given. It stops when the case is answered or closed."""
    unit = fixed.get("unit") or draw(st.sampled_from(UNITS))
    most = 6 if unit == "months" else 30
    fields = {
        "id": "c",
        "title": "C",
        "stage": "s1",
        "kind": "response",
        "unit": unit,
        "limit": draw(st.integers(1, most) | st.integers(1, 3)),
        "calendar": draw(st.sampled_from(CALENDARS)),
        "convention": draw(st.sampled_from(CONVENTIONS)),
        "roll": draw(st.sampled_from(ROLLS)),
        "starts": "received",
        "stops": draw(st.sampled_from([["responded"], ["responded", "closed"], ["closed", "responded"]])),
        "due_soon": draw(st.integers(0, 5)),
        "extension": draw(st.none() | extensions(unit)),
        "source": "a test",
    }
    if draw(st.booleans()):
        fields |= {"pauses": ["asked", "held"], "restarts": ["answered", "released"]}
    if draw(st.integers(0, 3)) == 0:
        fields["anew"] = ["renewed"]
    if "limit" not in fixed and fields["extension"] and draw(st.integers(0, 4)) == 0:
        fields["limit"] = "agreed"
    return {**fields, **fixed}


def clocks(**fixed):
    """One clock that starts when the case is received."""
    return clock_fields(**fixed).map(Clock.model_validate)


PAUSING = {"pauses": ["asked", "held"], "restarts": ["answered", "released"]}


@st.composite
def _stage_clocks(draw, stage):
    """The clocks of one stage: a response clock, and before it a chain of those whose deadlines stand for its start."""
    chain = draw(st.sampled_from([(), ("acknowledgement",), ("acknowledgement", "plan")]))
    starts = {
        "acknowledgement": "received",
        "plan": "acknowledged",
        "response": {(): "received", ("acknowledgement",): "acknowledged"}.get(chain, "planned"),
    }
    if not chain and draw(st.booleans()):
        starts["response"] = "stage-started"
    made, before = [], None
    for name in (*chain, "response"):
        fixed = {"id": f"{stage}-{name}", "title": name.title(), "stage": stage, "starts": starts[name]}
        fixed["kind"] = name if name in {"acknowledgement", "response"} else "other"
        if name != "response":
            fixed |= {"stops": [{"acknowledgement": "acknowledged", "plan": "planned"}[name], "closed"]}
            # The deadline of one whose period is not agreed could not stand for anything.
            fixed |= {"limit": draw(st.integers(1, 10))}
            fixed |= {"unit": draw(st.sampled_from(["working_days", "days"]))}
        if name == "response" and draw(st.booleans()):
            fixed["unit"] = draw(st.sampled_from(UNITS))
            fixed["extension"] = draw(extensions(fixed["unit"]))
        fixed["provisional_from"] = before if draw(st.integers(0, 5)) else None
        fields = draw(clock_fields(**fixed))
        made.append(fields)
        before = fixed["id"]
    if draw(st.integers(0, 3)) == 0:
        fields = draw(clock_fields(id=f"{stage}-limit", stage=stage, kind="other", party="person"))
        made.append(fields)
    return made


@st.composite
def rulebooks(draw):
    """A procedure of one to three stages with clocks of every sort. Its steps are the same everywhere, its clocks are not."""
    stages = [f"s{n}" for n in range(1, draw(st.integers(1, 3)) + 1)]
    return book(stages, [clock for stage in stages for clock in draw(_stage_clocks(stage))])


def book(stages, clocks_):
    """The rulebook of these stages and clocks: a case is worked at a stage, answered, escalated, closed and re-opened."""
    open_ = [f"{s}-open" for s in stages]

    def step(effect, from_=("@open",), **more):
        return {"id": effect, "title": effect, "effect": effect, "from": list(from_), **more}

    steps = [
        step("acknowledge", open_, marks=["acknowledged"]),
        *(step("milestone", open_, marks=[m]) | {"id": m} for m in MILESTONES),
        step("assign"),
        step("add-element"),
        step("find"),
        step("note", ["@any"]),
        step("refer-to-ombudsman", ["@any"]),
        step("extend", open_),
        step("respond", open_, to={s: f"{s}-answered" for s in stages}, marks=["responded"]),
        *(
            step("escalate", [f"{a}-answered"], to=f"{b}-open", marks=["received"]) | {"id": f"escalate-{b}"}
            for a, b in pairwise(stages)
        ),
        step("withdraw", open_, to="closed", marks=["closed"], outcome="withdrawn"),
        step("close", ["@open"], to="closed", marks=["closed"]),
        step("reopen", ["closed"], to={s: f"{s}-open" for s in stages}, marks=["received"]),
    ]
    made = Rulebook.model_validate(
        {
            "id": "made-up",
            "version": 1,
            "title": "Made up",
            "procedures": ["corporate"],
            "kinds": ["complaint"],
            "effective_from": "2010-01-01",
            "sources": {"test": "a test"},
            "changelog": [{"version": 1, "on": "2010-01-01", "what": "It was made up."}],
            "opening": {"state": "s1-open", "marks": ["received"]},
            "stages": [{"id": s, "title": s} for s in stages],
            "states": [
                *({"id": f"{s}-open", "title": s, "stage": s} for s in stages),
                *({"id": f"{s}-answered", "title": s, "stage": s} for s in stages),
                {"id": "closed", "title": "Closed", "status": "closed"},
            ],
            "clocks": clocks_,
            "steps": steps,
        }
    )
    assert check(made) == []
    return made


SHELF = book(
    ["s1"],
    [
        {
            "id": "c",
            "title": "C",
            "stage": "s1",
            "kind": "response",
            "limit": 10,
            "starts": "received",
            "stops": "responded",
            "source": "a test",
        }
    ],
)
"""A rulebook for a clock that names no other, and so asks it nothing."""
