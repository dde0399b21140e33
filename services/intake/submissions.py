"""What people hand in: the fields of the form and the API, what may be wrong in them, and what every channel passes on. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from services.intake.model import MailTo
from shared.calendar.written import Instant
from shared.errors import Fault, Invalid
from shared.events.codes import Channel, ComplainantType, District, Kind, Procedure, ServiceArea
from shared.events.facts import UNKNOWN
from shared.events.feedback import FeedbackContent, MessageContent
from shared.taxonomy.codes import Codes
from shared.taxonomy.routing import Contact
from shared.visible import says_nothing, without_marks

MB: Final = 1024 * 1024
NARRATIVE_LIMIT: Final = 20_000
ATTACHMENTS_LIMIT: Final = 10
FILE_BYTES: Final = 10 * MB
_PUBLIC: Final = frozenset({Channel.WEB, Channel.API})
_PERSONAL: Final = frozenset(FeedbackContent.model_fields) - {"attachment_names"}


def usable_address(text: str) -> str | None:
    """`text` as an address that mail can be sent to, or None. Nothing is asked of any server.

    A domain of one label, as in `a@b`, is nobody's: it is a slip, or a name inside somebody's network.
    """
    try:
        found = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return None
    if "." not in found.domain:
        return None
    return found.ascii_email or found.normalized


def _address(text: str) -> str:
    if text and usable_address(text) is None:
        raise ValueError("write an email address like name@example.com")
    return text


def _copied(text: Any) -> Any:
    return without_marks(text) if isinstance(text, str) else text


def _seen(text: str) -> str:
    if says_nothing(text):
        raise ValueError("it has no character that can be seen")
    return text


_Seen = AfterValidator(_seen)


def _text(limit: int) -> Any:
    return StringConstraints(strip_whitespace=True, max_length=limit)


@dataclass(frozen=True, slots=True)
class File:
    """A file of a type that is accepted. What it is sealed for, its `purpose`, is `raw-message` for an email as it came."""

    name: str
    media_type: str
    data: bytes
    purpose: Literal["attachment", "raw-message"] = "attachment"


@dataclass(frozen=True)
class Incoming:
    """Feedback that a channel passes to `Receiving.receive`. `received_at` is UTC, in whole milliseconds.

    `fingerprint` distinguishes a retry from another payload under the same id. `uploads` are attachments that were uploaded before;
    `files` and `original`, the email as it came, are kept with the feedback.
    """

    feedback_id: UUID
    kind: Kind
    channel: Channel
    content: FeedbackContent
    received_at: datetime
    fingerprint: str
    correlation_id: str
    service_area: str = UNKNOWN
    district: str = UNKNOWN
    complainant_type: str = UNKNOWN
    procedure: str | None = None
    procedure_rule: str | None = None
    uploads: tuple[UUID, ...] = ()
    files: tuple[File, ...] = ()
    original: File | None = None
    acknowledge_to: MailTo | None = None


@dataclass(frozen=True)
class IncomingMessage:
    """A later message to be added to feedback. `key` names it: the same key again adds nothing. `received_at` is UTC."""

    key: str
    channel: Channel
    content: MessageContent
    received_at: datetime
    correlation_id: str
    files: tuple[File, ...] = ()


class Submission(BaseModel):
    """Feedback as the JSON API accepts it. Lengths are in characters; a code is one of the council's lists."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    narrative: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NARRATIVE_LIMIT), _Seen] = Field(
        description="What happened, in the person's own words"
    )
    name: Annotated[str, _text(200), _Seen] = ""
    email: Annotated[str, BeforeValidator(_copied), _text(254), AfterValidator(_address)] = ""
    telephone: Annotated[str, _text(50), _Seen] = ""
    address: Annotated[str, _text(1000), _Seen] = ""
    on_behalf_of: Annotated[str, _text(200), _Seen] = Field("", description="The person it is made for, if another")
    subject: Annotated[str, _text(300), _Seen] = ""
    outcome_sought: Annotated[str, _text(5000), _Seen] = Field("", description="What would put it right")
    adjustments: Annotated[str, _text(2000), _Seen] = Field("", description="Communication needs and adjustments")
    service_area: ServiceArea = UNKNOWN
    district: District = UNKNOWN
    complainant_type: ComplainantType = UNKNOWN
    procedure: Procedure | None = None
    channel: Channel | None = Field(None, description="Other than web-form and api: staff only")
    received_at: Instant | None = Field(
        None,
        description="Staff only: when a letter or a call arrived; an instant with its zone, not in the future",
    )
    attachment_ids: Annotated[tuple[UUID, ...], Field(max_length=ATTACHMENTS_LIMIT)] = ()

    def payload(self) -> dict[str, Any]:
        """What a fingerprint is made of: the fields that were given, as JSON holds them."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def check(self, codes: Codes, *, staff: bool, now: datetime) -> None:
        """Check what the types cannot: the council's codes, and what staff alone may give.

        Raises:
            Invalid: with each fault at its place.
        """
        faults = [*codes.faults(self)]
        procedure = codes.list("procedures").get(self.procedure or "")
        if procedure is not None and self.kind is Kind.COMPLAINT and procedure.kind not in {None, Kind.COMPLAINT}:
            faults.append(Fault("/procedure", f"a case of {procedure.code} is of kind {procedure.kind}, not {self.kind}"))
        if not staff:
            if self.channel is not None and self.channel not in _PUBLIC:
                faults.append(Fault("/channel", "only staff may log this channel"))
            if self.received_at is not None:
                faults.append(Fault("/received_at", "only staff may state when it arrived"))
        if self.received_at is not None and self.received_at > now:
            faults.append(Fault("/received_at", "it is in the future"))
        if self.received_at is not None and self.received_at.year < 1990:
            faults.append(Fault("/received_at", "it is before 1990"))
        if faults:
            raise Invalid("invalid", "The request does not fit; see errors.", faults)

    def incoming(
        self,
        feedback_id: UUID,
        *,
        channel: Channel,
        now: datetime,
        fingerprint: str,
        correlation_id: str,
        files: Sequence[File] = (),
    ) -> Incoming:
        """As it is received. `channel` and `now` stand where the submission gives no channel and no instant of receipt."""
        address = usable_address(self.email) if self.email else None
        return Incoming(
            feedback_id=feedback_id,
            kind=self.kind,
            channel=self.channel or channel,
            content=FeedbackContent(**{name: getattr(self, name) for name in _PERSONAL}),
            received_at=stored(self.received_at or now),
            fingerprint=fingerprint,
            correlation_id=correlation_id,
            service_area=self.service_area,
            district=self.district,
            complainant_type=self.complainant_type,
            procedure=self.procedure,
            uploads=self.attachment_ids,
            files=tuple(files),
            acknowledge_to=MailTo(address=address) if address else None,
        )


def routed(incoming: Incoming, codes: Codes) -> Incoming:
    """`incoming` under the procedure that the council's rules give it, where none was named; what it is may change with it."""
    if incoming.procedure is not None:
        return incoming
    found = codes.route(
        Contact(
            kind=incoming.kind,
            channel=incoming.channel,
            service_area=incoming.service_area,
            complainant_type=incoming.complainant_type,
            subject=incoming.content.subject,
            text=incoming.content.narrative,
        )
    )
    if found is None:
        return incoming
    return replace(incoming, kind=found.kind, procedure=found.procedure, procedure_rule=found.rule)


def stored(moment: datetime) -> datetime:
    """`moment` as the store keeps it: UTC, in whole milliseconds. So a retry is answered the same."""
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
