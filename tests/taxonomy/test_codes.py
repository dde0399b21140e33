"""Codes that come in are held against the council's lists, wherever they come in, and the nearest known one is named."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redress.sample import LISTS
from services.intake.rows import fault
from services.intake.submissions import Submission
from services.workflow.case.effects import ENTRIES
from services.workflow.case.effects.points import ElementFields
from services.workflow.case.effects.reclassifying import ReclassifyFields
from services.workflow.case.effects.relations import SplitFields
from services.workflow.handlers import check_codes
from shared.errors import Invalid
from shared.events.codes import Kind
from shared.events.historic import HistoricCase
from shared.taxonomy.codes import Codes, nearest
from shared.web.codes import CodeListView
from tests.workflow.case_rig import BOOKS, Desk

CODES = Codes(LISTS)
DAY = date(2024, 4, 8)


def refused(fields, case=None, codes=CODES):
    case = case or Desk().open(DAY).case
    effect = next(e for e, entry in ENTRIES.items() if entry.fields is type(fields))
    step = next(s for s in BOOKS.get(case.facts.rulebook, case.rulebook_version).steps if s.effect is effect)
    with pytest.raises(Invalid) as refusal:
        check_codes(step, fields, case, codes)
    assert refusal.value.code == "unknown-code"
    return {f.pointer: f.detail for f in refusal.value.faults}


@pytest.mark.parametrize(
    ("fields", "pointer", "meant"),
    [
        (ReclassifyFields(district="prestn"), "/district", "preston"),
        (ReclassifyFields(district="ribble-vally"), "/district", "ribble-valley"),
        (ReclassifyFields(service_area="pot-holes"), "/service_area", "potholes"),
        (ReclassifyFields(service_area="library"), "/service_area", "libraries"),
        (ReclassifyFields(themes=("delay", "delays")), "/themes/1", "delay"),
        (ReclassifyFields(complainant_type="parents"), "/complainant_type", "parent"),
        (ReclassifyFields(procedure="corporat"), "/procedure", "corporate"),
        (ElementFields(theme="dellay"), "/theme", "delay"),
        (ElementFields(theme="poor-comunication"), "/theme", "poor-communication"),
        (SplitFields(service_area="csc-adopton"), "/service_area", "csc-adoption"),
        (SplitFields(themes=("staff-conductt",)), "/themes/0", None),
    ],
)
def test_a_step_with_a_code_that_no_list_has_is_refused_with_its_place_and_the_nearest(fields, pointer, meant):
    found = refused(fields)
    assert found.keys() == {pointer}
    assert "is not a code of the list" in found[pointer]
    assert "the nearest" in found[pointer]
    if meant:
        assert repr(meant) in found[pointer]


def test_every_code_that_does_not_fit_is_named_at_once():
    assert refused(ReclassifyFields(district="x", service_area="y")).keys() == {"/district", "/service_area"}


def test_a_compliment_has_themes_of_its_own():
    compliment = Desk().open(DAY, kind=Kind.COMPLIMENT).case
    assert "compliment-themes" in refused(ReclassifyFields(themes=("delay",)), compliment)["/themes/0"]
    assert CODES.faults(ReclassifyFields(themes=("speed",)), kind=Kind.COMPLIMENT) == ()
    assert CODES.faults(ReclassifyFields(themes=("speed",)), kind=Kind.COMPLAINT)


def test_a_retired_code_is_refused_for_what_is_new_and_stays_where_it_is(tmp_path):
    old = "{code: old, label: Old, retired: true, replaced_by: new}, {code: gone, label: Gone, retired: true}"
    (tmp_path / "themes.yaml").write_text(f"{{list: themes, version: 2, terms: [{old}, {{code: new, label: New}}]}}")
    codes = Codes(tmp_path)
    assert refused(ElementFields(theme="old"), codes=codes) == {"/theme": "'old' is no longer used; use 'new'"}
    assert refused(ElementFields(theme="gone"), codes=codes) == {"/theme": "'gone' is no longer used; the nearest is 'new'"}
    assert codes.faults(ReclassifyFields(themes=("old", "new")), standing={"old"}) == ()
    assert codes.fault("old", "themes", past=True) is None


def test_intake_names_the_nearest_too():
    handed_in = Submission(kind="complaint", narrative="x", service_area="pothole", district="wire")
    found = {f.pointer: f.detail for f in CODES.faults(handed_in)}
    assert "'potholes'" in found["/service_area"]
    assert "'wyre'" in found["/district"]
    row = {"source_id": "1", "kind": "complaint", "procedure": "corporate", "received_on": DAY, "themes": ("delay", "delais")}
    wrong = fault(HistoricCase(**row), CODES, DAY, 1990)
    assert wrong.startswith("themes.1: 'delais' is not a code of the list themes; the nearest ")
    wrong = fault(HistoricCase(**{**row, "themes": (), "learning_tags": ("process-chnge",)}), CODES, DAY, 1990)
    assert wrong.startswith("learning_tags.0: ")
    assert "'process-change'" in wrong


@given(st.sampled_from([found.list for found in CODES]), st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True))
def test_a_code_is_taken_just_where_its_list_offers_it_and_one_that_is_refused_is_given_one_that_would_be_taken(name, code):
    offered = [term.code for term in CODES.list(name).offered]
    assert all(CODES.fault(known, name) is None for known in offered)
    wrong = CODES.fault(code, name)
    assert (wrong is None) == (code in offered or code == "unknown")
    suggested = nearest(code, offered)
    assert suggested
    assert set(suggested) <= set(offered)
    assert wrong is None or "the nearest" in wrong or "no longer used" in wrong


def test_the_lists_are_shown_with_labels_versions_and_what_is_retired():
    shown = CodeListView.of(CODES.list("no-lesson-reasons"))
    assert (shown.list, shown.version) == ("no-lesson-reasons", 1)
    assert {c.code for c in shown.codes if c.retired} == {"none-recorded"}
    assert CodeListView.of(CODES.list("procedures")).default == "corporate"
