"""Who wrote: addresses as they come, and whom Reply-To names (RFC 5322 section 3.6.2). Pure, never fails."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from services.intake.email.headers import Headers, decode_words

NAME_LIMIT: Final = 200
ADDRESS_LIMIT: Final = 254
_ADDRESS: Final = re.compile(r"[^\s@<>(),;:\"]{1,200}@[^\s@<>(),;:\"]{1,253}")
_WHITE: Final = re.compile(r"\s+")
# Marks that show nothing: a person's name does not hold them, and an address must not.
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
NO_REPLY: Final = re.compile(r"(?:no|do-?not|dont)[-_.]?reply\b.*|noreply.*|bounces?\b.*", re.IGNORECASE)
_ROBOT: Final = re.compile(r"mailer-daemon|postmaster", re.IGNORECASE)
_MAILER: Final = re.compile(
    r"web|website|webmaster|www|www-data|apache|nobody|root|wordpress|cms|forms?|web-?forms?|online-?forms?|contact-?forms?|"
    r"mailer|notifications?|notify|alerts?|automated|system|portal|online|server|service-?desk|reports?|report-?it|"
    r"submissions?|enquiry-?forms?|feedback-?forms?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Mailbox:
    """A name and an address; either may be empty."""

    name: str
    address: str


@dataclass(frozen=True)
class Writer:
    """Who wrote a message.

    `person` is who it is from and who is answered; `sender` is the address of From, `reply_to` that of Reply-To.
    """

    person: Mailbox
    sender: Mailbox
    reply_to: Mailbox | None


def writer(headers: Headers, return_path: str, own: Collection[str] = ()) -> Writer:
    """Who wrote, for a mailbox whose addresses are `own` (in lower case).

    Answers go to Reply-To, unless that is the mailbox itself. From's name is the person's unless From is a
    program, a "no reply" or the mailbox itself.
    """
    senders = mailboxes(headers.raw("from")) or mailboxes(headers.raw("sender"))
    sender = next((m for m in senders if m.address), senders[0] if senders else Mailbox("", ""))
    if not sender.address:
        path = _ADDRESS.search(return_path)
        sender = Mailbox(sender.name, path[0][:ADDRESS_LIMIT] if path else "")
    answers = [m for m in mailboxes(headers.raw("reply-to")) if m.address and m.address.lower() not in own]
    if not answers or answers[0].address.lower() == sender.address.lower():
        return Writer(sender, sender, answers[0] if answers else None)
    reply_to = answers[0]
    name = reply_to.name or ("" if _is_program(sender, own) else sender.name)
    return Writer(Mailbox(name, reply_to.address), sender, reply_to)


def is_robot(address: str) -> bool:
    """Whether nobody reads what is sent to an address."""
    local = address.partition("@")[0]
    return bool(_ROBOT.fullmatch(local) or NO_REPLY.fullmatch(local))


def _is_program(sender: Mailbox, own: Collection[str]) -> bool:
    local = sender.address.partition("@")[0]
    return sender.address.lower() in own or is_robot(sender.address) or bool(_MAILER.fullmatch(local))


def mailboxes(value: str) -> tuple[Mailbox, ...]:
    """The mailboxes of an address field as it stands.

    A name with a comma that nobody quoted is one name: `Tester, Ann <ann@example.org>` is Ann Tester.
    """
    found: list[Mailbox] = []
    before: list[str] = []
    for name, address in _entries(value):
        if not address:
            before.append(name)
            continue
        found.append(Mailbox(_whole(name, before)[:NAME_LIMIT], address[:ADDRESS_LIMIT]))
        before = []
    if before and not found:
        found.append(Mailbox(_whole("", before)[:NAME_LIMIT], ""))
    return tuple(found)


def _whole(name: str, before: list[str]) -> str:
    """A name with what commas cut off it: what has no address of its own belongs to the next that has."""
    if len(before) == 1 and name:
        return _clean(f"{name} {before[0]}")
    return _clean(", ".join(filter(None, [*before, name])))


def _entries(value: str) -> list[tuple[str, str]]:
    """(name, address) of what commas and semicolons separate, outside quotes, comments and angle brackets."""
    entries: list[tuple[str, str]] = []
    words: list[str] = []
    bracketed: list[str] = []
    comment: list[str] = []
    quoted = False
    depth = 0
    within = False
    escaped = False
    for character in value:
        into = bracketed if within else comment if depth else words
        if escaped:
            into.append(character)
            escaped = False
        elif character == "\\" and (quoted or depth):
            escaped = True
        elif character == '"' and not depth:
            quoted = not quoted
        elif quoted:
            into.append(character)
        elif character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
        elif depth:
            comment.append(character)
        elif character == "<":
            within, bracketed = True, []
        elif character == ">" and within:
            within = False
        elif character in ",;" and not within:
            entries.append(_entry(words, bracketed, comment))
            words, bracketed, comment = [], [], []
        else:
            into.append(character)
    entries.append(_entry(words, bracketed, comment))
    return [entry for entry in entries if entry != ("", "")]


def _entry(words: list[str], bracketed: list[str], comment: list[str]) -> tuple[str, str]:
    name = decode_words("".join(words))
    inside = _INVISIBLE.sub("", "".join(bracketed))
    found = _ADDRESS.search(inside)
    if found is None and (found := _ADDRESS.search(_INVISIBLE.sub("", name))):
        # An address alone, or one that its program put among the words.
        name = _INVISIBLE.sub("", name).replace(found[0], " ")
    name = _clean(_clean(name) or decode_words("".join(comment)))
    address = found[0] if found else ""
    return "" if name.lower() == address.lower() else name, address


def _clean(name: str) -> str:
    """A name on one line, without marks that show nothing and quotes around it."""
    shown = "".join(c for c in _INVISIBLE.sub("", name) if c >= " " or c.isspace())
    return _WHITE.sub(" ", shown).strip(" '\"")
