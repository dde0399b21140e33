"""What the page of a procedure says is what its rulebook does."""

from pathlib import Path

import pytest

from services.workflow.rulebook.load import shipped
from services.workflow.rulebook.model import Effect

PAGES = Path(__file__).parents[3] / "docs" / "procedures"
LIVE = [b for b in shipped() if b.procedures and not b.history and not b.id.startswith("corporate")]


def page_of(book):
    (found,) = [text for p in PAGES.glob("*.md") if f"`{book.id}`" in (text := p.read_text())]
    return found


@pytest.mark.parametrize("book", LIVE, ids=lambda b: b.id)
def test_every_clock_step_and_condition_stands_on_the_page(book):
    text = page_of(book)
    lower = text.lower()
    assert f"version {book.version}," in text
    for source in book.sources.values():
        assert source.rstrip(".") in text
    for clock in book.clocks:
        row = next(line for line in text.splitlines() if line.startswith(f"| {clock.title}"))
        assert clock.source in row
        time = f"{clock.fixed} {clock.unit.replace('_', ' ').rstrip('s')}" if clock.fixed else "as agreed"
        assert time in row
        if clock.extension and clock.extension.cap:
            assert f"{clock.extension.cap} {clock.unit.replace('_', ' ')} more" in row
    for step in book.steps:
        if step.effect not in {Effect.NOTE, Effect.RECLASSIFY}:
            assert f"| {step.title} |" in text
    for words in (*book.declarations.values(), *book.refusal_reasons.values()):
        assert words.lower() in lower
    for parameter in book.parameters.values():
        assert f"| {parameter.what.strip()} | {parameter.value} |" in text
