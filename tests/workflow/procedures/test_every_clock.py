"""Each limit of each live rulebook, on at least two days around Christmas, Easter, the funeral of 2022, the coronation of 2023 or
the ends of months. The days were counted by a plain loop over a list of holidays that is not ours, and stand here as they are.
"""

from collections import Counter
from datetime import date

import pytest

from services.workflow.rulebook.load import shipped
from tests.workflow.procedures.rig import due

ROWS = [
    ("adults-statutory", "local-resolution-acknowledgement", date(2023, 4, 28), date(2023, 5, 4)),
    ("adults-statutory", "local-resolution-acknowledgement", date(2024, 12, 20), date(2024, 12, 27)),
    ("adults-statutory", "local-resolution-oral", date(2022, 9, 9), date(2022, 9, 12)),
    ("adults-statutory", "local-resolution-oral", date(2023, 4, 28), date(2023, 5, 2)),
    ("adults-statutory", "local-resolution-six-months", date(2022, 8, 31), date(2023, 2, 28)),
    ("adults-statutory", "local-resolution-six-months", date(2023, 11, 30), date(2024, 5, 29)),
    ("adults-statutory", "ombudsman-report", date(2022, 8, 31), date(2022, 11, 30)),
    ("adults-statutory", "ombudsman-report", date(2023, 11, 30), date(2024, 2, 29)),
    ("adults-statutory", "nhs-body-acknowledgement", date(2024, 12, 20), date(2024, 12, 27)),
    ("adults-statutory", "nhs-body-acknowledgement", date(2024, 3, 27), date(2024, 4, 3)),
    ("adults-statutory", "nhs-body-response", date(2022, 8, 31), date(2023, 2, 28)),
    ("adults-statutory", "nhs-body-response", date(2023, 11, 30), date(2024, 5, 29)),
    ("childrens-statutory", "stage-1-acknowledgement", date(2023, 4, 28), date(2023, 5, 4)),
    ("childrens-statutory", "stage-1-acknowledgement", date(2024, 12, 20), date(2024, 12, 27)),
    ("childrens-statutory", "stage-1-response", date(2024, 12, 20), date(2025, 1, 8)),
    ("childrens-statutory", "stage-1-response", date(2024, 3, 27), date(2024, 4, 12)),
    ("childrens-statutory", "stage-2-statement", date(2022, 9, 9), date(2022, 9, 16)),
    ("childrens-statutory", "stage-2-statement", date(2023, 4, 28), date(2023, 5, 9)),
    ("childrens-statutory", "stage-2-response", date(2022, 9, 9), date(2022, 10, 17)),
    ("childrens-statutory", "stage-2-response", date(2023, 4, 28), date(2023, 6, 7)),
    ("childrens-statutory", "stage-3-request", date(2023, 4, 28), date(2023, 5, 31)),
    ("childrens-statutory", "stage-3-request", date(2024, 12, 20), date(2025, 1, 22)),
    ("childrens-statutory", "stage-3-acknowledgement", date(2022, 9, 9), date(2022, 9, 13)),
    ("childrens-statutory", "stage-3-acknowledgement", date(2023, 4, 28), date(2023, 5, 3)),
    ("childrens-statutory", "stage-3-panel", date(2023, 4, 28), date(2023, 6, 14)),
    ("childrens-statutory", "stage-3-panel", date(2024, 12, 20), date(2025, 2, 5)),
    ("childrens-statutory", "stage-3-findings", date(2024, 12, 20), date(2024, 12, 31)),
    ("childrens-statutory", "stage-3-findings", date(2024, 3, 27), date(2024, 4, 5)),
    ("childrens-statutory", "stage-3-response", date(2023, 4, 28), date(2023, 5, 23)),
    ("childrens-statutory", "stage-3-response", date(2024, 12, 20), date(2025, 1, 15)),
    ("corporate-2022", "stage-1-acknowledgement", date(2023, 4, 28), date(2023, 5, 9)),
    ("corporate-2022", "stage-1-acknowledgement", date(2024, 12, 20), date(2024, 12, 31)),
    ("corporate-2022", "stage-1-response", date(2024, 12, 20), date(2025, 1, 8)),
    ("corporate-2022", "stage-1-response", date(2024, 3, 27), date(2024, 4, 12)),
    ("corporate-2022", "stage-2-acknowledgement", date(2024, 12, 20), date(2024, 12, 31)),
    ("corporate-2022", "stage-2-acknowledgement", date(2024, 3, 27), date(2024, 4, 5)),
    ("corporate-2022", "stage-2-response", date(2022, 9, 9), date(2022, 10, 10)),
    ("corporate-2022", "stage-2-response", date(2023, 4, 28), date(2023, 5, 31)),
    ("corporate-code-2024", "stage-1-acknowledgement", date(2023, 4, 28), date(2023, 5, 9)),
    ("corporate-code-2024", "stage-1-acknowledgement", date(2024, 12, 20), date(2024, 12, 31)),
    ("corporate-code-2024", "stage-1-response", date(2024, 12, 20), date(2025, 1, 8)),
    ("corporate-code-2024", "stage-1-response", date(2024, 3, 27), date(2024, 4, 12)),
    ("corporate-code-2024", "stage-2-acknowledgement", date(2024, 12, 20), date(2024, 12, 31)),
    ("corporate-code-2024", "stage-2-acknowledgement", date(2024, 3, 27), date(2024, 4, 5)),
    ("corporate-code-2024", "stage-2-response", date(2022, 9, 9), date(2022, 10, 10)),
    ("corporate-code-2024", "stage-2-response", date(2023, 4, 28), date(2023, 5, 31)),
    ("data-protection-2026", "complaint-acknowledgement", date(2022, 9, 9), date(2022, 10, 8)),
    ("data-protection-2026", "complaint-acknowledgement", date(2023, 4, 28), date(2023, 5, 27)),
    ("data-protection-2026", "complaint-response", date(2023, 4, 28), date(2023, 5, 31)),
    ("data-protection-2026", "complaint-response", date(2024, 12, 20), date(2025, 1, 22)),
    ("environmental-information", "request-response", date(2022, 9, 9), date(2022, 10, 10)),
    ("environmental-information", "request-response", date(2023, 4, 28), date(2023, 5, 31)),
    ("environmental-information", "review-request", date(2023, 4, 28), date(2023, 6, 28)),
    ("environmental-information", "review-request", date(2024, 12, 20), date(2025, 2, 20)),
    ("environmental-information", "review-response", date(2023, 4, 28), date(2023, 6, 28)),
    ("environmental-information", "review-response", date(2024, 12, 20), date(2025, 2, 20)),
    ("executive-correspondence", "correspondence-acknowledgement", date(2022, 9, 9), date(2022, 9, 13)),
    ("executive-correspondence", "correspondence-acknowledgement", date(2023, 4, 28), date(2023, 5, 3)),
    ("executive-correspondence", "correspondence-response", date(2023, 4, 28), date(2023, 5, 16)),
    ("executive-correspondence", "correspondence-response", date(2024, 12, 20), date(2025, 1, 8)),
    ("feedback-2024", "feedback-acknowledgement", date(2022, 9, 9), date(2022, 9, 16)),
    ("feedback-2024", "feedback-acknowledgement", date(2023, 4, 28), date(2023, 5, 9)),
    ("freedom-of-information", "request-response", date(2022, 9, 9), date(2022, 10, 10)),
    ("freedom-of-information", "request-response", date(2023, 4, 28), date(2023, 5, 31)),
    ("freedom-of-information", "review-request", date(2023, 4, 28), date(2023, 6, 28)),
    ("freedom-of-information", "review-request", date(2024, 12, 20), date(2025, 2, 20)),
    ("freedom-of-information", "review-response", date(2023, 4, 28), date(2023, 5, 31)),
    ("freedom-of-information", "review-response", date(2024, 12, 20), date(2025, 1, 23)),
    ("public-health", "local-resolution-acknowledgement", date(2023, 4, 28), date(2023, 5, 4)),
    ("public-health", "local-resolution-acknowledgement", date(2024, 12, 20), date(2024, 12, 27)),
    ("public-health", "local-resolution-oral", date(2022, 9, 9), date(2022, 9, 12)),
    ("public-health", "local-resolution-oral", date(2023, 4, 28), date(2023, 5, 2)),
    ("public-health", "local-resolution-six-months", date(2022, 8, 31), date(2023, 2, 28)),
    ("public-health", "local-resolution-six-months", date(2023, 11, 30), date(2024, 5, 29)),
    ("subject-access", "request-response", date(2022, 8, 31), date(2022, 9, 30)),
    ("subject-access", "request-response", date(2023, 11, 30), date(2024, 1, 2)),
    ("subject-access", "review-response", date(2023, 4, 28), date(2023, 5, 31)),
    ("subject-access", "review-response", date(2024, 12, 20), date(2025, 1, 22)),
]


@pytest.mark.parametrize(("book", "clock", "start", "expected"), ROWS)
def test_the_deadline(book, clock, start, expected):
    assert due(book, clock, start) == expected


def test_no_limit_goes_without_two_rows():
    """What procedures share is written down once, and is tried once."""
    rows = Counter((book, clock) for book, clock, _, _ in ROWS)
    tried = {clock for _, clock in rows}
    for book in (b for b in shipped() if not b.history):
        for clock in (c for c in book.clocks if c.fixed is not None):
            of_track = book.stage(clock.stage).track is not None
            assert rows[book.id, clock.id] >= 2 or (of_track and clock.id in tried), (book.id, clock.id)
