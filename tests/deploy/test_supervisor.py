"""A local run restarts what dies, stops everything when asked, and leaves no process behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import psutil
import pytest

from deploy.local.home import Home
from tests.paths import JARS, ROOT
from tests.waiting import PATIENCE

# The mailbox stands for the services: one real child process, without the four being part of this test.
# Tests in the background ignore the signals that a run from a terminal heeds; a run that they start would ignore them too.
RUN = """
import signal
import sys
for number in (signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
from deploy.local.errors import LocalRunError
from deploy.local.settings import LocalSettings
from deploy.local.supervisor import Supervisor
settings = LocalSettings()
report = lambda line: print(line, flush=True)
try:
    with settings.at().held():
        Supervisor(settings, report, services=()).run(lambda token: report("READY"))
except LocalRunError as error:
    print(error)
    sys.exit(error.exit_code)
"""


class Run:
    """`redress up` without the services, as a process of its own."""

    def __init__(self, home, base, **env):
        self.home = Home(home)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN],
            env={**clean, "REDRESS_HOME": str(home), "REDRESS_PORTS_FROM": str(base), **env},
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.lines = []

    def until(self, text):
        for line in self.process.stdout:
            self.lines.append(line.strip())
            if text in line:
                return line
        raise AssertionError(f"ended with {self.process.wait()} before {text!r}: {self.lines}")

    def state(self):
        return json.loads(self.home.ready.read_text())

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def start(tmp_path, free_port, kafka_bootstrap, mongo_url):
    """Starts a run, on the tests' own broker and store unless `embedded`; what is left of it is killed."""
    runs = []

    def start(home=tmp_path / "home", *, embedded=False, base=None, **env):
        servers = {"REDRESS_KAFKA": kafka_bootstrap, "REDRESS_MONGO_URL": mongo_url}
        prefix = {"REDRESS_TOPIC_PREFIX": "supervised."}
        given = env if embedded else {**servers, **prefix, **env}
        runs.append(Run(home, base or free_port(11), **given))
        return runs[-1]

    yield start
    for run in runs:
        run.close()


def runs(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def gone(pids, within=PATIENCE):
    """Whether every process has ended, after waiting for it."""
    deadline = time.monotonic() + within
    while any(runs(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.chaos
def test_a_killed_child_is_restarted_and_reported(start):
    run = start()
    run.until("READY")
    first = run.state()["pids"]["mailbox"]
    os.kill(first, signal.SIGKILL)
    assert "signal SIGKILL; restarting in 1 s" in run.until("mailbox ended")
    run.until("mailbox is ready again")
    assert run.state()["pids"]["mailbox"] != first
    assert httpx.get(run.state()["urls"]["mailbox"] + "/readyz").status_code == 200
    assert run.end() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])  # SIGTERM ends the runs of other tests
def test_a_signal_stops_everything_and_takes_the_ready_file_away(start, number):
    run = start()
    run.until("READY")
    pids = list(run.state()["pids"].values())
    assert run.end(number) == 0
    assert not run.home.ready.exists()
    assert gone(pids, within=0)


def test_a_signal_while_starting_stops_what_was_started(start):
    run = start(embedded=True)
    run.until("starting mongod, kafka, mailbox")
    time.sleep(0.3)
    children = [p.pid for p in psutil.Process(run.process.pid).children(recursive=True)]
    assert run.end() == 0
    assert gone(children)


@pytest.mark.chaos
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_killed_supervisor_leaves_no_process_and_the_next_run_starts_on_its_data(start, tmp_path, free_port):
    home = tmp_path / "home"
    (home / "kafka").mkdir(parents=True)
    (home / "kafka" / "jars").symlink_to(JARS)
    base = free_port(11)
    run = start(home, embedded=True, base=base)
    run.until("READY")
    state = run.state()
    assert set(state["pids"]) == {"mongod", "kafka", "mailbox"}
    token = run.home.staff_token.read_text()
    run.end(signal.SIGKILL)
    assert gone(state["pids"].values())

    again = start(home, embedded=True, base=base)
    again.until("READY")
    assert again.home.staff_token.read_text() == token
    pids = list(again.state()["pids"].values())
    assert again.end() == 0
    assert gone(pids, within=0)


def test_a_second_run_on_the_same_home_reports_it(start):
    run = start()
    run.until("READY")
    second = start()
    output, _ = second.process.communicate(timeout=PATIENCE)
    assert second.process.returncode == 3
    assert f"process {run.process.pid}" in output
    assert "--home" in output
    assert httpx.get(run.state()["urls"]["mailbox"] + "/livez").status_code == 200
    assert run.end() == 0


def test_a_port_in_use_is_named_with_its_variable(start):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        run = start(REDRESS_PORT_MAILBOX=str(port))
        output, _ = run.process.communicate(timeout=PATIENCE)
    assert run.process.returncode == 3
    assert f"port {port}" in output
    assert "REDRESS_PORT_MAILBOX" in output


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path):
    home = Home(tmp_path)
    token = home.ensure_secrets()
    key = home.master_key.read_text()
    assert home.ensure_secrets() == token
    assert home.master_key.read_text() == key
    for secret in (home.master_key, home.staff_token, home.staff_tokens):
        assert secret.stat().st_mode & 0o777 == 0o600
    assert token not in home.staff_tokens.read_text()
