"""A sample of two financial years, 2021/22 and 2022/23, with the figures of a published annual report.

`figures` holds how many of what there are and which of those numbers were printed; `chances` and `request_chances` hold how often
what happens; `generate` makes the cases, with `referrals`, `remedies` and `requests`. No row holds personal data: there are codes
and dates and nothing else.
"""

from pathlib import Path
from typing import Final

LISTS: Final = Path(__file__).parent / "lists"
"""The code lists of the sample's council, Lancashire: a folder for REDRESS_TAXONOMY."""
