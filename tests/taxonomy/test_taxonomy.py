"""The code lists: readable, without repeats, never shortened."""

import ast
from pathlib import Path

import pytest

from redress.sample import LISTS as SAMPLE
from services.workflow.rulebook.choose import DEFAULT_PROCEDURE
from services.workflow.rulebook.load import shipped
from shared.events.codes import Kind
from shared.taxonomy import LISTS, TaxonomyError, check_change, load, parse


@pytest.mark.parametrize("name", LISTS)
def test_every_list_loads(name):
    assert load(name).list == name


def test_the_lists_have_what_the_reports_name():
    assert {"delay", "poor-communication", "complaint-handling"} <= load("themes").codes
    assert load("procedures").get("adults-statutory").statutory
    assert not load("procedures").get("corporate").statutory


def test_the_list_of_tracks_is_that_of_the_rulebooks_with_the_kinds_of_each():
    tracks = [track for book in shipped() for track in book.tracks]
    assert {track.id for track in tracks} == load("tracks").codes
    for term in load("tracks").terms:
        kinds = {kind for track in tracks if track.id == term.code for kind in track.kinds}
        assert kinds == (load(term.kinds).codes if term.kinds else set()), term.code


def test_the_list_of_stages_is_that_of_the_rulebooks_with_the_kind_of_case_that_has_each():
    """Which stages are those of requests is read from here."""
    found: dict[str, set[Kind]] = {}
    for book in shipped():
        for stage in book.stages:
            for code in (stage.id, *stage.also) if stage.track is None else ():
                found.setdefault(code, set()).update(book.kinds if book.procedures else ())
    assert found.keys() == load("stages").codes
    for term in load("stages").terms:
        assert found[term.code] == ({term.kind} if term.kind else set()), term.code


def test_a_stage_is_marked_agreed_where_no_rulebook_sets_a_number_of_days_for_its_response():
    """What a report calls a standard timescale must be one."""
    limits: dict[str, set[bool]] = {}
    for book in shipped():
        for clock in book.clocks:
            if clock.kind == "response":
                limits.setdefault(clock.stage, set()).add(clock.limit == "agreed")
    marked = {term.code for term in load("stages").terms if term.agreed}
    assert marked == {stage for stage, agreed in limits.items() if agreed == {True} and stage in load("stages").codes}


def test_the_list_of_families_is_that_of_the_procedures_with_the_kind_of_most_of_them():
    procedures = load("procedures").terms
    assert {term.family for term in procedures} == load("families").codes
    for term in load("families").terms:
        kinds = [one.kind for one in procedures if one.family == term.code]
        assert kinds.count(term.kind) * 2 > len(kinds), term.code
        assert (term.plural is not None) == (term.kind is Kind.ENQUIRY), term.code


NAMED_IN_CODE = {
    "services/workflow/case/history_tracks.py": {"ombudsman-remedy", "remedy"},
    "services/workflow/rulebook/choose.py": {"corporate"},
}
"""The procedures and tracks that code names, as in docs/rulebooks.md: what is not routed, and the fixed words of an import."""


def test_no_other_code_knows_a_procedure_or_a_track_by_its_name():
    root = Path(__file__).resolve().parents[2]
    # Referrals to the Ombudsman are events and facts of their own: the word is theirs, and not only the track's.
    names = (load("procedures").codes | load("families").codes | load("tracks").codes) - {"ombudsman"}
    for folder in ("services", "shared"):
        for path in sorted((root / folder).rglob("*.py")):
            named = names.intersection(
                node.value
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            )
            where = path.relative_to(root).as_posix()
            assert named == NAMED_IN_CODE.get(where, set()), where


def test_the_list_of_procedures_shows_what_their_rulebooks_know():
    """A row of history is held against the list, where its sender reads what is wrong, and not first against the rulebook."""
    stages, reasons = load("stages").codes, load("refusal-reasons").codes
    for term in load("procedures").terms:
        books = [b for kind in Kind for b in shipped().serving(term.code, kind) if b.procedures]
        assert {kind for book in books for kind in book.kinds} == {term.kind}, term.code
        own = [stage for book in books for stage in book.stages if stage.track is None]
        assert {code for stage in own for code in (stage.id, *stage.also)} == set(term.stages) <= stages
        assert {code for book in books for code in book.refusal_reasons} == set(term.refusal_reasons) <= reasons
    (feedback,) = (book for book in shipped() if not book.procedures)
    assert [stage.id for stage in feedback.stages] == ["feedback"]
    assert not feedback.refusal_reasons
    assert "feedback" in stages


def test_the_list_of_procedures_has_the_acknowledgement_days_of_their_rulebooks():
    """Intake promises a day of acknowledgement before there is a case that a rulebook measures."""
    for term in load("procedures").terms:
        books = [book for book in shipped() if term.code in book.procedures]
        from_receipt = {
            clock.fixed
            for book in books
            for clock in book.clocks
            if (clock.kind, clock.starts, clock.unit) == ("acknowledgement", "received", "working_days")
        }
        assert term.acknowledgement_days == min(from_receipt, default=None), term.code


def test_where_no_procedure_is_given_the_list_has_the_one_that_such_a_case_gets():
    procedures = load("procedures")
    assert procedures.default == DEFAULT_PROCEDURE
    assert procedures.get(procedures.default).acknowledgement_days
    with pytest.raises(TaxonomyError, match="default: b is not a code"):
        parse("{list: themes, version: 1, default: b, terms: [{code: a, label: A}]}", "themes")


def test_themes_and_actions_share_no_code_because_a_lesson_carries_both():
    assert not load("themes").codes & load("learning-action-types").codes


def test_an_unknown_code_is_its_own_label():
    assert load("districts", SAMPLE).label("wyre") == "Wyre"
    assert load("districts", SAMPLE).label("atlantis") == "atlantis"


def test_a_fault_names_the_list_and_the_place():
    with pytest.raises(TaxonomyError, match=r"themes, line \d+"):
        parse("list: themes\nterms: [", "themes")
    with pytest.raises(TaxonomyError, match=r"themes: terms\.0\.code"):
        parse("{list: themes, version: 1, terms: [{code: Not A Slug, label: x}]}", "themes")
    with pytest.raises(TaxonomyError, match="listed twice: a"):
        parse("{list: themes, version: 1, terms: [{code: a, label: x}, {code: a, label: y}]}", "themes")
    with pytest.raises(TaxonomyError, match="there is no list"):
        load("colours")


def test_a_council_replaces_a_list_but_cannot_lose_a_code_that_the_platform_uses(tmp_path):
    shipped = load("stages")
    terms = ", ".join(f"{{code: {t.code}, label: Our {t.code}}}" for t in shipped.terms)
    (tmp_path / "stages.yaml").write_text(f"{{list: stages, version: 2, terms: [{terms}]}}")
    (tmp_path / "tracks.yaml").write_text("{list: tracks, version: 9, terms: [{code: remedy, label: Remedies}]}")
    assert load("stages", tmp_path).label("stage-1") == "Our stage-1"
    assert load("themes", tmp_path) == load("themes")
    with pytest.raises(TaxonomyError, match="ombudsman"):
        load("tracks", tmp_path)


def test_a_council_starts_with_districts_of_its_own_and_none_of_another(tmp_path):
    """Lancashire's are the sample's: no other council has to carry them as retired."""
    assert len(load("districts", SAMPLE).terms) == 14
    assert load("districts").codes == {"out-of-area", "unknown"}
    own = "{list: districts, version: 1, terms: [{code: kesteven, label: Kesteven}, {code: unknown, label: Not known}]}"
    (tmp_path / "districts.yaml").write_text(own)
    assert [t.code for t in load("districts", tmp_path).offered] == ["kesteven", "unknown"]
    (tmp_path / "themes.yaml").write_text("{list: themes, version: 1, terms: [{code: our-delay, label: Delay}]}")
    assert load("themes", tmp_path).codes == {"our-delay"}


def test_what_the_platform_gives_itself_stands_in_every_list_of_districts(tmp_path):
    (tmp_path / "districts.yaml").write_text("{list: districts, version: 1, terms: [{code: kesteven, label: Kesteven}]}")
    with pytest.raises(TaxonomyError, match="unknown missing"):
        load("districts", tmp_path)
    with pytest.raises(TaxonomyError, match="REDRESS_TAXONOMY: there is no folder"):
        load("districts", tmp_path / "nowhere")


def test_a_retired_term_stays_known_and_is_not_offered():
    terms = "[{code: a, label: A, retired: true, replaced_by: b}, {code: b, label: B}]"
    found = parse(f"{{list: themes, version: 2, terms: {terms}}}", "themes")
    assert found.codes == {"a", "b"}
    assert [t.code for t in found.offered] == ["b"]
    before = parse("{list: themes, version: 2, terms: [{code: b, label: B}]}", "themes")
    assert check_change(before, found) == ["version 2 does not follow 2"]
