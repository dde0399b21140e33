"""Whether a machine sent a mail, what kind of one and about which mails (RFC 3834, 3464, 8098, 2919). Pure, never fails.

A web form that writes for a person, as Reply-To shows, is no machine of these: somebody complains by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from services.intake.email.addresses import is_robot, mailboxes
from services.intake.email.headers import Headers, read
from services.intake.email.mime import Entity, entity
from services.intake.email.threads import answered, ids_in

MachineKind = Literal["read-receipt", "bounce", "delivery-notice", "report", "auto-reply", "list", "notification"]

_LIST: Final = ("list-id", "list-unsubscribe", "list-post", "list-help")
_AUTOMATIC: Final = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply")
_SUBJECT: Final = re.compile(
    r"(?:automatic reply|auto(?:matic)?[- ]?reply|autoreply|out of (?:the )?office(?: autoreply| reply)?|auto(?:matic)? response"
    r"|automatische antwort|réponse automatique|respuesta automática)\s{0,9}:",
    re.IGNORECASE,
)
_ACTION: Final = re.compile(r"^action\s{0,9}:\s{0,9}(\w+)", re.IGNORECASE | re.MULTILINE)
_RECIPIENT: Final = re.compile(
    r"^(?:final|original)-recipient\s{0,9}:[^;\r\n]{0,60};\s{0,9}<?([^\s<>]{1,254})",
    re.IGNORECASE | re.MULTILINE,
)
_ORIGINAL: Final = re.compile(r"^original-message-id\s{0,9}:([^\r\n]{1,998})", re.IGNORECASE | re.MULTILINE)
_ADDRESS: Final = re.compile(r"[^\s,<>]{1,254}@[^\s,<>]{1,253}")
_SERVER: Final = re.compile(r"(?:mailer-daemon|postmaster)@", re.IGNORECASE)
_REPORT_LIMIT: Final = 50_000
_ABOUT: Final = 50


@dataclass(frozen=True)
class Machine:
    """`reason` is for staff. `about` are the Message-IDs that it answers or reports on, nearest first.

    `failed` are the addresses that a bounce reports as unreachable, and `returned` what of the message came back with
    it: a reference may stand there.
    """

    kind: MachineKind
    reason: str
    about: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    returned: str = ""


def machine(message: Entity, return_path: str, *, for_a_person: bool) -> Machine | None:
    """The machine that sent a mail; None for a person's, or one that writes for a person."""
    by_server = return_path.strip() in {"", "<>"} or is_robot(_from(message))
    if (message.kind == "multipart/report" or by_server) and (report := _report(message)) is not None:
        return report
    found = next(_signs(message.headers, _from(message), for_a_person=for_a_person), None)
    if found is None:
        return None
    kind, reason = found
    failed = _ADDRESS.findall(message.headers.raw("x-failed-recipients")) if kind == "bounce" else ()
    returned = _rest(message) if kind == "bounce" else ""
    return Machine(kind, reason, answered(message.headers)[:_ABOUT], tuple(failed)[:_ABOUT], returned)


def _signs(headers: Headers, sender: str, *, for_a_person: bool) -> Iterator[tuple[MachineKind, str]]:
    """What shows a machine, the surest first."""
    if headers.has("x-failed-recipients"):
        yield "bounce", "X-Failed-Recipients"
    submitted = headers.raw("auto-submitted").partition(";")[0].strip().lower()
    precedence = headers.raw("precedence").strip().lower()
    if submitted in {"auto-replied", "auto-notified"}:
        yield "auto-reply", f"Auto-Submitted: {submitted}"
    if precedence == "auto_reply":
        yield "auto-reply", f"Precedence: {precedence}"
    yield from (("auto-reply", n.title()) for n in _AUTOMATIC if headers.raw(n).strip().lower() not in {"", "no"})
    if _SUBJECT.match(headers.text("subject")):
        yield "auto-reply", "the subject is that of an automatic reply"
    yield from (("list", name.title()) for name in _LIST if headers.has(name))
    if precedence in {"bulk", "list", "junk"}:
        yield "list", f"Precedence: {precedence}"
    if not for_a_person:
        if _SERVER.match(sender):
            yield "bounce", "From a mail server"
        if submitted not in {"", "no"}:
            yield "notification", f"Auto-Submitted: {submitted}"


def must_not_be_answered(headers: Headers, return_path: str, address: str) -> bool:
    """Whether no answer is to go out by itself though a person may be behind it (RFC 3834 section 2)."""
    suppressed = set(re.split(r"[,\s]+", headers.raw("x-auto-response-suppress").lower()))
    submitted = headers.raw("auto-submitted").partition(";")[0].strip().lower()
    return (
        return_path.strip() in {"", "<>"}
        or submitted not in {"", "no"}
        or bool({"all", "autoreply"} & suppressed)
        or is_robot(address)
    )


def _from(message: Entity) -> str:
    return next((m.address for m in mailboxes(message.headers.raw("from"))), "")


def _report(message: Entity) -> Machine | None:
    """A report about a message that was sent: its machine-readable part counts, wherever that stands."""
    parts = list(_leaves(message, 0))
    about: list[str] = []
    returned: list[str] = []
    for part in parts:
        if part.kind == "text/rfc822-headers" or part.encloses:
            head = read(part.data) if part.kind == "text/rfc822-headers" else entity(part.data).headers
            about += [*ids_in(head.raw("message-id")), *reversed(ids_in(head.raw("references")))]
            about += ids_in(head.raw("in-reply-to"))
            returned.append(head.text("subject"))
    for part in parts:
        content = part.data[:_REPORT_LIMIT].decode("utf-8", "replace")
        ids = tuple(dict.fromkeys([*(i for m in _ORIGINAL.findall(content) for i in ids_in(m)), *about]))[:_ABOUT]
        addresses = tuple(dict.fromkeys(_RECIPIENT.findall(content)))[:_ABOUT]
        if part.kind in {"message/disposition-notification", "message/global-disposition-notification"}:
            return Machine("read-receipt", part.kind, ids, (), "\n".join(returned))
        if part.kind in {"message/delivery-status", "message/global-delivery-status"}:
            failed = "failed" in {action.lower() for action in _ACTION.findall(content)}
            kind: MachineKind = "bounce" if failed else "delivery-notice"
            return Machine(kind, part.kind, ids, addresses if failed else (), "\n".join(returned))
        if part.kind == "message/feedback-report":
            return Machine("report", part.kind, ids, (), "\n".join(returned))
    kind_of_report = message.content.parameters["report-type"].lower()
    if message.kind == "multipart/report":
        known: dict[str, MachineKind] = {
            "disposition-notification": "read-receipt",
            "delivery-status": "bounce",
        }
        return Machine(known.get(kind_of_report, "report"), f"multipart/report {kind_of_report}", tuple(about)[:_ABOUT])
    return None


def _leaves(part: Entity, depth: int) -> Iterator[Entity]:
    """The parts that a report may have; a person's mail that encloses a bounce encloses it deeper."""
    if depth < 2 and part.parts:
        for inner in part.parts[:10]:
            yield from _leaves(inner, depth + 1)
    else:
        yield part


def _rest(message: Entity) -> str:
    return message.data[:_REPORT_LIMIT].decode("utf-8", "replace")
