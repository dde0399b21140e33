"""Microseconds a deadline: bisection compared with a day-by-day loop and numpy's business days.

    python benchmarks/deadlines/run.py [REQUESTS]

All must give the same deadlines before anything is timed. Each figure is the best of five rounds over the same
random starts and counts (seeded); timings only report, nothing is gated on them.
"""

import json
import random
import sys
from collections.abc import Callable
from datetime import date, timedelta
from time import perf_counter

import numpy as np

from redress.cli.deadline import answer_line
from shared.calendar.arithmetic import add_working_days
from shared.calendar.deadlines import DeadlineRequest, deadline
from shared.calendar.holidays import published

CALENDAR = published().calendar("england-and-wales")
OFF = frozenset(CALENDAR.holidays)
BUSDAYS = np.busdaycalendar(holidays=sorted(OFF))
ONE = timedelta(days=1)
ROUNDS = 5

Request = tuple[date, int]


def loop(start: date, n: int) -> date:
    """What most people write first."""
    day = start
    while n:
        day += ONE
        n -= day.weekday() < 5 and day not in OFF
    return day


def numpy_one(start: date, n: int) -> date:
    """numpy a request at a time; `backward` is convention A's day 0."""
    found = np.busday_offset(start, n, roll="backward", busdaycal=BUSDAYS).item()
    assert isinstance(found, date)
    return found


def whole(start: date, n: int) -> date:
    """The one entry: request, calendar and answer, without the trace."""
    return deadline(DeadlineRequest(from_=start, working_days=n)).deadline


def best(work: Callable[[], object], of: int) -> float:
    """Microseconds for one of `of` requests, the best of the rounds."""
    seconds = []
    for _ in range(ROUNDS):
        began = perf_counter()
        work()
        seconds.append(perf_counter() - began)
    return min(seconds) / of * 1e6


def main() -> int:
    """Compare, then time and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    rng = random.Random(20231102)
    first, last = date(2012, 1, 1).toordinal(), date(2027, 12, 31).toordinal()
    requests: list[Request] = [(date.fromordinal(rng.randint(first, last)), rng.randint(1, 65)) for _ in range(count)]
    starts = np.array([start for start, _ in requests], dtype="datetime64[D]")
    amounts = np.array([n for _, n in requests])
    lines = [json.dumps({"from": str(start), "working_days": n}).encode() for start, n in requests]

    expected = [loop(start, n) for start, n in requests]
    peers: dict[str, list[date]] = {
        "bisection": [add_working_days(start, n, CALENDAR) for start, n in requests],
        "deadline()": [whole(start, n) for start, n in requests],
        "batch line": [date.fromisoformat(answer_line(line)["deadline"]) for line in lines],
        "numpy": [numpy_one(start, n) for start, n in requests],
        "numpy array": np.busday_offset(starts, amounts, roll="backward", busdaycal=BUSDAYS).tolist(),
    }
    wrong = {name: sum(a != b for a, b in zip(got, expected, strict=True)) for name, got in peers.items()}
    if any(wrong.values()):
        print(f"not timed: deadlines that differ from the loop's: {wrong}")
        return 1

    print(f"{count} requests of 1 to 65 working days, all methods agree; us a deadline:")
    for name, work in (
        ("day-by-day loop", lambda: [loop(start, n) for start, n in requests]),
        ("numpy busday_offset, one at a time", lambda: [numpy_one(start, n) for start, n in requests]),
        (
            "numpy busday_offset, one array",
            lambda: np.busday_offset(starts, amounts, roll="backward", busdaycal=BUSDAYS),
        ),
        ("add_working_days", lambda: [add_working_days(start, n, CALENDAR) for start, n in requests]),
        ("deadline(), with its request", lambda: [whole(start, n) for start, n in requests]),
        ("a line of --batch, JSON in and out", lambda: [json.dumps(answer_line(line)) for line in lines]),
        (
            "deadline() with its trace",
            lambda: [deadline(DeadlineRequest(from_=start, working_days=n)).trace for start, n in requests[: count // 20]],
        ),
    ):
        print(f"  {name:36} {best(work, count // 20 if 'trace' in name else count):9.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
