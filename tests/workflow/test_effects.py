"""Each effect has one entry: its event, its fields, what its text is called, and for which purpose that is sealed."""

from datetime import date
from pathlib import Path

import pytest

from services.workflow.case.commands import TakeStep
from services.workflow.case.effects import ENTRIES
from services.workflow.case.effects.entry import effect
from services.workflow.case.fields import Fields
from services.workflow.rulebook.model import Effect
from shared.events import cases as e
from shared.events.envelope import EVENT_TYPES
from tests.workflow.case_rig import Desk, noon

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rulebooks.md"


def test_every_effect_has_exactly_one_entry():
    assert list(ENTRIES) == [entry.effect for entry in ENTRIES.values()]
    assert set(ENTRIES) == set(Effect)
    assert len(ENTRIES) == len(Effect)


def test_a_second_entry_is_refused_and_changes_nothing():
    before = ENTRIES[Effect.NOTE]
    with pytest.raises(ValueError, match="the effect note has two entries"):
        effect(Effect.NOTE, e.NoteAdded, Fields)(lambda t: t.emit())
    assert ENTRIES[Effect.NOTE] is before


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=lambda entry: entry.effect)
def test_the_text_is_never_among_the_fields(entry):
    assert entry.text not in entry.fields.model_fields
    assert issubclass(entry.event, e.CaseStep)


def test_the_purpose_of_a_text_is_that_of_its_event():
    purposes = {entry.effect: entry.purpose for entry in ENTRIES.values()}
    assert purposes.pop(Effect.RESPOND) == "response"
    assert set(purposes.values()) == {"case-note"}
    elsewhere = {
        kind.type: kind.purpose
        for kind in EVENT_TYPES.values()
        if issubclass(kind, e.CaseEvent) and kind.purpose not in {"response", "case-note"}
    }
    assert elsewhere == {
        "redress.case.opened.v1": "feedback",
        "redress.case.message-added.v1": "message",
    }


def test_fields_of_another_effect_are_an_error_of_the_code():
    """What comes over HTTP is read as the effect's own fields, so that no person meets this."""
    case = Desk().open()
    command = TakeStep("assign", Fields(), by="officer-1")
    with pytest.raises(TypeError, match="assign has AssignFields, not Fields"):
        case.handle(command, noon(date(2024, 4, 8)))


def test_the_page_on_rulebooks_names_every_effect():
    page = PAGE.read_text()
    assert [name for name in Effect if f"`{name}`" not in page] == []
