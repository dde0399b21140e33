"""`redress deadline` in process and as a command of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from redress.cli.deadline import answer_line, answers, register
from tests.waiting import PATIENCE

APP = typer.Typer()
register(APP)


@APP.command("other")
def _other() -> None:
    """A second command, so that `deadline` is named as under `redress`."""


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(APP, ["deadline", *arguments], input=stdin)


def answered(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert isinstance(answer, dict)
    return answer


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("--from 2024-03-22 --working-days 5", "2024-04-02"),
        ("--from 22/03/2024 --working-days 5", "2024-04-02"),
        ("--from 6/9/2022 --working-days 10 --as-known 06/09/2022", "2022-09-20"),
        ("--from 2024-03-22 --working-days -5", "2024-03-15"),
        ("--from 2020-01-04 --working-days 20", "2020-01-31"),
        ("--from 2020-01-04 --working-days 20 --count-from B", "2020-02-03"),
        ("--from 2020-01-06 --working-days 20 --count-from C", "2020-01-31"),
        ("--from 2022-09-06 --working-days 10 --as-known 2022-09-06T09:00", "2022-09-20"),
        ("--from 2022-09-06 --working-days 10", "2022-09-21"),
        ("--from 2022-07-11 --working-days 1 --calendar united-kingdom", "2022-07-13"),
        ("--from 2024-01-01 --working-days 1 --calendar scotland", "2024-01-03"),
        ("--from 2022-07-11 --working-days 1 --calendar northern-ireland", "2022-07-13"),
        ("--from 2024-02-29 --months 1", "2024-03-29"),
        ("--from 2024-02-29 --months 1 --roll next-working-day", "2024-04-02"),
        ("--from 2024-02-29 --months 1 --roll none", "2024-03-29"),
        ("--from 2026-06-19 --days 30 --count-from C", "2026-07-18"),
        ("--from 2024-02-29 --days 0", "2024-02-29"),
    ],
)
def test_one_deadline(arguments: str, expected: str) -> None:
    answer = answered(*arguments.split())
    assert answer["deadline"] == answer["trace"]["deadline"] == expected
    text = run(*arguments.split())
    assert text.exit_code == 0
    assert text.stdout.startswith(f"{expected}  ")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ("", "give --from"),
        ("--from 2024-03-22", "give one of --working-days, --days and --months"),
        ("--from 2024-03-22 --days 1 --months 1", "not --days and --months"),
        ("--from 22.03.2024 --days 1", "'22.03.2024' is not a date: write 2023-03-31 or 31/03/2023"),
        ("--from 2024-02-30 --days 1", "there is no day '2024-02-30'"),
        ("--from 30/02/2024 --days 1", "there is no day '30/02/2024'"),
        ("--from 2024-03-22 --working-days five", "--working-days 'five' is not a whole number"),
        ("--from 2024-03-22 --working-days 5.0", "is not a whole number"),
        ("--from 2024-03-22 --days 1 --calendar wales", "--calendar 'wales' is none of england-and-wales"),
        ("--from 2024-03-22 --days 1 --count-from a", "--count-from 'a' is none of A, B, C"),
        ("--from 2024-03-22 --days 1 --roll back", "--roll 'back' is none of none, next-working-day"),
        ("--from 2024-03-22 --days 1 --as-known then", "'then' is not a date and time"),
        ("--from 2028-12-22 --working-days 9", "the england-and-wales calendar ends with 2028"),
        ("--from 2011-12-22 --working-days 9", "the england-and-wales calendar begins with 2012"),
        ("--from 2024-03-22 --days 999999999", "leaves the years 1 to 9999"),
        ("--from 2024-03-22 --days 1 --extended", "--extended needs --procedure"),
        ("--from 2024-03-22 --procedure corporate", "--procedure and --clock go together"),
        ("--from 2024-03-22 --clock stage-1-response", "--procedure and --clock go together"),
        ("--from 2024-03-22 --procedure corporate --clock x --days 1", "--days cannot go with --procedure"),
        ("--batch - --from 2024-03-22 --extended", "--from and --extended cannot go with --batch"),
        ("--batch no-such-file.jsonl", "'no-such-file.jsonl' cannot be read"),
        ("--batch /", "cannot be read"),
    ],
)
def test_what_is_wrong_is_reported_on_stderr_and_as_json(arguments: str, why: str) -> None:
    plain = run(*arguments.split())
    assert plain.exit_code == 2
    assert plain.stdout == ""
    assert why in plain.stderr
    as_json = run(*arguments.split(), "--json")
    assert as_json.exit_code == 2
    assert why in json.loads(as_json.stdout)["error"]
    assert why in as_json.stderr


def test_an_unknown_option_is_a_usage_error() -> None:
    assert run("--form", "2024-03-22").exit_code == 2


def test_help_names_every_option() -> None:
    helped = run("--help")
    assert helped.exit_code == 0
    for option in ("--from", "--working-days", "--as-known", "--roll", "--batch", "--json", "--extended"):
        assert option in helped.stdout


EVERY_FIELD = (
    b'{"from": "2024-03-22", "working_days": 5, "calendar": "england-and-wales", "count_from": "A",'
    b' "as_known": null, "roll": "none", "holidays": null}'
)
LINES: list[tuple[bytes, str]] = [
    (EVERY_FIELD, "2024-04-02"),
    (b'{"from": "2024-03-22", "working_days": 5, "holidays": []}', "2024-03-29"),
    (b'{"from": "2024-02-29", "months": 1, "roll": "next-working-day"}', "2024-04-02"),
    (b'{"from": "2024-03-22", "days": -1}', "2024-03-21"),
    (b'{"from": "2022-09-06", "working_days": 10, "as_known": "2022-09-06T09:00"}', "2022-09-20"),
    (b"{", "error"),
    (b"null", "error"),
    (b"[1]", "error"),
    (b"\xff\xfe", "error"),
    (b'{"from": "2024-03-22"}', "error"),
    (b'{"from": "2024-03-22", "days": 1, "days": 2}', "error"),
    (b'{"from": "2024-03-22", "days": NaN}', "error"),
    (b'{"from": "2024-03-22", "days": ' + b"9" * 5000 + b"}", "error"),
    (b"[" * 100_000, "error"),
    (b'{"from": "2024-03-22", "days": 1, "\\ud800": 2}', "error"),
    (b'{"from": "2024-03-22", "working_days": "5"}', "error"),
    (b'{"from": "2024-03-22", "working_days": 5, "days": 5}', "error"),
    (b'{"from": "2024-03-22", "working_days": 5, "holidays": "2024-03-29"}', "error"),
    (b'{"from": "2028-12-22", "working_days": 9}', "error"),
    (b'{"from": "2024-03-22", "working_days": 9000000}', "error"),
]  # fmt: skip


def check(output: str) -> None:
    got = [json.loads(line) for line in output.splitlines()]
    assert len(got) == len(LINES)
    for answer, (line, expected) in zip(got, LINES, strict=True):
        assert answer == {"deadline": expected} or (expected == "error" and list(answer) == ["error"]), line
        assert answer.get("error", "said")


def test_a_batch_answers_every_line_in_order(tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + b"\r\n\n".join(line for line, _ in LINES))
    result = run("--batch", str(file))
    check(result.stdout)
    assert result.exit_code == 1
    assert f"{sum(e == 'error' for _, e in LINES)} of the requests could not be answered" in result.stderr
    result = run("--batch", "-", stdin=file.read_bytes())
    check(result.stdout)
    assert result.exit_code == 1


def test_a_batch_without_faults_succeeds() -> None:
    good = [line for line, expected in LINES if expected != "error"]
    result = run("--batch", "-", stdin=b"\n".join(good) + b"\n")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert run("--batch", "-", stdin=b"").exit_code == 0


def test_a_batch_is_read_as_it_is_answered() -> None:
    read = []

    def endless() -> Any:
        while True:
            read.append(1)
            yield LINES[0][0]

    stream = answers(endless())
    assert [next(stream), next(stream)] == [{"deadline": "2024-04-02"}] * 2
    assert len(read) == 2


@given(
    st.dates().map(str),
    st.sampled_from(["working-days", "days", "months"]),
    st.integers(-500, 500),
    st.sampled_from(["england-and-wales", "scotland", "northern-ireland", "united-kingdom"]),
    st.sampled_from("ABC"),
    st.sampled_from(["none", "next-working-day"]),
    st.none() | st.datetimes().map(lambda moment: moment.isoformat(timespec="minutes")),
)
@settings(max_examples=60, deadline=None)
def test_a_batch_answers_what_the_options_answer(
    start: str, unit: str, n: int, calendar: str, count_from: str, roll: str, as_known: str | None
) -> None:
    options = ["--from", start, f"--{unit}", str(n), "--calendar", calendar, "--count-from", count_from]
    options += ["--roll", roll, *(["--as-known", as_known] if as_known else [])]
    single = run(*options, "--json")
    alone = json.loads(single.stdout)
    fields = {
        "from": start, unit.replace("-", "_"): n, "calendar": calendar, "count_from": count_from,
        "roll": roll, "as_known": as_known,
    }  # fmt: skip
    answer = answer_line(json.dumps(fields).encode())
    key = "deadline" if single.exit_code == 0 else "error"
    assert answer == {key: alone[key]}


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: json.dumps({text: text}).encode()))
def test_no_line_can_stop_a_batch(line: bytes) -> None:
    assert list(answer_line(line)) == ["error"]


SCRIPT = "import typer; from redress.cli.deadline import register; a = typer.Typer(); register(a); a()"


def test_as_a_process_in_a_bare_environment() -> None:
    """No locale, no terminal: the answers still come as plain JSON lines."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "--batch", "-"],
        input=b"\n".join(line for line, _ in LINES),
        env={"LC_ALL": "C", "PYTHONUTF8": "0", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    check(done.stdout.decode("ascii"))
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(("extra", "expected"), [([], "2024-04-11"), (["--extended"], "2024-04-25")])
def test_a_clock_of_a_rulebook(extra: list[str], expected: str) -> None:
    arguments = ["--procedure", "corporate", "--clock", "stage-1-response", "--from", "2024-03-26", *extra]
    answer = answered(*arguments)
    assert answer["deadline"] == expected
    assert answer["procedure"] == "corporate"
    assert answer["trace"]["source"] == answer["source"]
    assert answer["source"]
    text = run(*arguments)
    assert text.stdout.startswith(expected)


def test_a_clock_that_is_not_there() -> None:
    for procedure, clock in (("corporate", "no-such-clock"), ("no-such-procedure", "stage-1-response")):
        result = run("--procedure", procedure, "--clock", clock, "--from", "2024-03-26", "--json")
        assert result.exit_code == 2
        assert json.loads(result.stdout)["error"]
