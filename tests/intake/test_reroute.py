"""After a re-route the person is told what holds now: once for each, by email, and on the page of the receipt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from services.intake.acknowledgement.text import compose_notice
from services.intake.model import Feedback, MailTo, Notice
from services.intake.next_steps import acknowledged_by, long_day
from services.intake.settings import IntakeSettings
from services.workflow.case.commands import Receive
from shared.calendar.london import today
from shared.events.codes import Channel, Kind
from shared.events.outgoing import Cause, make_envelope
from shared.ids import event_id
from shared.taxonomy.codes import Codes
from tests.intake.service_rig import serving
from tests.intake.sink import sinking
from tests.waiting import until
from tests.workflow.case_rig import Desk

NOW = datetime(2024, 6, 4, 12, tzinfo=UTC)


def told(kind=Kind.COMPLAINT, procedure="adults-statutory", acknowledge_by=None, respond_by=None):
    feedback = Feedback(uuid4(), "RD-7K2M-4QXT-9V0A", Kind.COMPLAINT, Channel.WEB, NOW - timedelta(days=1), fingerprint="")
    notice = Notice(kind, procedure, acknowledge_by, respond_by)
    return compose_notice(
        feedback, "k", notice, MailTo(address="ann@example.com"), codes=Codes(), now=NOW, settings=IntakeSettings()
    )


def test_the_notice_names_the_procedure_and_the_days_to_come():
    mail = told(acknowledge_by=date(2024, 6, 6))
    text = mail.get_content()
    assert "under another procedure: Adult social care complaints (statutory)." in text
    assert "We received it on Monday 3 June 2024; that day still counts. We acknowledge it by Thursday 6 June 2024." in text
    assert mail["Auto-Submitted"] == "auto-replied"
    child = told(procedure="childrens-statutory", acknowledge_by=date(2024, 6, 6), respond_by=date(2024, 6, 17)).get_content()
    assert "We acknowledge it by Thursday 6 June 2024 and answer it by Monday 17 June 2024." in child
    assert "advocate" in child


@pytest.mark.parametrize("past", [{}, {"acknowledge_by": date(2024, 6, 3)}, {"respond_by": date(2023, 6, 3)}])
def test_the_notice_promises_nothing_past(past):
    text = told(**past).get_content()
    assert "We tell you when to expect an answer." in text
    assert " by Monday 3" not in text
    assert "deal with it as: enquiry." in told(kind=Kind.ENQUIRY, procedure="corporate").get_content()


async def test_a_reclassified_case_is_told_of_once_however_often_the_event_comes(intake_settings):
    async with sinking() as sink, serving(intake_settings(smtp_port=sink.port)) as intake:
        sent = {"kind": "complaint", "narrative": "Nobody came.", "email": "ann@example.com", "service_area": "potholes"}
        body = (await intake.http.post("/api/v1/feedback", json=sent)).json()
        await sink.wait()
        ((_, received),) = await intake.published(1)
        desk = Desk()
        moment = received.recorded_at
        desk.handle(Receive(received), moment)
        day = today(moment)

        def moved(procedure, recorded_at=moment):
            desk.do("reclassify", day, procedure=procedure)
            event = desk.last
            return make_envelope(
                event,
                id=event_id(event.case_id, event.version),
                source="redress/workflow",
                subject=event.case_id,
                sequence=event.version,
                cause=Cause("c"),
                time=recorded_at,
                recorded_at=recorded_at,
            )

        # One of long ago, which is told to nobody, then one of now, which comes three times.
        old = moved("public-health", moment - timedelta(days=30))
        new = moved("childrens-statutory")
        key = str(desk.case.case_id)
        await intake.put("cases", [(key, old), (key, new), (key, new), (key, replace(new, sequence=9))])
        mail = (await sink.wait(2))[-1]
        by = acknowledged_by(day, 3)
        assert f"acknowledge it by {long_day(by)}" in mail.get_content()
        assert "advocate" in mail.get_content()
        assert body["reference"] in mail["Subject"]
        assert mail["To"] == "ann@example.com"
        notices = intake.store.database("intake")["notices"]
        assert await until(lambda: notices.count({"status": "sent"})) == 1
        assert len(sink.caught) == 2
        page = (await intake.http.get(f"/feedback/received/{body['reference']}")).text
        assert f"by {long_day(by)}" in page
        assert "advocate" in page
        # What was received stays what it was.
        assert (await intake.http.get(f"/api/v1/feedback/{body['reference']}")).json()["procedure"] is None
