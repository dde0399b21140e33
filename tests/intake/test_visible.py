"""What nobody can see is no text, and no part of an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.intake.pages.form import read
from services.intake.submissions import Submission, usable_address
from shared.taxonomy.codes import Codes
from shared.visible import says_nothing, without_marks

NOTHING = ["\u200b", "\u200b\u200c\u200d\ufeff", "\u2800", "\u3164", "\u00ad \u2060", "\u0301", "\x07"]


@pytest.mark.parametrize("text", NOTHING)
@pytest.mark.parametrize("field", ["narrative", "name", "subject", "address", "on_behalf_of"])
def test_a_text_of_nothing_is_refused_in_words(field, text):
    with pytest.raises(ValidationError, match=r"no character that can be seen|at least 1 character") as refused:
        Submission.model_validate({"kind": "complaint", "narrative": "The bin.", field: text})
    assert refused.value.errors()[0]["loc"] == (field,)


@pytest.mark.parametrize("text", NOTHING)
def test_the_form_says_so_beside_the_field(text):
    filled = read({"kind": "complaint", "narrative": text, "name": text}, Codes(None))
    assert [(error.field, error.text) for error in filled.summary if error.field in {"narrative", "name"}] == [
        ("narrative", "Tell us what happened"),
        ("name", next(e.text for e in filled.errors if e.field == "name")),
    ]


@pytest.mark.parametrize("name", ["Ann", "\u0141ukasz", "\u0645\u062d\u0645\u062f", "\u738b", "A\u0301", "\u200eAnn", "\U0001f642"])
def test_a_name_in_any_script_is_a_name(name):
    assert Submission.model_validate({"kind": "complaint", "narrative": "The bin.", "name": name}).name == name


@pytest.mark.parametrize(
    "pasted", ["\u200bann@example.org", "ann@exam\u00adple.org", "\u202aann@example.org\u202c", " ann@example.org\ufeff"]
)
def test_marks_in_a_pasted_address_are_taken_out(pasted):
    assert Submission.model_validate({"kind": "complaint", "narrative": "x", "email": pasted}).email == "ann@example.org"
    assert read({"kind": "complaint", "narrative": "x", "email": pasted}, Codes(None)).values["email"] == "ann@example.org"


@pytest.mark.parametrize("address", ["a@b", "a@localhost", "a@b.", "@example.org", "a b@example.org"])
def test_what_nobody_can_be_written_to_at_is_refused(address):
    assert usable_address(address) is None
    with pytest.raises(ValidationError, match=r"name@example\.com"):
        Submission.model_validate({"kind": "complaint", "narrative": "x", "email": address})


@given(st.text())
def test_a_text_with_a_letter_says_something(text):
    assert not says_nothing(f"{text}a")
    assert without_marks(without_marks(text)) == without_marks(text)
