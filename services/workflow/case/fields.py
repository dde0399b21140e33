"""The fields of every step of the rulebook, without its text; an effect that has more adds its own."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shared.calendar.written import Day
from shared.events.codes import Code
from shared.references import normalise_reference

StaffId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]


def _reference(text: str) -> str:
    found = normalise_reference(text)
    if found is None:
        raise ValueError("this is not a reference, or it has a slip of the pen")
    return found


Reference = Annotated[str, AfterValidator(_reference)]
"""The reference of a case, in its normal form."""


class Fields(BaseModel):
    """The London day on which the step was done (today, if left out) and what staff declare.

    `number` is the run of a track, such as the second remedy; left out, the only one at which the step is open.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: Day | None = None
    declarations: tuple[Code, ...] = ()
    number: int | None = Field(default=None, ge=1)

    @property
    def other_reference(self) -> str | None:
        """The reference of the other case that the step names; None when it names none."""
        return None


class PersonFields(Fields):
    """`person` is who answers for the step, an opaque id; left out, whoever has the step's role at the stage."""

    person: StaffId | None = None
