"""If-Match as RFC 9110 has it: one tag, a list, or `*`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.etags import expected_versions
from shared.web.problems import Problem, etag


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20), st.integers(0, 10**9))
def test_a_list_names_just_its_versions(versions, other):
    seen = expected_versions(" , ".join(map(etag, versions)))
    assert all(version in seen for version in versions)
    assert (other in seen) == (other in versions)


@given(st.integers(0, 10**9))
def test_a_star_is_whatever_it_is_now(version):
    assert version in expected_versions(" * ")


@pytest.mark.parametrize(("header", "version"), [('W/"7"', 7), ('"x", "7"', 7), ('"7","8"', 8)])
def test_weak_tags_and_tags_of_others_stand_in_a_list(header, version):
    assert version in expected_versions(header)


@pytest.mark.parametrize("header", ['"abc"', '""', '"-1"', '"7.0"'])
def test_a_tag_that_is_none_of_ours_matches_nothing(header):
    assert all(version not in expected_versions(header) for version in range(20))


@pytest.mark.parametrize("header", ["", "7", '"7', '"7" "8"', '"7",', "*, *", '"٧"', '"7", *', '"7"' + ', "7"' * 1000])
def test_what_is_no_list_of_tags_is_refused(header):
    with pytest.raises(Problem) as refused:
        expected_versions(header)
    assert (refused.value.status, refused.value.code) == (400, "if-match-invalid")


def test_without_the_header_nothing_is_changed():
    with pytest.raises(Problem) as refused:
        expected_versions(None)
    assert refused.value.status == 428
