"""docs/reporting.md defines every measure as the code does."""

from __future__ import annotations

from pathlib import Path

from services.reporting.measures.definitions import DEFINITIONS, MEASURES_VERSION

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reporting.md").read_text()


def test_every_measure_is_on_the_page() -> None:
    assert f"## Measures, version {MEASURES_VERSION}" in PAGE
    for one in DEFINITIONS:
        about = f"{one.counts} | {', '.join(one.dimensions)} | {one.source} | {one.version}"
        line = f"| `{one.id}` | {one.label} | {one.cohort} | {about} |"
        assert line in PAGE, one.id
