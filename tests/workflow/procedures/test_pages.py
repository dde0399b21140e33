"""The page of a procedure shows what its rulebook does; what several share stands on a page of its own."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from services.workflow.rulebook.load import FRAGMENTS, shipped
from services.workflow.rulebook.model import Effect

PAGES = Path(__file__).parents[3] / "docs" / "procedures"
LIVE = [b for b in shipped() if not b.history]
SHARED = {path.stem: YAML(typ="safe").load(path.read_text()) for path in FRAGMENTS.glob("*.yaml")}


def page_of(name):
    (found,) = [text for p in PAGES.glob("*.md") if f"ook `{name}`" in (text := p.read_text()) or f"art `{name}`" in text]
    return found


def shared(book, key):
    """The ids of what a rulebook takes from its parts."""
    return {piece["id"] for part in book.includes for piece in SHARED[part].get(key, ())}


def stands(book, text, clocks, steps):
    """Every clock and step, with all that is asked for, stands on the page."""
    lower = text.lower()
    for clock in clocks:
        row = next(line for line in text.splitlines() if line.startswith(f"| {clock.title}"))
        assert clock.source in row
        time = f"{clock.fixed} {clock.unit.replace('_', ' ').rstrip('s')}" if clock.fixed else "as agreed"
        assert time in row
        if clock.extension and clock.extension.cap:
            assert f"{clock.extension.cap} {clock.unit.replace('_', ' ')} more" in row
    for step in steps:
        if step.effect not in {Effect.NOTE, Effect.RECLASSIFY}:
            assert f"| {step.title} |" in text
        for required in step.requires:
            if required.check.value == "declares":
                assert book.declarations[required.argument].lower() in lower


@pytest.mark.parametrize("book", LIVE, ids=lambda b: b.id)
def test_every_clock_step_and_condition_stands_on_the_page(book):
    text = page_of(book.id)
    assert f"version {book.version}," in text
    taken = {name for part in book.includes for name in SHARED[part]["sources"]}
    for name, source in book.sources.items():
        assert name in taken or source.strip().rstrip(".") in text
    clocks = [c for c in book.clocks if c.id not in shared(book, "clocks")]
    stands(book, text, clocks, [s for s in book.steps if s.id not in shared(book, "steps")])
    for words in book.refusal_reasons.values():
        assert words.lower() in text.lower()
    for parameter in book.parameters.values():
        assert f"| {parameter.what.strip()} | {parameter.value} |" in text


@pytest.mark.parametrize("part", SHARED)
def test_what_procedures_share_stands_on_a_page_that_they_link_to(part):
    text = page_of(part)
    of = [b for b in LIVE if part in b.includes]
    (file,) = [p.name for p in PAGES.glob("*.md") if p.read_text() == text]
    for book in of:
        assert f"`{book.id}`" in text
        assert f"]({file})" in page_of(book.id)
    book, ids = (
        of[0],
        {key: {p["id"] for p in SHARED[part].get(key, ())} for key in ("clocks", "steps", "tracks")},
    )
    steps = [s for s in book.steps if s.id in ids["steps"]]
    stands(book, text, [c for c in book.clocks if c.id in ids["clocks"]], steps)
    for track in (t for t in book.tracks if t.id in ids["tracks"]):
        for words in (track.title, *track.kinds.values()):
            assert words in text
