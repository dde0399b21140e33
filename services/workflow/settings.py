"""What the workflow service reads from the environment."""

from __future__ import annotations

from pydantic import DirectoryPath, Field, FilePath

from shared.calendar.holidays import HolidayRegister, load, published
from shared.settings import Settings


class WorkflowSettings(Settings):
    """`rulebooks` is a folder of the council's own rulebooks, in place of those that come with Redress.

    `holidays` is a file of bank holidays announced since, in the form of `shared/calendar/bank_holidays.json`.
    """

    port: int = Field(8082, ge=0, le=65535)
    rulebooks: DirectoryPath | None = None
    holidays: FilePath | None = None
    timer_seconds: float = Field(1.0, gt=0, description="The longest pause between two looks for due timers")

    def register(self) -> HolidayRegister:
        """The holidays by which clocks run: the published ones, and those of the file.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is no list of holidays.
        """
        if self.holidays is None:
            return published()
        return published().adding(*load(self.holidays.read_bytes()).holidays)
