"""Reads an email, however broken. Pure: bytes in, what was understood out; the raw bytes are kept by the caller."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from services.intake.email.addresses import Mailbox, writer
from services.intake.email.bodies import Contents, Forwarded, Part, contents
from services.intake.email.charsets import decode
from services.intake.email.headers import read, split
from services.intake.email.machines import Machine, machine, must_not_be_answered
from services.intake.email.mime import Entity
from services.intake.email.quoting import Folding, fold, newest
from services.intake.email.threads import answered, references_in

TEXT_LIMIT: Final = 100_000
_CUT: Final = "\n\n[The text is cut here. The whole message is kept.]"
_UNREADABLE: Final = "[This message could not be read in full. It is kept as it came.]"
_MESSAGE_ID: Final = re.compile(rb"^message-id:\s{0,99}(<[^<>\r\n]{1,500}>)", re.IGNORECASE | re.MULTILINE)
_SPACES: Final = re.compile(r"[ \t\u00a0]{3,}")
_EMPTY_LINES: Final = re.compile(r"\n(?:[ \t]{0,9}\n){3,}")

__all__ = ["TEXT_LIMIT", "Forwarded", "Machine", "Mail", "Mailbox", "Part", "clean", "parse"]


@dataclass(frozen=True)
class Mail:
    """What was understood.

    `name` and `address` are the person's: who it is from, or whom Reply-To names where a program sent it; `sender` and
    `reply_to` are the values of those fields. `text` is the message's own, `forwarded` are the messages within, and `notes` state
    what could not be read; `narrative` is all of them. `answers` are Message-IDs, the nearest first; `references` stand
    in the subject, `text_references` in the text. `machine` is set for what no person wrote. `automatic`: none of ours
    answers it. `received` are the Received fields, newest first. `identity` is what stays the same when the same mail is
    delivered again by another route; `unreadable` names the readers' errors.
    """

    message_id: str
    name: str
    address: str
    subject: str
    text: str
    parts: tuple[Part, ...]
    answers: tuple[str, ...]
    references: tuple[str, ...]
    automatic: bool
    identity: bytes
    sender: Mailbox
    reply_to: Mailbox | None
    forwarded: tuple[Forwarded, ...]
    notes: tuple[str, ...]
    text_references: tuple[str, ...]
    machine: Machine | None
    received: tuple[str, ...]
    unreadable: tuple[str, ...]

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address that the mail gives as its writer's, in lower case, each once."""
        known = (self.address, self.sender.address, self.reply_to.address if self.reply_to else "")
        return tuple(dict.fromkeys(address.lower() for address in known if address))

    @property
    def narrative(self) -> str:
        """The text, the messages within and what could not be read: at most `TEXT_LIMIT` characters, a cut marked."""
        return self._with_the_rest(self.text)

    def folding(self, own: Collection[str] = ()) -> Folding:
        """The text in passages, what its program quoted of earlier messages folded away; `own` as for `parse`."""
        return fold(self.text, own)

    def reply(self, own: Collection[str] = ()) -> str:
        """The narrative of a mail that answers another: without what is folded away."""
        return self._with_the_rest(newest(self.text, own))

    def _with_the_rest(self, text: str) -> str:
        if text.endswith(_CUT):
            return text
        return _limited("\n\n".join([*filter(None, [text]), *map(_shown, self.forwarded), *self.notes]))


def parse(raw: bytes, return_path: str, own: Collection[str] = ()) -> Mail:
    """Never fails: of what cannot be parsed, the text as far as it can be read.

    `own` are the addresses of the council's mailboxes in lower case: a mail that is from one of them by its own account is from
    whom Reply-To names.
    """
    head, body = split(raw)
    headers = read(head)
    message = Entity(headers, body)
    found = _MESSAGE_ID.search(head)
    who = writer(headers, return_path, own)
    unreadable: tuple[str, ...] = ()
    try:
        held = contents(message)
        sent_by = machine(message, return_path, for_a_person=who.person.address != who.sender.address)
    except Exception as error:
        # No reader is known to fail; whatever it is, the mail is kept.
        unreadable = (type(error).__name__,)
        held, sent_by = Contents(f"{_UNREADABLE}\n\n{decode(body[: 4 * TEXT_LIMIT])}"), None
    text = clean(held.text)
    subject = clean(headers.text("subject"))
    return Mail(
        message_id=found[1].decode("utf-8", "replace") if found else "",
        name=clean(who.person.name),
        address=clean(who.person.address),
        subject=subject[:300],
        text=_limited(text.strip()),
        parts=tuple(Part(clean(p.name), clean(p.declared), p.data) for p in held.parts),
        answers=answered(headers),
        references=references_in(subject),
        automatic=sent_by is not None or must_not_be_answered(headers, return_path, who.person.address),
        identity=b"\n".join([*(_raw_header(head, n) for n in (b"from", b"subject", b"date")), b"".join(body.split())]),
        sender=_clean(who.sender),
        reply_to=None if who.reply_to is None else _clean(who.reply_to),
        forwarded=tuple(
            Forwarded(clean(f.subject), clean(f.sender), clean(f.date), _limited(clean(f.text).strip())) for f in held.forwarded
        ),
        notes=held.notes,
        text_references=references_in(text[:TEXT_LIMIT]),
        machine=sent_by,
        received=headers.all("received"),
        unreadable=unreadable,
    )


def clean(text: str) -> str:
    """`text` as it can be written in UTF-8: halves of characters are joined or replaced, line ends are of one kind."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\x00", "\ufffd").replace("\r\n", "\n").replace("\r", "\n")


def _clean(mailbox: Mailbox) -> Mailbox:
    return Mailbox(clean(mailbox.name), clean(mailbox.address))


def _raw_header(head: bytes, name: bytes) -> bytes:
    found = re.search(rb"^" + name + rb":[ \t]*([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", head, re.IGNORECASE | re.MULTILINE)
    return b" ".join(found[1].split()) if found else b""


def _shown(forwarded: Forwarded) -> str:
    about = ", ".join(filter(None, [forwarded.subject, forwarded.sender and f"from {forwarded.sender}", forwarded.date]))
    return f"[Forwarded message: {about or 'without a subject'}]\n\n{forwarded.text or '[It has no text.]'}"


def _limited(text: str) -> str:
    """White space is squeezed before anything is cut."""
    if len(text) > TEXT_LIMIT:
        text = _EMPTY_LINES.sub("\n\n", _SPACES.sub("  ", text))
    return text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + _CUT
