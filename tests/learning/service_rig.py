"""The learning service in this process, with events of cases put before it."""

from services.learning.settings import LearningSettings
from tests.in_process import InProcess
from tests.learning.examples import envelope

TOKEN = "a-token-for-tests"


class Learning(InProcess[LearningSettings]):
    async def publish(self, *events):
        await self.put("cases", [(str(event.case_id), envelope(event)) for event in events])

    async def published_on(self, topic="lessons", seconds=1.0):
        return await super().published_on(topic, seconds)
