"""Cases worked through the API of the workflow service, which runs in this process."""

from datetime import UTC, datetime

from services.workflow.app import create_app
from services.workflow.settings import WorkflowSettings
from shared.calendar.london import london_date
from shared.events.feedback import FeedbackContent
from tests.in_process import InProcess, master_key, staff
from tests.waiting import until
from tests.workflow.case_rig import envelope, received

WORDS = "Nobody came to mend the drain."


async def complaint(workflow, *, on=None, **more):
    """Feedback received today (or on a day), its text under lock."""
    sent = received(on or london_date(datetime.now(UTC)), **more)
    key = sent.data.feedback_id
    await workflow.vault.create_key(key)
    content = await workflow.vault.seal(key, FeedbackContent(narrative=WORDS), purpose="feedback")
    return envelope(sent.data.model_copy(update={"sealed": content}), sent.time, sent.id)


async def opened(client, sent):
    async def found():
        answer = await client.get(f"/api/v1/cases/{sent.data.reference}")
        return answer if answer.status_code == 200 else None

    return await until(found)


class Walk:
    """A case worked through the API."""

    def __init__(self, client, answer):
        self.client = client
        self.answer = answer

    async def __call__(self, step, status=200, token=None, **body):
        url = f"/api/v1/cases/{self.answer.json()['case_id']}/steps/{step}"
        headers = {"If-Match": self.answer.headers["ETag"]}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        answer = await self.client.post(url, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        if status == 200:
            self.answer = answer
        return answer.json()


async def everything(workflow, topic, count):
    records = await workflow.published_on(topic, 0.5)
    return records if len(records) >= count else None


async def until_published(workflow, topic, count):
    for _ in range(20):
        if found := await everything(workflow, topic, count):
            return found
    raise AssertionError(f"{topic} did not carry {count} records")


TOKENS = {"officer-1": "one", "officer-2": "two", "reader-1": "three"}
ROLES = {"officer-1": {"officer", "manager"}, "officer-2": {"officer"}, "reader-1": {"reporting"}}


class Workflow(InProcess[WorkflowSettings]):
    async def publish(self, *envelopes, topic="feedback", key=None):
        await self.put(topic, [(str(key or e.data.feedback_id), e) for e in envelopes])

    async def published_on(self, topic="cases", seconds=1.0):
        return await super().published_on(topic, seconds)


def service_on(mongo_url, kafka_bootstrap, topic_prefix, database_prefix) -> "Workflow":
    """The service on these servers, with topics and databases of its own."""
    settings = WorkflowSettings(
        kafka=kafka_bootstrap,
        mongo_url=mongo_url,
        topic_prefix=topic_prefix,
        database_prefix=database_prefix,
        master_key=master_key(),
        staff_tokens=staff(**{name: (token, ROLES[name]) for name, token in TOKENS.items()}),
        timer_seconds=0.1,
    )
    return Workflow(create_app, settings, TOKENS["officer-1"])
