"""A service that starts before its topics exist: it says so once, is not ready, and goes on when they are there."""

import asyncio
import json

from services.learning.settings import LearningSettings
from shared.messaging.provision import delete, provision
from tests.in_process import master_key
from tests.processes import process


async def test_missing_topics_are_one_line_of_the_log_and_a_trouble_until_they_are_made(
    mongo_url, kafka_bootstrap, database_prefix, tmp_path
):
    prefix = f"late-{database_prefix}-"
    settings = LearningSettings(
        mongo_url=mongo_url, kafka=kafka_bootstrap, topic_prefix=prefix, database_prefix=database_prefix, master_key=master_key()
    )
    async with process("learning", settings, tmp_path / "log") as running:
        await running.until(503)
        await asyncio.sleep(8)
        trouble = f"waiting for topics that do not exist ({prefix}cases): run `redress topics --create`"
        assert json.loads((await running.until(503)).text)["troubles"] == [trouble]
        lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
        about = [line for line in lines if prefix in json.dumps(line)]
        assert [(line["level"], line["event"]) for line in about] == [("error", "waiting for topics")]
        assert len(lines) < 12, lines
        try:
            await provision(settings, prefix)
            await running.until(200)
        finally:
            await delete(settings, prefix)
