"""Compliments, comments and service requests: recorded, acknowledged, and a complaint may come of a request while it is open."""

from datetime import date

import pytest
from pydantic import ValidationError

from services.workflow.case.effects.notes import MilestoneFields
from shared.events.codes import Kind, Status
from tests.workflow.case_rig import Desk
from tests.workflow.procedures.rig import due, refused

MON = date(2024, 4, 8)


def test_a_service_request_gives_rise_to_a_complaint_and_stays_open():
    request = Desk().open(MON, kind=Kind.SERVICE_REQUEST).do("acknowledge", date(2024, 4, 9))
    complaint = Desk().open(date(2024, 4, 10))
    request.do("raise-complaint", date(2024, 4, 10), linked=complaint.case.reference, other=complaint)
    assert (request.facts.status, request.case.state) == (Status.OPEN, "acknowledged")
    assert request.case.links == (complaint.case.reference,)
    assert request.last.linked == complaint.case.reference
    # Recorded twice, it is one link.
    request.do("raise-complaint", date(2024, 4, 10), linked=complaint.case.reference, other=complaint)
    assert request.case.links == (complaint.case.reference,)
    assert complaint.facts.rulebook == "corporate-code-2024"
    request.do("close", date(2024, 4, 12))
    with refused("step-not-open"):
        request.do("raise-complaint", date(2024, 4, 12), linked=complaint.case.reference, other=complaint)


@pytest.mark.parametrize("kind", [Kind.SERVICE_REQUEST, Kind.ENQUIRY])
def test_a_complaint_that_came_of_it_is_named(kind):
    desk = Desk().open(MON, kind=kind)
    with refused("case-missing"):
        desk.do("raise-complaint", MON)
    with refused("links-itself"):
        desk.do("raise-complaint", MON, linked=desk.case.reference, other=desk)
    with pytest.raises(ValidationError):
        MilestoneFields(linked="Mr Smith")


def test_a_letter_that_holds_a_complaint_names_it():
    desk = Desk().open(MON, kind=Kind.ENQUIRY, procedure="executive-correspondence")
    other = Desk().open(MON)
    assert desk.do("raise-complaint", MON, linked=other.case.reference, other=other).case.links == (other.case.reference,)


@pytest.mark.parametrize("kind", [Kind.COMPLIMENT, Kind.COMMENT])
def test_a_compliment_or_comment_goes_to_the_service_manager_and_is_acknowledged(kind):
    desk = Desk().open(MON, kind=kind).do("assign", MON, person="service-1")
    assert desk.case.visit.holder("service-manager") == "service-1"
    desk.do("acknowledge", date(2024, 4, 15)).do("close", date(2024, 4, 15))
    assert desk.facts.status is Status.CLOSED


@pytest.mark.parametrize(("start", "expected"), [(MON, date(2024, 4, 15)), (date(2024, 12, 23), date(2025, 1, 2))])
def test_clocks(start, expected):
    assert due("feedback-2024", "feedback-acknowledgement", start) == expected
