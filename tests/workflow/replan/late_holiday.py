"""A bank holiday announced late, on Monday 15 April 2024, for cases received on Monday 8 April."""

from datetime import date

from shared.calendar.holidays import Holiday
from tests.workflow.case_rig import PUBLISHED, noon

MON = date(2024, 4, 8)
ANNOUNCED = noon(date(2024, 4, 10))
REST = Holiday(division="england-and-wales", date=date(2024, 4, 15), title="A day of rest", known_from=ANNOUNCED)
LATER = PUBLISHED.adding(REST)
