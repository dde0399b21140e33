"""Each service does what its OpenAPI description says, for requests that fit it and that do not, with a token and without."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from redress.contracts.services import settings_class
from services.intake.app import create_app as intake
from services.learning.app import create_app as learning
from services.reporting.app import create_app as reporting
from services.workflow.app import create_app as workflow
from tests.in_process import InProcess, master_key, staff
from tests.workflow.service_rig import complaint, opened

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = 6
SERVICES: dict[str, Callable[[Any], FastAPI]] = {
    "intake": intake,
    "workflow": workflow,
    "learning": learning,
    "reporting": reporting,
}


@pytest.fixture
def serving(mongo_url, kafka_bootstrap, topic_prefix, database_prefix):
    @asynccontextmanager
    async def serving(name):
        given: dict[str, Any] = {
            "kafka": kafka_bootstrap,
            "mongo_url": mongo_url,
            "topic_prefix": topic_prefix,
            "database_prefix": database_prefix,
            "master_key": master_key(),
            "staff_tokens": staff(tester=("one", {"officer", "manager", "reporting", "operator", "import"})),
        }
        if name == "intake":
            given |= {"mail_port": 0, "form_rate_per_minute": 0}
        settings = settings_class(SERVICES[name])(**given)
        service = InProcess(SERVICES[name], settings, "one")
        async with service.running(socket=True) as client:
            if name == "workflow":
                sent = await complaint(service)
                await service.put("feedback", [(str(sent.data.feedback_id), sent)])
                await opened(client, sent)
            yield str(client.base_url).rstrip("/")
        await service.close()

    return serving


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_does_what_it_says(name, serving, tmp_path):
    async with serving(name) as url:
        for headers in ((), ("--header", "Authorization: Bearer one")):
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "schemathesis.cli", f"--config-file={CONFIGURATION}", "run", f"{url}/openapi.json"),
                *("--seed=1", "--generation-deterministic", "--continue-on-failure", f"--max-examples={EXAMPLES}"),
                *("--no-color", *headers),
                cwd=tmp_path,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            output, _ = await process.communicate()
            assert process.returncode == 0, output.decode()[-6000:]
