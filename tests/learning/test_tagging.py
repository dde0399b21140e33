"""Suggested tags: found in any inflection, explained by their words, and never across a sentence."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.learning.tagging.suggest import Tagger
from services.learning.tagging.words import stem, words
from shared.taxonomy import load, parse

TAGGER = Tagger(load("themes"), load("learning-action-types"))


def codes(text):
    return {s.code for s in TAGGER.suggest(text, limit=99)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("charge", "charging"), ("charge", "charged"), ("charge", "charges"), ("delay", "delayed"),
        ("cancel", "cancelled"), ("stop", "stopped"), ("call", "calls"), ("call", "called"),
        ("agency", "agencies"), ("reply", "replied"), ("communicate", "communicating"), ("breach", "breaches"),
    ],
)  # fmt: skip
def test_inflected_forms_meet(one, other):
    assert stem(one) == stem(other)


@pytest.mark.parametrize(("one", "other"), [("bus", "bu"), ("rude", "ruler"), ("late", "later"), ("fee", "feed")])
def test_different_words_do_not(one, other):
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The repairs were delayed again and again.", "delay"),
        ("Nobody told me that the visit was off", "poor-communication"),
        ("I had to CHASE them every week", "not-kept-informed"),
        ("She was rude to my mother.", "staff-conduct"),
        ("Your invoices are wrong and you overcharged us", "finance-charging"),
        ("They didn’t follow their own procedure", "procedure-not-followed"),
        ("The carers didn't turn up on Sunday", "service-not-provided"),
        ("There are potholes all along the lane", "road-condition"),
        ("his EHCP is six months late", "ehcp"),
        ("The website said the office was open", "information-change"),
        ("Staff need more training.", "staff-training"),
    ],
)
def test_what_people_write_leads_to_a_tag(text, code):
    assert code in codes(text)


def test_words_inside_other_words_do_not_count():
    assert "road-condition" not in codes("The convergence of views")
    assert "finance-charging" not in codes("She spoke to the billiards club coffee morning")


def test_no_phrase_is_found_across_the_end_of_a_sentence():
    assert "missed-visit" not in codes("It was missed. Visit us soon.")
    assert "missed-visit" in codes("It was a missed visit.")


def test_each_suggestion_names_its_words_and_their_place():
    text = "We waited months. The direct payments stopped and nobody rang; the payment is still overdue."
    by_code = {s.code: s for s in TAGGER.suggest(text, limit=99)}
    assert [f.words for f in by_code["finance-charging"].found] == ["direct payments", "payment"]
    assert [(f.words, f.phrase) for f in by_code["delay"].found] == [
        ("waited months", "waited months"),
        ("overdue", "overdue"),
    ]
    for suggestion in by_code.values():
        for found in suggestion.found:
            assert text[found.start : found.end] == found.words


def test_the_likelier_tag_comes_first():
    text = "The charge on the invoice was wrong and the bill was not explained. The officer was rude."
    first, *_ = TAGGER.suggest(text)
    assert first.code == "finance-charging"
    assert 0 < first.score <= 1


def test_a_retired_term_is_not_suggested():
    themes = parse(
        "{list: themes, version: 2, terms: [{code: a, label: A, phrases: [old], retired: true},"
        " {code: b, label: B, phrases: [new]}]}",
        "themes",
    )
    found = Tagger(themes, load("learning-action-types")).suggest("old and new")
    assert [s.code for s in found] == ["b"]


def test_every_phrase_of_the_lists_leads_to_its_own_term():
    for name in ("themes", "learning-action-types"):
        for term in load(name).terms:
            for phrase in term.phrases:
                assert term.code in codes(f"They said {phrase} to us"), phrase


PHRASES = [p for name in ("themes", "learning-action-types") for t in load(name).terms for p in t.phrases]
TEXTS = st.lists(st.sampled_from(PHRASES) | st.text(string.printable + "é’ß", max_size=20), max_size=12).map(" ".join)


@given(TEXTS)
def test_places_are_places_and_the_same_text_gives_the_same(text):
    suggestions = TAGGER.suggest(text)
    assert suggestions == TAGGER.suggest(text)
    assert [s.score for s in suggestions] == sorted((s.score for s in suggestions), reverse=True)
    for suggestion in suggestions:
        assert suggestion.found
        assert 0 < suggestion.score <= 1
        for found in suggestion.found:
            assert text[found.start : found.end] == found.words


@given(TEXTS, TEXTS)
def test_more_sentences_never_take_a_tag_away(one, other):
    scores = {s.code: s.score for s in TAGGER.suggest(one + "\n" + other, limit=99)}
    for suggestion in TAGGER.suggest(one, limit=99):
        assert scores[suggestion.code] >= suggestion.score


@given(st.text())
def test_any_text_can_be_read(text):
    for word in words(text):
        assert text[word.start : word.end]
