"""`redress deadline`: one deadline with its explanation, or a file of requests answered line by line."""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final, NoReturn

import typer

from shared.calendar.arithmetic import CONVENTIONS, ROLLS
from shared.calendar.deadlines import DeadlineRequest, deadline, parse_as_known
from shared.calendar.holidays import CALENDARS
from shared.calendar.written import read_day

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_BOM: Final = b"\xef\xbb\xbf"


def register(app: typer.Typer) -> None:
    """Put `deadline` on the command."""
    app.command("deadline")(deadline_command)


def deadline_command(
    from_: Annotated[str | None, typer.Option("--from", metavar="DAY", help="The start day, as 2024-03-22 or 22/03/2024.")] = None,
    working_days: Annotated[str | None, typer.Option(metavar="N", help="How many working days; negative counts back.")] = None,
    days: Annotated[str | None, typer.Option(metavar="N", help="How many days, each counting.")] = None,
    months: Annotated[str | None, typer.Option(metavar="N", help="How many months.")] = None,
    calendar: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=f"{', '.join(CALENDARS)}; england-and-wales unless given."),
    ] = None,
    count_from: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(CONVENTIONS),
            help="A, unless given: the start is day 0, working or not. "
            "B: a non-working start first rolls forward. C: the start is day 1.",
        ),
    ] = None,
    as_known: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="By the holidays known then, as 2022-09-06T09:00 (London time)."),
    ] = None,
    roll: Annotated[
        str | None,
        typer.Option(metavar="|".join(ROLLS), help="Where a deadline on a non-working day goes; none unless given."),
    ] = None,
    procedure: Annotated[str | None, typer.Option(metavar="NAME", help="With --clock: by a procedure's rulebook.")] = None,
    clock: Annotated[str | None, typer.Option(metavar="NAME", help="Which of its clocks, as stage-1-response.")] = None,
    extended: Annotated[bool, typer.Option("--extended", help="With the clock's extension.")] = False,
    batch: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="JSON Lines, one request a line; - is standard input. One answer a line."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The answer as JSON.")] = False,
) -> None:
    """The day by which something is due, and the days that were counted.

    Exit codes: 0 answered; 1 a batch with requests that could not be answered; 2 a request that is wrong
    or that the calendar cannot answer.
    """
    as_known = None if as_known is None else _as_known(as_known)
    counted: dict[str, str | None] = {
        "working_days": working_days,
        "days": days,
        "months": months,
        "calendar": calendar,
        "count_from": count_from,
        "roll": roll,
    }
    single = {"from": from_, **counted, "as_known": as_known, "procedure": procedure, "clock": clock}
    with _refusals(as_json):
        if batch is not None:
            _only("--batch", {**single, "extended": "yes" if extended else None})
            _answer_batch(batch)
            return
        if procedure is not None or clock is not None:
            _only("--procedure: its rulebook says how to count", counted)
            request, named = _by_rulebook(procedure, clock, from_, extended, as_known)
        else:
            if extended:
                raise ValueError("--extended needs --procedure and --clock")
            request, named = _by_options(from_, counted, as_known), {}
        answer = deadline(request).explained_by(named.get("source"))
        if as_json:
            typer.echo(json.dumps({**answer.as_json(), **named}))
        else:
            typer.echo(answer.trace.text())


@contextmanager
def _refusals(as_json: bool) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        _refuse(str(error), as_json)


def _refuse(why: str, as_json: bool) -> NoReturn:
    if as_json:
        typer.echo(json.dumps({"error": why}))
    typer.echo(f"redress deadline: {why}", err=True)
    raise typer.Exit(2)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _only(what: str, others: dict[str, str | None]) -> None:
    given = [_flag(name) for name, value in others.items() if value is not None]
    if given:
        raise ValueError(f"{' and '.join(given)} cannot go with {what}")


def _start(from_: str | None) -> date:
    if from_ is None:
        raise ValueError("give --from, the start day, as 2024-03-22")
    return read_day(from_)


def _as_known(text: str) -> str:
    """A day alone, however a person writes it, as `2022-09-06`; any other text as it is."""
    try:
        return read_day(text).isoformat()
    except ValueError:
        return text


def _by_options(from_: str | None, counted: dict[str, str | None], as_known: str | None) -> DeadlineRequest:
    """The request that the options ask for. ValueError, in the options' own words, when they do not."""
    start = _start(from_)
    units = [name for name in ("working_days", "days", "months") if counted[name] is not None]
    if len(units) != 1:
        also = f", not {' and '.join(map(_flag, units))}" if units else ""
        raise ValueError(f"give one of --working-days, --days and --months{also}")
    fields: dict[str, Any] = {"from": start.isoformat(), **counted, "as_known": as_known}
    fields[units[0]] = _whole(_flag(units[0]), str(counted[units[0]]))
    for name, allowed in (("calendar", CALENDARS), ("count_from", CONVENTIONS), ("roll", ROLLS)):
        if counted[name] is not None and counted[name] not in allowed:
            raise ValueError(f"{_flag(name)} {counted[name]!r} is none of {', '.join(allowed)}")
    return DeadlineRequest.from_json(fields)


def _whole(flag: str, text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{flag} {text[:60]!r} is not a whole number of at most 18 digits")
    return int(text)


def _by_rulebook(
    procedure: str | None, clock: str | None, from_: str | None, extended: bool, as_known: str | None
) -> tuple[DeadlineRequest, dict[str, Any]]:
    """The request that a procedure's rulebook makes of a clock, and what names it in the answer."""
    if procedure is None or clock is None:
        raise ValueError("--procedure and --clock go together")
    # Rulebooks bring the whole workflow model with them: nothing else here needs it.
    from services.workflow.rulebook.load import clock_request

    try:
        request, source = clock_request(procedure, clock, _start(from_), extended)
    except LookupError as error:
        raise ValueError(str(error.args[0]) if error.args else f"there is no clock {clock} in {procedure}") from error
    if as_known is not None:
        request = request.model_copy(update={"as_known": parse_as_known(as_known)})
    return request, {"procedure": procedure, "clock": clock, "extended": extended, "source": source}


def _answer_batch(name: str) -> None:
    if name == "-":
        failed = _answer_lines(sys.stdin.buffer)
    else:
        try:
            with Path(name).open("rb") as lines:
                failed = _answer_lines(lines)
        except OSError as error:
            raise ValueError(f"{name!r} cannot be read: {error.strerror}") from error
    if failed:
        typer.echo(f"redress deadline: {failed} of the requests could not be answered", err=True)
        raise typer.Exit(1)


def _answer_lines(lines: BinaryIO) -> int:
    failed = 0
    for answer in answers(lines):
        failed += "error" in answer
        sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    return failed


def answers(lines: Iterable[bytes]) -> Iterator[dict[str, str]]:
    """One answer for each line that is not blank, in order: `{"deadline": ...}` or `{"error": ...}`."""
    for number, line in enumerate(lines):
        text = line.removeprefix(_BOM) if number == 0 else line
        if text.strip():
            yield answer_line(text)


def answer_line(line: bytes) -> dict[str, str]:
    """The answer to one request in JSON; whatever is wrong with it is an `error`."""
    try:
        fields = json.loads(line.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        return {"error": f"not UTF-8: {error.reason} at byte {error.start + 1}"}
    except json.JSONDecodeError as error:
        return {"error": f"not JSON: {error.msg} at character {error.pos + 1}"}
    except RecursionError:
        return {"error": "not a request: nested too deeply"}
    except ValueError as error:
        return {"error": f"not a request: {error}"}
    try:
        return {"deadline": deadline(DeadlineRequest.from_json(fields)).deadline.isoformat()}
    except ValueError as error:
        return {"error": str(error)}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(n for n in names if names.count(n) > 1)} is given twice")
    return fields


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
