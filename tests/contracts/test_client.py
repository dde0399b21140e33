"""A client that a generator makes from the descriptions tells a missing case from a stale one, and both from a wrong field."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from redress.contracts.services import SERVICES
from tests.paths import ROOT
from tests.platform import TOKEN

SCRIPT = Path(__file__).with_name("typed_client.py")
# A download may be of any type, and rows are sent as JSON Lines; the generator leaves both out.
LEFT_OUT = {"intake": 2}


async def run(*command, cwd):
    """What a command printed, of which nothing may have failed."""
    env = {**os.environ, "PYTHONPATH": str(cwd), "PATH": f"{cwd / 'env' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    process = await asyncio.create_subprocess_exec(
        *map(str, command), cwd=cwd, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


@pytest.fixture
async def clients(tmp_path):
    """A folder with a client of each service, and an environment that has what they need."""
    python = tmp_path / "env" / "bin" / "python"
    await run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "env", cwd=tmp_path)
    lock = ROOT / "requirements" / "client.lock"
    await run(sys.executable, "-m", "uv", "pip", "install", "--require-hashes", "-r", lock, "--python", python, cwd=tmp_path)
    for name in SERVICES:
        document = ROOT / "docs" / "openapi" / f"{name}.json"
        arguments = ("generate", "--path", document, "--output-path", tmp_path / name, "--meta", "none")
        output = await run(python, "-m", "openapi_python_client", *arguments, cwd=tmp_path)
        assert output.count("WARNING") == LEFT_OUT.get(name, 0), output
    return tmp_path


async def test_a_generated_client_tells_problems_apart(clients, running):
    case = (await running.complain()).json()["case_id"]
    await running.case(case)
    await running.step(case, "note", text="The first.")
    url = f"{running.url('workflow')}/api/v1/cases/{case}"
    current = (await running.http.get(url)).headers["ETag"]
    script = (clients / "env" / "bin" / "python", SCRIPT)
    assert "ok" in await run(*script, running.url("workflow"), TOKEN, case, '"1"', current, cwd=clients)
