"""Messages in other wrappings: Outlook's winmail.dat and S/MIME."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import compressed_rtf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from services.intake.email.bodies import ENCRYPTED
from services.intake.email.smime import Unreadable, content_of
from services.intake.email.tnef import SIGNATURE, contents
from tests.intake.email.mails import encoded, mail, multipart, part, read, text

RTF = rb"{\rtf1\ansi\ansicpg1252\fromhtml1 {\*\htmltag64 <p>}The depot works at 3 a.m. caf\'e9 \u8364?{\*\htmltag72 </p>}}"


def attribute(level: int, name: int, value: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, 0, len(value)) + value + b"\0\0"


def properties(*given: tuple[int, int, bytes]) -> bytes:
    made = struct.pack("<I", len(given))
    for kind, name, value in given:
        made += struct.pack("<HH", kind, name)
        if name >= 0x8000:
            made += bytes(16) + struct.pack("<II", 1, 4) + "ab".encode("utf-16-le")
        if kind in {0x1E, 0x1F, 0x102, 0x0D}:
            made += struct.pack("<II", 1, len(value)) + value + bytes(-len(value) % 4)
        else:
            made += value
    return made


def wrapped(*attributes: bytes) -> bytes:
    return SIGNATURE + b"\1\0" + b"".join(attributes)


FILE = attribute(2, 0x9002, b"") + attribute(2, 0x8010, b"old.pdf\0") + attribute(2, 0x800F, b"%PDF-1.4")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ([(0x1F, 0x1000, "The wall is w\u00e9t.\0".encode("utf-16-le"))], "The wall is w\u00e9t."),
        ([(0x1E, 0x1000, b"The wall is w\xe9t.\0")], "The wall is w\u00e9t."),
        ([(0x102, 0x1013, b"<p>The <b>wall</b> is wet.</p>")], "The wall is wet."),
        ([(0x102, 0x1009, compressed_rtf.compress(RTF))], "The depot works at 3 a.m. caf\u00e9 \u20ac"),
        ([(3, 0x3FDE, struct.pack("<I", 65001)), (0x102, 0x1013, "<p>caf\u00e9</p>".encode())], "caf\u00e9"),
        ([(0x1E, 0x8001, b"x\0"), (0x0B, 0x0E1F, b"\1\0\0\0"), (0x1E, 0x1000, b"After others.\0")], "After others."),
    ],
)  # fmt: skip
def test_the_text_of_a_winmail_dat_is_read_whatever_form_it_has(given, shown):
    data = wrapped(attribute(1, 0x9003, properties(*given)), FILE)
    raw = multipart(
        "mixed",
        part(
            "Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64",
            encoded(data),
        ),
    )
    assert read(raw).text == shown
    assert [(p.name, p.data) for p in read(raw).parts] == [("old.pdf", b"%PDF-1.4")]


def test_next_to_a_text_only_its_files_are_accepted():
    long_name = attribute(2, 0x9005, properties((0x1F, 0x3707, "a long name.pdf\0".encode("utf-16-le"))))
    data = wrapped(attribute(1, 0x800C, b"The wall is wet.\0"), FILE, long_name)
    raw = multipart("mixed", text("The wall is wet."), part("Content-Type: application/octet-stream", data))
    assert read(raw).text == "The wall is wet."
    assert [p.name for p in read(raw).parts] == ["a long name.pdf"]


def test_a_message_within_is_read_as_forwarded():
    inner = wrapped(attribute(1, 0x8004, b"Mould\0"), attribute(1, 0x800C, b"It is black.\0"))
    held = attribute(2, 0x9005, properties((0x0D, 0x3701, bytes(16) + inner)))
    data = wrapped(attribute(1, 0x800C, b"See within.\0"), attribute(2, 0x9002, b""), held)
    mail_ = read(mail("Content-Type: application/ms-tnef", data))
    assert mail_.text == "See within."
    assert [(f.subject, f.text) for f in mail_.forwarded] == [("Mould", "It is black.")]


@pytest.mark.parametrize("cut", range(0, 200, 7))
def test_a_cut_stream_is_read_as_far_as_it_goes(cut):
    data = wrapped(
        attribute(1, 0x800C, b"The wall is wet.\0"),
        attribute(1, 0x9003, properties((0x1E, 0x1000, b"x\0"))),
        FILE,
    )
    found = contents(data[:cut])
    assert (found is None) == (cut < len(SIGNATURE))


def test_what_only_claims_to_be_one_is_a_file():
    mail_ = read(multipart("mixed", text("Words."), part("Content-Type: application/ms-tnef; name=winmail.dat", b"MZ")))
    assert [(p.name, p.data) for p in mail_.parts] == [("winmail.dat", b"MZ")]


def signed(content: bytes) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Ann")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])


@pytest.mark.parametrize(
    "kind",
    [
        "application/pkcs7-mime",
        "application/x-pkcs7-mime; smime-type=signed-data",
        "application/octet-stream; name=smime.p7m",
    ],
)
def test_signed_content_is_read_with_its_files(kind):
    held = multipart("mixed", text("The carers came late."), part("Content-Type: application/pdf; name=a.pdf", b"%PDF-1.4"))
    mail_ = read(
        mail(
            f"Content-Type: {kind}\nContent-Transfer-Encoding: base64",
            encoded(signed(held.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + held.partition(b"\r\n\r\n")[2])),
        )
    )
    assert mail_.text == "The carers came late."
    assert [p.name for p in mail_.parts] == ["a.pdf"]
    assert mail_.notes == ()


def test_content_that_was_signed_twice_is_read():
    inner = b"Content-Type: text/plain\r\n\r\nTwice."
    outer = b"Content-Type: application/pkcs7-mime\r\n\r\n" + signed(inner)
    assert read(mail("Content-Type: application/pkcs7-mime", signed(outer))).text == "Twice."


def test_content_that_streams_is_read():
    """BER of lengths that are not known beforehand, the content in pieces: what openssl writes."""
    pieces = (
        b"\x24\x80"
        + b"".join(b"\x04\x04" + piece for piece in (b"Cont", b"ent-", b"Type", b": te", b"xt/p", b"lain"))
        + b"\x04\x04\r\n\r\n\x04\x04Word\0\0"
    )
    info = b"\x30\x80\x06\x09" + bytes.fromhex("2a864886f70d010701") + b"\xa0\x80" + pieces + b"\0\0\0\0"
    data = b"\x30\x80\x02\x01\x01\x31\x00" + info + b"\x31\x00\0\0"
    whole = b"\x30\x80\x06\x09" + bytes.fromhex("2a864886f70d010702") + b"\xa0\x80" + data + b"\0\0\0\0"
    assert content_of(whole) == b"Content-Type: text/plain\r\n\r\nWord"
    assert read(mail("Content-Type: application/pkcs7-mime", whole)).text == "Word"


@pytest.mark.parametrize(
    "data",
    [b"", b"\x30", b"\x30\x80" * 9_000, b"\x30\x84\xff\xff\xff\xff", b"\x1f" * 40, b"\x30\x03\x06\x01\x2a"],
)
def test_what_is_no_signed_content_is_kept_and_reported(data):
    with pytest.raises(Unreadable):
        content_of(data)
    mail_ = read(mail("Content-Type: application/pkcs7-mime", data))
    assert mail_.notes == (ENCRYPTED,)
