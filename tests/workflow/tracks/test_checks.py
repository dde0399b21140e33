"""Faults of tracks and of shared parts are reported with the file and line they stand at."""

import pytest

from services.workflow.rulebook.load import FOLDER, FRAGMENTS, RulebookInvalid, load, parse

CODE = (FOLDER / "corporate-code-2024.yaml").read_text()
OMBUDSMAN = (FRAGMENTS / "ombudsman-1.yaml").read_text()


def broken(tmp_path, old, new):
    """The Code's rulebook with a part in which something was changed."""
    assert old in OMBUDSMAN
    (tmp_path / "fragments").mkdir()
    (tmp_path / "fragments" / "ombudsman-1.yaml").write_text(OMBUDSMAN.replace(old, new, 1))
    file = tmp_path / "draft.yaml"
    file.write_text(CODE)
    with pytest.raises(RulebookInvalid) as error:
        load(file)
    return error.value


def line(text, of):
    return next(n for n, words in enumerate(text.splitlines(), 1) if of in words)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("    begins: ombudsman-enquiry\n", "    begins: stage-1-received\n", "bad-begin"),
        ("    begins: ombudsman-enquiry\n", "    begins: ombudsman-concluded\n", "bad-begin"),
        ("    begins: ombudsman-enquiry\n", "    begins: nowhere\n", "unknown-state"),
        ("    begins: ombudsman-enquiry\n", "", "track-never-begins"),
        ("title: The Ombudsman, track: ombudsman}", "title: The Ombudsman}", "track-stage"),
        ("track: ombudsman-report}", "track: ombudsman-reports}", "unknown-track"),
        (
            "    from: ombudsman-enquiry\n    to: ombudsman-assessment\n",
            "    from: [ombudsman-enquiry, stage-1-received]\n    to: ombudsman-assessment\n",
            "from-mixed",
        ),
        ("    to: ombudsman-assessment\n", "    to: stage-1-responded\n", "to-elsewhere"),
        (
            "    title: Answer the enquiry\n    effect: respond\n",
            "    title: Answer the enquiry\n    effect: escalate\n",
            "not-of-a-run",
        ),
        (
            '    effect: begin\n    from: "@any"\n    begins: ombudsman-remedy-due\n',
            '    effect: begin\n    from: "@any"\n',
            "begins-nothing",
        ),
        (
            '    effect: begin\n    from: "@any"\n    begins: ombudsman-remedy-due\n',
            '    effect: note\n    from: "@any"\n    begins: ombudsman-remedy-due\n',
            "begins-by-the-way",
        ),
        ("some-at: ombudsman-upheld]", "some-at: closed]", "unknown-state"),
        (
            'none-open: ombudsman-report]\n    source: "Complaint',
            'none-open: ombudsman-letter]\n    source: "Complaint',
            "unknown-track",
        ),
        (
            "    effect: milestone\n    from: ombudsman-upheld\n",
            "    effect: milestone\n    decisions: [upheld]\n    from: ombudsman-upheld\n",
            "decisions-without-decision",
        ),
        (
            "    from: ombudsman-upheld\n    to: ombudsman-concluded\n",
            "    from: ombudsman-upheld\n",
            "no-way-to-closure",
        ),
    ],
)
def test_a_fault_of_a_track_is_named(tmp_path, old, new, code):
    assert code in broken(tmp_path, old, new).codes


def test_a_fault_in_a_part_has_the_parts_name_and_line(tmp_path):
    error = broken(tmp_path, "track: ombudsman-report}", "track: letters}")
    faults = [f for f in error.faults if f[1] == "unknown-track"]
    assert faults[0][0] == line(OMBUDSMAN, "track: ombudsman-report}")
    assert faults[0][2].startswith("ombudsman-1.yaml: ")
    shape = broken_shape(tmp_path)
    assert any(n == line(OMBUDSMAN, "    limit: 3\n".strip()) and "ombudsman-1.yaml: " in message for n, _, message in shape.faults)


def broken_shape(tmp_path):
    (tmp_path / "fragments" / "ombudsman-1.yaml").write_text(OMBUDSMAN.replace("    limit: 3\n", "    limit: three\n"))
    with pytest.raises(RulebookInvalid) as error:
        load(tmp_path / "draft.yaml")
    return error.value


def test_a_part_that_is_not_there_is_reported_with_those_that_are():
    text = CODE.replace("includes: [ombudsman-1,", "includes: [ombudsmann,")
    with pytest.raises(RulebookInvalid, match=r"there is no fragment 'ombudsmann'.*ombudsman-1") as error:
        parse(text)
    assert error.value.faults[0][:2] == (line(text, "includes:"), "unknown-fragment")


def test_a_rulebooks_own_words_win_over_those_of_a_part():
    text = CODE.replace("declarations:\n", "declarations:\n  same-matter: It is one and the same\n")
    assert parse(text).declarations["same-matter"] == "It is one and the same"
    assert parse(CODE).declarations["same-matter"].startswith("Both are the same matter")


def test_a_merged_case_can_only_come_back_or_be_written_a_note_on():
    text = CODE.replace('    effect: withdraw\n    from: "@open"\n', '    effect: withdraw\n    from: ["@open", "@merged"]\n')
    with pytest.raises(RulebookInvalid, match="bad-merged"):
        parse(text)
