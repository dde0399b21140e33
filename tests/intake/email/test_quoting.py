"""What a program quoted below an answer is folded away; what a person wrote never is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.email.quoting import fold, newest
from tests.intake.email.mails import OWN, mail, read

OURS = "On Mon, 2 Nov 2026 at 10:00, Customer feedback <complaints@redress.localhost> wrote:"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Nobody came.\n\n{OURS}\n> Thank you.\n>\n> We will come.\n", "Nobody came."),
        # A program that wraps the line, leaves one empty below it, or names no address.
        (
            "No.\n\nOn Mon, 2 Nov 2026 at 10:00, Customer feedback\n<complaints@redress.localhost>\nwrote:\n\n> Thanks",
            "No.",
        ),
        ("No.\nOn 2 Nov 2026, at 10:00, Customer feedback wrote:\n\n> Thanks", "No."),
        ("Non.\nLe 2 nov. 2026 \u00e0 10:00, complaints@redress.localhost a \u00e9crit :\n> Merci", "Non."),
        (f"One.\n\n{OURS}\n> a\n\n> b\n>> c\n", "One."),
    ],
)
def test_an_earlier_message_at_the_end_is_folded_away(text, shown):
    folding = fold(text, OWN)
    assert folding.shown == newest(text, OWN) == shown
    assert folding.folded_lines > 1
    assert "".join(p.text for p in folding.passages) == text


@pytest.mark.parametrize(
    "text",
    [
        # Answers between and below.
        f"See below.\n{OURS}\n> 1. When?\n\nOn 3 October.\n\n> 2. Who?\n\nMy neighbour.",
        f"{OURS}\n> 1. When?\nOn 3 October.",
        f"See below.\n{OURS}\n> When?\n\nAnn Tester, 4 Elm Close",
        # A story.
        "Dear all,\n\nOn Monday 2 November your officer wrote:\nWe will come.\n\nNobody came.",
        "On Monday your officer wrote:\n> We will come on Tuesday.",
        "They said this:\n> We will come on Tuesday.",
        # Somebody else's words, which are the evidence.
        "The school says it is not theirs.\n\nOn 3 Oct 2026 at 09:00, Head <head@school.example> wrote:\n> The bus is not ours.",
        # Programs that mark nothing.
        "No.\n\n-----Original Message-----\nFrom: complaints@redress.localhost\nSent: 2 November\n\nThanks\n\nWhose is it?",
        f"No.\n\n{OURS}\nThank you for writing.\n\nIt was not me.",
        # Nothing else would be left.
        f"{OURS}\n> Thank you.",
        "> only\n> quoted",
        "",
        " \n",
    ],
)  # fmt: skip
def test_what_a_person_wrote_stays_in_sight(text):
    assert newest(text, OWN) == text
    assert fold(text, OWN).folded == ""


def test_without_addresses_of_our_own_any_programs_quotation_is_folded():
    text = "No.\n\nOn 3 Oct 2026 at 09:00, Head <head@school.example> wrote:\n> The bus is not ours."
    assert newest(text) == "No."


def test_a_reply_in_html_is_folded_by_its_blockquote():
    page = (
        "<p>Nobody came.</p><div>On Mon, 2 Nov 2026 at 10:00, Customer feedback &lt;complaints@redress.localhost&gt; wrote:"
        "</div><blockquote><p>Thank you.</p><p>We will come.</p></blockquote>"
    )
    mail_ = read(mail("Content-Type: text/html", page))
    assert mail_.reply(OWN) == "Nobody came."
    assert "We will come." in mail_.folding(OWN).folded
    assert "We will come." in mail_.narrative


LINE = st.one_of(
    st.sampled_from(["", OURS, "> quoted", ">> deeper", "From: a@b", "-----Original Message-----", "wrote:", "-- "]),
    st.text(st.characters(codec="utf-8"), max_size=30),
)


@given(st.lists(LINE, max_size=12).map("\n".join), st.booleans())
@settings(max_examples=300)
def test_passages_are_always_the_whole_text(text, known):
    folding = fold(text, OWN if known else ())
    assert "".join(passage.text for passage in folding.passages) == text
    assert bool(newest(text)) == bool(text)
