"""Bodies by MIME's own rules: everything of a mixed one, a choice of an alternative, and no words lost by it."""

from __future__ import annotations

import pytest

from services.intake.email.bodies import ENCRYPTED
from services.intake.email.mime import PARTS
from services.intake.email.parsing import TEXT_LIMIT
from tests.intake.email.mails import encoded, joined, mail, multipart, part, read, text

GIF = part('Content-Type: image/gif; name="p.gif"\nContent-Disposition: attachment', b"GIF89a")
INNER = b"From: Bea <bea@example.org>\r\nSubject: Damp\r\n\r\nThe wall is wet.\r\n"


def test_a_mixed_message_is_all_of_its_texts_in_their_order():
    three = multipart("mixed", text("One."), GIF, text("<p>Two.</p>", "html"), text("Three.", more="; format=fixed"))
    assert read(three).text == "One.\n\nTwo.\n\nThree."
    # Mail programs that put a picture between two halves of a text.
    nested = joined(text("<p>Above.</p>", "html"), GIF, boundary="in")
    related = multipart("mixed", part("Content-Type: multipart/related; boundary=in", nested), text("Below."))
    assert read(related).text == "Above.\n\nBelow."
    assert [p.name for p in read(related).parts] == ["p.gif"]


@pytest.mark.parametrize("kind", ["x-unheard-of", "signed", "report", "form-data"])
def test_a_multipart_of_any_other_kind_is_read_like_a_mixed_one(kind):
    assert read(multipart(kind, text("One."), text("Two."))).text == "One.\n\nTwo."


@pytest.mark.parametrize(
    ("plain", "rich", "shown"),
    [
        # Both have the same words: plain.
        ("The road\nis closed.", "<p>The <b>road</b> is closed.</p>", "The road\nis closed."),
        # Stubs and notices.
        ("This message is in HTML.", "<p>The road is closed again.</p>", "The road is closed again."),
        (
            "To view this email please open it in a web browser",
            "<p>The road is closed again.</p>",
            "The road is closed again.",
        ),
        (" \r\n", "<p>The road is closed again.</p>", "The road is closed again."),
        # Only the beginning of it.
        ("The road is ...", "<p>The road is closed again, for six weeks.</p>", "The road is closed again, for six weeks."),
        # The rich half is empty.
        ("The road is closed.", "<p><img src='cid:a'></p>", "The road is closed."),
        # It names browsers, and has the same words as the other half.
        ("My browser cannot show it.", "<p>My browser cannot show it.</p>", "My browser cannot show it."),
    ],
)  # fmt: skip
def test_of_an_alternative_the_form_is_shown_that_shows_all(plain, rich, shown):
    assert read(multipart("alternative", text(plain), text(rich, "html"))).text == shown


def test_what_only_one_form_of_an_alternative_shows_is_shown_too():
    halves = multipart(
        "alternative",
        text("Nobody came on Monday."),
        text("<p>I want fifty pounds back, please.</p>", "html"),
    )
    shown = read(halves).text
    assert "Nobody came on Monday." in shown
    assert "I want fifty pounds back, please." in shown
    assert "Another form of this message also says" in shown


def test_a_named_text_is_the_body_where_nothing_else_is():
    named = text("My complaint.", more='; name="complaint.txt"')
    assert read(multipart("mixed", named, GIF)).text == "My complaint."
    with_text = read(multipart("mixed", text("See the file."), named))
    assert with_text.text == "See the file."
    assert [p.name for p in with_text.parts] == ["complaint.txt"]
    # An empty body is none.
    assert read(multipart("mixed", text("\r\n"), named)).text == "My complaint."
    alternatives = multipart("alternative", named, text("<p>My complaint.</p>", "html", '; name="c.html"'))
    assert read(alternatives).text == "My complaint."


@pytest.mark.parametrize(
    "headers",
    [
        'Content-Type: text/plain; charset=utf-8\nContent-Disposition: attachment; filename="c.txt"',
        'Content-Type: application/octet-stream; name="c.txt"\nContent-Disposition: attachment',
        'Content-Type: application/octet-stream; name="c.html"',
        'Content-Type: application/rtf; name="c.rtf"\nContent-Disposition: attachment',
    ],
)
def test_without_a_body_an_attached_text_is_read_and_marked_as_attached(headers):
    words = r"{\rtf1\ansi The lift is broken.}" if "rtf" in headers else "The lift is broken."
    mail_ = read(multipart("mixed", part(headers, words), GIF))
    assert mail_.text.startswith("[The message has no text of its own. The attached file c.")
    assert "The lift is broken." in mail_.text
    assert len(mail_.parts) == 2


def test_a_forward_is_kept_exactly_and_its_words_are_read():
    for encoding, body in (("7bit", INNER), ("base64", encoded(INNER)), ("quoted-printable", INNER)):
        attached = part(
            f"Content-Type: message/rfc822\nContent-Disposition: attachment\nContent-Transfer-Encoding: {encoding}",
            body,
        )
        mail_ = read(multipart("mixed", text("See below."), attached))
        assert mail_.text == "See below."
        assert [(f.subject, f.sender, f.text) for f in mail_.forwarded] == [("Damp", "Bea <bea@example.org>", "The wall is wet.")]
        (kept,) = mail_.parts
        assert kept.data.strip() == INNER.strip()
        assert "The wall is wet." in mail_.narrative


def test_a_forward_within_a_forward_and_a_digest_are_read():
    middle = b"Subject: Fwd: Damp\r\nContent-Type: message/rfc822\r\n\r\n" + INNER
    outer = multipart("mixed", text("Look."), part("Content-Type: message/rfc822", middle))
    assert [f.subject for f in read(outer).forwarded] == ["Fwd: Damp", "Damp"]
    digest = multipart("digest", b"\r\n" + INNER, b"\r\n" + INNER.replace(b"Damp", b"Mould"))
    assert [f.subject for f in read(digest).forwarded] == ["Damp", "Mould"]


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Type: multipart/encrypted; protocol=application/pgp-encrypted; boundary=e",
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
    ],
)
def test_what_is_encrypted_is_marked_as_unreadable(headers):
    held = joined(part("Content-Type: application/octet-stream; name=encrypted.asc", b"\x30\x80zzz"), boundary="e")
    mail_ = read(mail(headers, held if "multipart" in headers else b"\x30\x80zzz"))
    assert mail_.notes == (ENCRYPTED,)
    assert ENCRYPTED in mail_.narrative
    assert len(mail_.parts) == 1


def test_text_that_hides_pgp_is_marked_as_unreadable():
    assert read(mail("", "-----BEGIN PGP MESSAGE-----\n\nhQEM\n-----END PGP MESSAGE-----")).notes == (ENCRYPTED,)


def test_a_footer_in_the_clear_after_base64_is_read():
    raw = mail(
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64",
        encoded(b"The bin was missed.") + b"--\r\nSent through the residents' list.\r\n",
    )
    shown = read(raw).text
    assert "The bin was missed." in shown
    assert "Sent through the residents' list." in shown


def test_what_claims_to_be_base64_and_is_not_is_read_as_it_stands():
    raw = mail("Content-Type: text/plain\nContent-Transfer-Encoding: base64", "My bin was missed.")
    assert read(raw).text == "My bin was missed."


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Type: multipart/mixed",
        "Content-Type: multipart/mixed; boundary=absent",
        "Content-Type: text",
        "Content-Type: ; charset=utf-8",
        "Content-Type: text/x-something-new",
        "Content-Transfer-Encoding: unheard-of",
    ],
)
def test_a_structure_that_makes_no_sense_still_shows_its_words(headers):
    assert "My bin was missed." in read(mail(headers, "My bin was missed.")).narrative


def test_a_message_without_its_closing_boundary_is_read():
    whole = multipart("mixed", text("One."), text("Two."))
    assert read(whole.rsplit(b"--==b--", 1)[0]).text == "One.\n\nTwo."


def test_text_is_squeezed_before_it_is_cut_and_a_cut_is_marked():
    padded = ("word" + " " * 400 + "word\n") * 2_000
    assert "cut here" not in read(mail("", padded)).text
    long = read(mail("", "words and words\n" * 20_000))
    assert len(long.text) < TEXT_LIMIT + 200
    assert long.text.endswith("[The text is cut here. The whole message is kept.]")
    assert long.narrative == long.text
    cells = "<table>" + "<tr><td width=900>&nbsp;</td><td>It happened again.</td></tr>" * 3_000 + "</table>"
    assert read(mail("Content-Type: text/html", cells)).text.count("It happened again.") == 3_000


def test_more_parts_than_are_read_are_reported():
    mail_ = read(multipart("mixed", *[text("x")] * (PARTS + 50)))
    assert mail_.notes == ("[This message has more parts than are read. It is kept whole.]",)


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("<p>One</p><script>x()</script><style>p{}</style><ul><li>two</li></ul>", "One\n\n* two"),
        ("<table><tr><th>Day</th><th>Time</th></tr><tr><td><p>Mon</p></td><td><p>9</p></td></tr></table>", "Day  Time\nMon  9"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<div>Hi</div><blockquote>They said<br>no.</blockquote>Mine", "Hi\n\n> They said\n> no.\n\nMine"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<p style='display:none'>hidden</p>shown", "shown"),
        ("<div>" * 5_000 + "Deep words." + "</div>" * 5_000 + "After.", "Deep words.\nAfter."),
        ("<!-- <p>no</p> --><p>1 &lt; 2 &amp; caf&eacute;</p>", "1 < 2 & caf\u00e9"),
        ("<html><head><title>t</title></head><body>Words", "Words"),
        ('<img src="data:image/png;base64,' + "A" * 900_000 + '">After the picture.', "After the picture."),
    ],
)  # fmt: skip
def test_a_page_is_read_as_a_person_reads_it(page, shown):
    assert read(mail("Content-Type: text/html; charset=utf-8", page)).text == shown


@pytest.mark.parametrize(
    ("body", "more", "shown"),
    [
        ("One \ntwo.\n\nThree.", "", "One two.\n\nThree."),
        ("> quoted \n> on\nmine \nmore", "", "> quoted on\nmine more"),
        (">> deep \n> less deep", "", ">> deep \n> less deep"),
        ("Bye \n-- \nAnn", "", "Bye \n-- \nAnn"),
        (" From the start\n  indented", "", "From the start\n indented"),
        ("wo \nrd", "; delsp=yes", "word"),
        ("wo \nrd", "; DelSp=Yes", "word"),
    ],
)
def test_flowed_text_is_joined(body, more, shown):
    assert read(mail(f"Content-Type: text/plain; charset=utf-8; Format=Flowed{more}", body)).text == shown


def test_an_invitation_next_to_a_text_adds_what_the_text_lacks():
    calendar = part(
        "Content-Type: text/calendar; charset=utf-8; method=REQUEST",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;TZID=Europe/London:20261201T100000\r\nSUMMARY:About the damp\r\n"
        "DESCRIPTION:Please come\\, and bring\r\n  the file.\r\nLOCATION:Town Hall\r\n"
        "ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=a.txt:aGVsbG8=\r\n"
        "BEGIN:VALARM\r\nDESCRIPTION:Reminder\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    )
    mail_ = read(multipart("alternative", text("Please come, and bring the file."), calendar))
    assert mail_.text == (
        "Please come, and bring the file.\n\n[From the invitation:]\n\n"
        "From: 01/12/2026 10:00 Europe/London\nAbout the damp\nWhere: Town Hall"
    )
    assert [(p.name, p.declared, p.data) for p in mail_.parts] == [("a.txt", "text/plain", b"hello")]


def test_a_broken_invitation_still_shows_its_words():
    broken = "BEGIN:VCALENDAR\nGARBAGE\nSUMMARY:Meet me\nDTSTART:never"
    assert "Meet me" in read(mail("Content-Type: text/calendar", broken)).text
    assert read(mail("Content-Type: text/calendar", "no calendar at all")).text == "no calendar at all"
