"""Events that tests of the store and of messaging publish."""

from datetime import UTC, datetime
from uuid import uuid4

from shared.events.codes import Channel, Kind
from shared.events.envelope import Envelope
from shared.events.feedback import FeedbackImported
from shared.events.historic import HistoricCase
from shared.events.outgoing import Outgoing

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def imported(key="row-1", version=1):
    feedback = uuid4()
    row = HistoricCase(
        source_id=key,
        kind=Kind.COMPLIMENT,
        procedure="adults",
        channel=Channel.LETTER,
        received_on="2022-05-03",
    )
    data = FeedbackImported(feedback_id=feedback, reference="RD-X", imported_at=NOW, row=row)
    envelope = Envelope(
        id=uuid4(), source="/redress/intake", time=NOW, recorded_at=NOW, subject=str(feedback), data=data,
        correlation_id="c", sequence=version,
    )  # fmt: skip
    return Outgoing("feedback", str(feedback), envelope)
