"""The CloudEvents attributes of a record, by their registered names; those of before are still read."""

import re
from datetime import UTC, datetime
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from shared.events.envelope import decode, traceparent
from shared.events.feedback import FeedbackWithdrawn
from shared.events.outgoing import Cause, Outgoing, make_envelope

AT = datetime(2024, 4, 10, 9, 30, tzinfo=UTC)
LATER = datetime(2024, 4, 10, 9, 31, tzinfo=UTC)


def outgoing(sequence=1, correlation="c"):
    item = uuid4()
    event = FeedbackWithdrawn(feedback_id=item, withdrawn_at=AT)
    envelope = make_envelope(
        event,
        source="redress/intake",
        subject=item,
        sequence=sequence,
        cause=Cause(correlation),
        time=AT,
        recorded_at=LATER,
    )
    return Outgoing("feedback", str(item), envelope)


def read(headers, sent):
    return decode([(name, value.encode()) for name, value in headers.items()], sent.envelope.value())


@given(st.lists(st.integers(0, 10**10 - 1), min_size=2, max_size=10))
def test_sequences_compare_as_strings(numbers):
    written = [outgoing(number).headers()["ce_sequence"] for number in numbers]
    assert sorted(written) == [written[numbers.index(number)] for number in sorted(numbers)]


def test_the_key_is_an_attribute():
    sent = outgoing()
    assert sent.headers()["ce_partitionkey"] == sent.key
    assert read(sent.headers(), sent) == sent.envelope


def test_the_names_of_before_are_read():
    sent = outgoing(7)
    headers = sent.headers()
    del headers["ce_traceparent"], headers["ce_partitionkey"]
    headers["ce_recordedat"] = headers.pop("ce_recordedtime")
    headers["ce_sequence"] = "7"
    assert read(headers, sent) == sent.envelope


@given(st.text(min_size=1, max_size=40), st.uuids())
def test_every_correlation_id_has_a_trace(correlation, event):
    found = traceparent(correlation, event)
    assert re.fullmatch("00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-00", found)
    assert found == traceparent(correlation, event)


def test_a_trace_id_is_kept_and_none_of_zeros_is_made():
    trace, event = "4bf92f3577b34da6a3ce929d0e0e4736", UUID(int=2**127)
    assert traceparent(trace, event) == f"00-{trace}-8000000000000000-00"
    assert not traceparent("0" * 32, event).startswith("00-0000")
