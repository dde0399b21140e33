"""Every section of the annual report, in the order of its figures. A new one is a module with its `build`, and a line here."""

from __future__ import annotations

from typing import Final

from services.reporting.annual.detail import DETAIL
from services.reporting.annual.handling import HANDLING
from services.reporting.annual.headline import HEADLINE
from services.reporting.annual.ombudsman import OMBUDSMAN
from services.reporting.annual.requests import REQUESTS
from services.reporting.annual.section import ReportSection
from services.reporting.annual.tracks import JOINT_NHS, REMEDIES

SECTIONS: Final[tuple[ReportSection, ...]] = (
    HEADLINE,
    HANDLING,
    DETAIL,
    *REQUESTS,
    OMBUDSMAN,
    JOINT_NHS,
    REMEDIES,
)
