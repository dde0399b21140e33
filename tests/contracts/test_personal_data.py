"""`outcomes`, and the facts that every case and lesson event carries, cannot hold personal data: shown of their types."""

import enum
import types
import typing
from datetime import date
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict

from redress.contracts.asyncapi import event_types, topics_of
from shared.events.codes import Code, OmbudsmanReference
from shared.events.facts import CaseFacts, LessonFacts
from shared.events.outcomes import OutcomeEvent

OUTCOMES = [model for name, model in event_types().items() if "outcomes" in topics_of(name)]


def is_impersonal(annotation):
    """Whether a field of this type can hold only codes, days, whole numbers, yes or no, ids, and the Ombudsman's eight digits."""
    if annotation in {date, int, bool, UUID, type(None), Code, OmbudsmanReference}:
        return True
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in {typing.Union, types.UnionType, tuple}:
        return all(is_impersonal(arg) for arg in args if arg is not Ellipsis)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return True
    return (
        isinstance(annotation, type)
        and issubclass(annotation, BaseModel)
        and annotation.model_config.get("extra") in {"ignore", "forbid"}
        and all(is_impersonal(hint) for hint in fields(annotation).values())
    )


def fields(model):
    hints = typing.get_type_hints(model, include_extras=True)
    return {name: hints[name] for name in model.model_fields}


def test_there_are_outcomes():
    assert OUTCOMES
    assert all(issubclass(model, OutcomeEvent) for model in OUTCOMES)


@pytest.mark.parametrize("model", [*OUTCOMES, CaseFacts, LessonFacts], ids=lambda m: m.__name__)
def test_no_field_can_hold_personal_data(model):
    personal = {name: hint for name, hint in fields(model).items() if not is_impersonal(hint)}
    assert personal == {}


def test_free_text_anywhere_inside_would_be_found():
    class Inner(BaseModel):
        model_config = ConfigDict(extra="ignore")
        note: str

    class Open(BaseModel):
        model_config = ConfigDict(extra="allow")
        code: Code

    class Outer(BaseModel):
        model_config = ConfigDict(extra="ignore")
        parts: tuple[Inner, ...]

    assert not is_impersonal(Outer)
    assert not is_impersonal(Open)
    assert not is_impersonal(dict[str, str])
    assert not is_impersonal(Code | str)
