"""Attachments: sealed under a key of their own, accepted by their content, swept when nothing refers to them."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from uuid import UUID

import pytest

from services.intake.attachments.files import clean_name
from services.intake.attachments.keeping import Attachments
from services.intake.attachments.sniff import media_type
from services.intake.store import FeedbackStore
from services.intake.submissions import File
from shared.clock import now
from shared.events.feedback import FeedbackContent
from tests.intake.service_rig import BEARER

PDF = b"%PDF-1.7\nWords of a letter\n%%EOF\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504


def package(*names: str, mimetype: str | None = None) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for name in names:
            archive.writestr(name, "x")
    return made.getvalue()


DOCX = package("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize(
    ("data", "declared", "name", "found"),
    [
        (PDF, "application/pdf", "a.pdf", "application/pdf"),
        (PDF, "text/plain", "a.txt", "application/pdf"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 9, "image/png", "a.png", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "", "", "image/webp"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "", "a.heic", "image/heic"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "", "a.mp4", "video/mp4"),
        (DOCX, "", "a.zip", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (package("x", mimetype="application/vnd.oasis.opendocument.text"), "", "", "application/vnd.oasis.opendocument.text"),
        (OLE + "WordDocument".encode("utf-16-le"), "", "a.doc", "application/msword"),
        (OLE + "__properties_version1.0".encode("utf-16-le"), "", "", "application/vnd.ms-outlook"),
        (b"caf\xe9\r\n", "text/plain", "a.txt", "text/plain"),
        (b"a,b\n1,2\n", "application/vnd.ms-excel", "a.csv", "text/csv"),
        (b"From: a@b\r\nSubject: c\r\n\r\nd", "message/rfc822", "a.eml", "message/rfc822"),
        # What is refused.
        (b"MZ\x90\0", "application/pdf", "a.pdf", None),
        (b"<script>", "text/html", "a.html", None),
        (b"#!/bin/sh\n", "application/x-sh", "a.sh", None),
        (b"", "text/plain", "a.txt", None),
        (package("a.exe"), "application/zip", "a.zip", None),
        (package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "", "a.docm", None),
        (OLE + "WordDocument".encode("utf-16-le") + "Macros".encode("utf-16-le"), "", "a.doc", None),
        (b"PK\x03\x04 but no more", "", "a.docx", None),
        (b"no headers", "message/rfc822", "a.eml", None),
    ],
)  # fmt: skip
def test_a_file_is_what_its_bytes_say(data, declared, name, found):
    assert media_type(data, declared, name) == found


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\letter.pdf", "letter.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("exe.\u202efdp", "exe.fdp"),
        ("", "attachment.pdf"),
        (None, "attachment.pdf"),
        ("x" * 300 + ".pdf", "x" * 140 + ".pdf"),
    ],
)
def test_a_name_is_only_a_name(given, name):
    assert clean_name(given, "application/pdf") == name


async def upload(intake, data=PDF, name="the letter.pdf", declared="application/pdf"):
    return await intake.http.post("/api/v1/attachments", files={"file": (name, data, declared)})


async def hand_in(intake, *ids):
    body = {"kind": "complaint", "narrative": "See the letter.", "attachment_ids": ids}
    return await intake.http.post("/api/v1/feedback", json=body)


async def test_from_upload_to_download(intake):
    uploaded = await upload(intake)
    assert uploaded.status_code == 201, uploaded.text
    attachment_id = uploaded.json()["attachment_id"]
    assert (await hand_in(intake, attachment_id)).status_code == 202
    ((record, envelope),) = await intake.published(1)
    (ref,) = envelope.data.attachments
    assert (str(ref.attachment_id), ref.media_type, ref.size) == (attachment_id, "application/pdf", len(PDF))
    assert b"letter" not in record.value
    content = await intake.vault.unseal(envelope.data.sealed, FeedbackContent, purpose="feedback")
    assert content.attachment_names == {attachment_id: "the letter.pdf"}
    url = f"/api/v1/attachments/{attachment_id}"
    assert (await intake.http.get(url)).status_code == 401
    found = await intake.http.get(url, headers=BEARER)
    assert found.content == PDF
    assert found.headers["content-type"] == "application/pdf"
    assert found.headers["content-disposition"] == "attachment; filename*=UTF-8''the%20letter.pdf"
    assert found.headers["x-content-type-options"] == "nosniff"
    stored = await intake.store.database("intake").blobs("files").get(attachment_id)
    assert b"Words of a letter" not in stored
    await intake.vault.destroy_key(UUID(attachment_id))
    assert (await intake.http.get(url, headers=BEARER)).status_code == 410


async def test_one_attachment_belongs_to_one_feedback(intake):
    attachment_id = (await upload(intake)).json()["attachment_id"]
    assert (await hand_in(intake, attachment_id)).status_code == 202
    second = await hand_in(intake, attachment_id)
    assert second.status_code == 422
    assert second.json()["errors"] == [{"pointer": "/attachment_ids/0", "detail": "unknown"}]


async def test_the_wrong_type_and_size_are_reported(intake):
    wrong = await upload(intake, b"MZ\x90\0", "letter.pdf")
    assert (wrong.status_code, wrong.json()["type"]) == (415, "urn:redress:problem:file-type")
    large = await upload(intake, PDF + b"x" * 10 * 2**20)
    assert large.status_code == 413
    assert large.headers["content-type"] == "application/problem+json"


async def test_what_nobody_took_is_swept_and_its_key_destroyed(intake):
    kept, orphan = [(await upload(intake)).json()["attachment_id"] for _ in range(2)]
    assert (await hand_in(intake, kept)).status_code == 202
    database = intake.store.database("intake")
    attachments = Attachments(database["attachments"], database.blobs("files"), intake.vault, FeedbackStore(database["feedback"]))
    # Claimed by feedback that never came to be, as when a process died in between.
    lost = await attachments.keep(File("x.pdf", "application/pdf", PDF), owner=UUID(int=7))
    assert await attachments.sweep(now() - timedelta(hours=24)) == 0
    assert await attachments.sweep(now() + timedelta(seconds=1)) == 2
    for gone in (orphan, str(lost.ref.attachment_id)):
        assert (await intake.http.get(f"/api/v1/attachments/{gone}", headers=BEARER)).status_code == 404
        key = await intake.store.database("vault")["keys"].find_one({"_id": UUID(gone)})
        assert key is not None
        assert "wrapped" not in key
    assert (await intake.http.get(f"/api/v1/attachments/{kept}", headers=BEARER)).status_code == 200
