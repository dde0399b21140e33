"""`redress import` over real HTTP, against an intake that knows rows by their source_id."""

import json
import threading
import time

import pytest
import typer
import uvicorn
from fastapi import FastAPI, Request, Response
from typer.testing import CliRunner

from redress.cli import import_, sample
from redress.importing import client
from redress.sample.generate import generate
from shared.events.historic import HistoricCase
from shared.ids import feedback_id
from shared.references import reference

APP = typer.Typer()
ROWS = len(generate())
import_.register(APP)
sample.register(APP)


class Intake:
    """The import route as docs/contracts.md has it, and how it may fail."""

    def __init__(self):
        self.rows = {}
        self.url = ""
        self.requests = 0
        self.busy = 0
        self.status = 200
        self.refuses = None
        self.app = FastAPI()
        self.app.post("/api/v1/import")(self.take)

    async def take(self, request: Request, dry_run: bool = False) -> Response:
        self.requests += 1
        if self.busy:
            self.busy -= 1
            return Response(status_code=503, headers={"Retry-After": "1"})
        if self.status != 200:
            return Response('{"detail": "This token is not known."}', self.status)
        assert request.headers["Authorization"] == "Bearer secret"
        lines = (await request.body()).splitlines()
        assert len(lines) <= 500
        before = dict(self.rows)
        answer = Response("\n".join(json.dumps(self.one(line)) for line in lines))
        self.rows = before if dry_run else self.rows
        return answer

    def one(self, line):
        case = HistoricCase.model_validate_json(line)
        known = self.rows.setdefault(case.source_id, (case, line))
        status = "created" if known[1] is line else "exists" if known[0] == case else "conflict"
        feedback = feedback_id("import", case.source_id)
        if self.refuses:
            return {"source_id": case.source_id, "status": "refused", "error": self.refuses}
        answer = {"source_id": case.source_id, "status": status, "feedback_id": str(feedback)}
        return {**answer, "reference": reference(feedback), "error": None}


@pytest.fixture
def intake(free_port):
    found = Intake()
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(found.app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    found.url = f"http://127.0.0.1:{port}"
    yield found
    server.should_exit = True
    thread.join()


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("REDRESS_HOME", str(tmp_path / "no-run"))
    monkeypatch.setenv("REDRESS_TOKEN", "secret")

    def run(*arguments):
        return CliRunner().invoke(APP, [str(a) for a in arguments])

    return run


HEADER = "source_id,kind,procedure,received_on,themes,formal\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "cases.csv"
    path.write_text(HEADER + "a,complaint,corporate,2023-01-03,delay;reports,no\nb,compliment,corporate,04/01/2023,,\n")
    return path


def test_rows_go_in_once_however_often_they_are_sent(run, intake, file):
    first = run("import", file, "--url", intake.url)
    assert (first.exit_code, first.stdout) == (0, "2 rows: 2 new\n")
    again = run("import", file, "--url", intake.url)
    assert (again.exit_code, again.stdout) == (0, "2 rows: 2 in already\n")
    case = intake.rows["a"][0]
    assert (case.themes, case.formal, case.provenance) == (("delay", "reports"), False, "imported")


def test_a_wrong_row_is_reported_with_its_line_and_the_others_go_in(run, intake, file):
    file.write_text(file.read_text() + "c,grumble,corporate,2023-01-03,,\nd,comment,corporate,2023-01-05,,\n")
    result = run("import", file, "--url", intake.url)
    assert (result.exit_code, result.stdout) == (1, "4 rows: 3 new, 1 wrong\n")
    assert result.stderr.startswith("line 4: kind: 'grumble' is not one of")
    assert set(intake.rows) == {"a", "b", "d"}


def test_what_intake_refuses_is_reported_with_its_column(run, intake, tmp_path):
    intake.refuses = "ombudsman.0.remedies.1.kind: 'gold' is not a code of the list remedy-types"
    path = tmp_path / "rows.csv"
    path.write_text("source_id,kind,procedure,received_on\na,complaint,corporate,2023-01-03\n")
    result = run("import", path, "--url", intake.url, "--json")
    (wrong,) = json.loads(result.stdout)["wrong"]
    assert (wrong["line"], wrong["column"]) == (2, "ombudsman_1_remedy_2_kind")
    assert wrong["reason"] == "'a': 'gold' is not a code of the list remedy-types"


def test_a_conflict_is_reported_and_changes_nothing(run, intake, file):
    run("import", file, "--url", intake.url)
    file.write_text(file.read_text().replace("delay;reports", "delay"))
    result = run("import", file, "--url", intake.url)
    assert (result.exit_code, result.stdout) == (1, "2 rows: 1 in already, 1 in conflict\n")
    assert result.stderr == "line 2: 'a': it is in already, and differs from this row\n"
    assert intake.rows["a"][0].themes == ("delay", "reports")


def test_json_shows_the_counts_and_each_wrong_row(run, intake, file):
    file.write_text(file.read_text() + "c,complaint,corporate,soon,,\n")
    result = run("import", file, "--url", intake.url, "--json")
    answer = json.loads(result.stdout)
    assert (answer["rows"], answer["created"], answer["exists"]) == (3, 2, 0)
    (wrong,) = answer["wrong"]
    assert (wrong["line"], wrong["column"]) == (4, "received_on")


def test_a_dry_run_asks_intake_and_imports_nothing(run, intake, file):
    result = run("import", file, "--url", intake.url, "--dry-run")
    assert (result.exit_code, result.stdout) == (0, "2 rows: 2 can go in\n")
    assert (intake.requests, intake.rows) == (1, {})
    intake.refuses = "service_area: 'teapots' is not known"
    result = run("import", file, "--url", intake.url, "--dry-run")
    assert result.exit_code == 1
    assert "line 2: service_area: 'a': 'teapots' is not known" in result.stderr


def test_a_dry_run_that_could_not_ask_says_so(run, file, free_port, monkeypatch):
    monkeypatch.setattr(import_, "_DRY_PATIENCE", 0.3)
    result = run("import", file, "--url", f"http://127.0.0.1:{free_port()}", "--dry-run")
    assert result.exit_code == 5
    assert "intake could not be asked, so no row was checked against the council's lists" in result.stderr


@pytest.mark.parametrize("text", ["", "\n\n", HEADER, "\ufeff" + HEADER + ",,,,,\n"])
def test_a_file_without_rows_is_no_import(run, intake, tmp_path, text):
    path = tmp_path / "empty.csv"
    path.write_text(text)
    result = run("import", path, "--url", intake.url)
    assert result.exit_code == 2
    assert "holds no rows" in result.stderr


def test_utf_16_and_columns_without_a_name_at_the_end(run, intake, file):
    lines = [f"{line},," for line in file.read_text().splitlines()]
    for encoding in ("utf-16-le", "utf-16-be"):
        file.write_bytes("\ufeff".encode(encoding) + "\r\n".join(lines).encode(encoding))
        result = run("import", file, "--url", intake.url, "--dry-run")
        assert (result.exit_code, result.stdout) == (0, "2 rows: 2 can go in\n"), result.stderr


def test_batches_of_500_and_an_intake_that_is_busy_for_a_while(run, intake, tmp_path):
    intake.busy = 2
    path = tmp_path / "many.csv"
    path.write_text(HEADER + "".join(f"row-{n},comment,corporate,2023-01-03,,\n" for n in range(1201)))
    result = run("import", path, "--url", intake.url)
    assert (result.exit_code, result.stdout) == (0, "1,201 rows: 1,201 new\n")
    assert intake.requests == 3 + 2


def test_an_intake_that_refuses_is_reported_with_its_words(run, intake, file):
    intake.status = 401
    result = run("import", file, "--url", intake.url)
    assert (result.exit_code, result.stderr) == (
        5,
        "redress import: intake refused: This token is not known.\n",
    )


def test_nobody_there_is_reported_after_our_patience(run, file, free_port, monkeypatch):
    monkeypatch.setattr(client.IntakeClient.__init__, "__kwdefaults__", {"patience": 0.5})
    result = run("import", file, "--url", f"http://127.0.0.1:{free_port()}")
    assert result.exit_code == 5
    assert "intake does not answer: ConnectError" in result.stderr


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("cases.csv", "source_id,kind,procedure,recieved_on\n", "did you mean 'received_on'?"),
        ("cases.xlsx", "", "should end in .csv or .jsonl"),
        ("absent.csv", None, "No such file"),
    ],
)
def test_a_file_that_cannot_be_used_is_reported(run, tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    result = run("import", path)
    assert result.exit_code == 2
    assert message in result.stderr


def test_without_a_token_it_shows_where_one_comes_from(run, file, monkeypatch):
    monkeypatch.delenv("REDRESS_TOKEN")
    result = run("import", file)
    assert (result.exit_code, result.stderr) == (
        2,
        "redress import: no staff token: give --token-file or set REDRESS_TOKEN\n",
    )


def test_windows_1252_is_reported(run, intake, file):
    file.write_bytes(file.read_bytes() + "é,comment,corporate,2023-01-05,,\n".encode("cp1252"))
    result = run("import", file, "--url", intake.url)
    assert "it is read as Windows-1252" in result.stderr
    assert "line 4: source_id: 'é' is not of the form" in result.stderr


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_the_sample_goes_out_and_in(run, intake, tmp_path, suffix):
    path = tmp_path / f"sample.{suffix}"
    written = run("sample", "--out", path)
    assert written.exit_code == 0
    assert "2022/23  childrens.complaints" in written.stdout
    result = run("import", path, "--url", intake.url)
    assert (result.exit_code, result.stdout) == (0, f"{ROWS:,} rows: {ROWS:,} new\n")
    assert [case for case, _ in intake.rows.values()] == generate()


def test_the_sample_shows_which_figures_are_printed(run):
    answer = json.loads(run("sample", "--json").stdout)
    found = {(f["measure"], f["year"]): (f["number"], f["source"]) for f in answer["figures"]}
    assert found["corporate.dissatisfaction", "2022/23"] == (1379, "printed")
    assert found["corporate.dissatisfaction", "2021/22"] == (1296, "plausible")
    assert found["corporate.resolved_outside_formal", "2022/23"] == (1305, "printed")
