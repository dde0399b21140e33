"""References: made, read as people type them, and never taken for somebody else's."""

import string
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.references import neighbours, normalise_reference, readings, reference

FORMER = "RD-00000-000000"
FORMER_WITH_SIGNS = ["RD-00000-00010*", "RD-00000-00011~", "RD-00000-00012$", "RD-00000-00013="]
references = st.uuids().map(reference)


def signs(text):
    return text.removeprefix("RD-").replace("-", "")


@given(references)
def test_letters_and_digits_only_in_groups_of_four(made):
    assert set(made) <= set(string.ascii_uppercase + string.digits + "-") - set("ILOU")
    assert [len(group) for group in made.split("-")] == [2, 4, 4, 4]
    assert normalise_reference(made) == made
    assert readings(made)[0] == made


def test_the_same_feedback_has_the_same_reference():
    assert reference(UUID(int=7)) == reference(UUID(int=7)) != reference(UUID(int=8))


@given(references, st.integers(0, 11), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_one_wrong_sign_is_always_noticed(made, at, sign):
    right = signs(made)
    wrong = right[:at] + sign + right[at + 1 :]
    assert (normalise_reference(f"RD-{wrong}") is None) == (wrong != right)
    if wrong != right:
        assert made in neighbours(f"RD-{wrong}")
        assert made not in readings(f"RD-{wrong}")


@given(references, st.integers(0, 11), st.integers(0, 11))
def test_two_signs_that_changed_places_are_always_noticed(made, one, other):
    right = list(signs(made))
    right[one], right[other] = right[other], right[one]
    wrong = "".join(right)
    assert (normalise_reference(f"RD-{wrong}") is None) == (wrong != signs(made))
    if wrong != signs(made) and abs(one - other) == 1:
        assert made in neighbours(f"RD-{wrong}")


@given(
    references,
    st.sampled_from(["{}.", "({})", " {} ", "{},", "#{}", "{}\u200b", "\u201c{}\u201d"]),
    st.sampled_from("-\u2010\u2011\u2012\u2013\u2014\u2212\u00ad ._/"),
)
def test_however_a_person_types_it_it_is_found(made, around, dash):
    for typed in (
        made,
        made.lower(),
        made.replace("-", ""),
        made.replace("-", dash),
        made.replace("0", "O").replace("1", "l"),
    ):
        assert normalise_reference(around.format(typed)) == made
    assert made in readings(around.format(made[:-1]))
    assert made in readings(made.removeprefix("RD-"))


@pytest.mark.parametrize("former", [FORMER, *FORMER_WITH_SIGNS])
def test_references_of_before_stay_valid(former):
    digits = former[:-1]
    expected = next(found for found in readings(digits) if len(found) == len(FORMER))
    assert normalise_reference(expected) == expected
    assert normalise_reference(expected.replace("-", "\u2013").lower() + ".") == expected
    assert expected in readings(expected[:-1])


@given(st.text(max_size=40))
def test_any_text_is_read_or_is_none(text):
    found = normalise_reference(text)
    assert found is None or normalise_reference(found) == found
    assert len(neighbours(text)) < 900
