"""The procedure at receipt: rules of the council, which the receipt, the event and workflow follow alike."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.submissions import Submission, routed
from services.workflow.case.commands import Receive
from services.workflow.case.decide import decide
from shared.errors import Invalid
from shared.events.cases import CaseOpened
from shared.events.codes import Channel, Kind
from shared.taxonomy import TaxonomyError
from shared.taxonomy.codes import Codes
from shared.taxonomy.routing import Contact
from tests.workflow.case_rig import BOOKS, PUBLISHED, noon, received

CODES = Codes()
AREAS = [term.code for term in CODES.list("service-areas").terms]
PEOPLE = [term.code for term in CODES.list("complainant-types").terms]
PHRASES = sorted({w for rule in CODES.routing.rules for w in (*rule.words, *rule.subject, *rule.unless)})


def procedure(kind="complaint", area="unknown", text="It went wrong.", *, subject="", person="unknown", channel=Channel.WEB):
    found = CODES.route(Contact(Kind(kind), channel, area, person, subject, text))
    return (found.procedure, found.kind.value, found.rule) if found else None


@pytest.mark.parametrize(
    ("given_", "rule", "becomes"),
    [
        ({"area": "asc-home-care"}, "adult-social-care", "complaint"),
        ({"area": "asc-finance", "kind": "compliment"}, "adult-social-care", "compliment"),
        ({"area": "csc-looked-after"}, "childrens-social-care", "complaint"),
        ({"area": "csc-looked-after", "person": "parent"}, "childrens-social-care", "complaint"),
        ({"area": "csc-fostering", "person": "provider"}, "childrens-not-eligible", "complaint"),
        ({"area": "csc-front-door", "text": "Our Child Protection Conference"}, "childrens-outside-the-regulations", "complaint"),
        ({"area": "send"}, "education", "complaint"),
        ({"area": "school-transport"}, "education", "complaint"),
        ({"area": "public-health-services"}, "public-health", "complaint"),
        ({"text": "My mother's care home lost her glasses."}, "adult-social-care-by-words", "complaint"),
        ({"text": "My child\u2019s social worker never calls."}, "childrens-social-care-by-words", "complaint"),
        ({"text": "There was a data breach: my letter went next door."}, "data-protection-complaint", "complaint"),
        ({"kind": "enquiry", "text": "A Freedom-of-Information request."}, "freedom-of-information-request", "enquiry"),
        ({"kind": "service-request", "text": "Send a copy of my personal data."}, "subject-access-request", "enquiry"),
        ({"kind": "comment", "text": "Environmental Information Regulations!"}, "environmental-information-request", "enquiry"),
        ({"subject": "FOI request", "channel": Channel.EMAIL}, "freedom-of-information-by-subject", "enquiry"),
        ({"subject": "Subject Access Request", "text": "Send me everything."}, "subject-access-by-subject", "enquiry"),
    ],
)  # fmt: skip
def test_what_is_said_decides(given_, rule, becomes):
    found = procedure(**given_)
    assert found is not None
    assert found[1:] == (becomes, rule)
    assert CODES.routing.why(rule)


@pytest.mark.parametrize(
    "given_",
    [
        {"area": "potholes"},
        {},
        {"text": "My freedom of information request was refused."},
        {"subject": "Complaint about my FOI request", "text": "You did not answer it."},
        {"subject": "FOI request", "text": "It is overdue and nobody answers."},
        {"text": "My sofia chair is broken"},
        {"kind": "enquiry", "text": "When does the library open?"},
        {"area": "potholes", "text": "The road by the care home is full of holes."},
    ],
)
def test_what_no_rule_fits_is_the_councils_own_procedure(given_):
    assert procedure(**given_) is None


contacts = st.builds(
    Contact,
    kind=st.sampled_from(Kind),
    channel=st.sampled_from(Channel),
    service_area=st.sampled_from(AREAS),
    complainant_type=st.sampled_from(PEOPLE),
    subject=st.sampled_from(["", *PHRASES]),
    text=st.lists(st.sampled_from(PHRASES) | st.text(max_size=20), max_size=4).map(" ".join),
)


@given(contacts)
def test_workflow_opens_the_case_under_the_very_procedure_that_the_receipt_names(contact):
    found = CODES.route(contact)
    day = date(2026, 9, 1)
    more = {"procedure": found.procedure, "procedure_rule": found.rule} if found else {}
    (event,) = decide(None, Receive(received(day, kind=found.kind if found else contact.kind, **more)), BOOKS, noon(day), PUBLISHED)
    assert isinstance(event, CaseOpened)
    assert event.after.procedure == (found.procedure if found else "corporate")
    assert event.procedure_rule == (found.rule if found else None)


def test_a_named_procedure_is_not_decided_anew_and_one_that_takes_no_complaints_is_refused():
    day = noon(date(2026, 9, 1))

    def handed_in(**more):
        submission = Submission(kind="complaint", narrative="My care home is cold.", **more)
        submission.check(CODES, staff=False, now=day)
        made = submission.incoming(received(date(2026, 9, 1)).id, channel=Channel.WEB, now=day, fingerprint="", correlation_id="c")
        return routed(made, CODES)

    assert (handed_in().procedure, handed_in().procedure_rule) == ("adults-statutory", "adult-social-care-by-words")
    named = handed_in(procedure="corporate")
    assert (named.procedure, named.procedure_rule) == ("corporate", None)
    with pytest.raises(Invalid) as refusal:
        handed_in(procedure="freedom-of-information")
    assert [f.pointer for f in refusal.value.faults] == ["/procedure"]


RULE = "{id: a, kinds: [complaint], procedure: corporate, why: w}"


@pytest.mark.parametrize(
    ("rules", "wrong"),
    [
        ("[{id: a, procedure: corporate, why: w}]", "without a condition"),
        ("[{id: a, kinds: [grumble], procedure: corporate, why: w}]", "rules.0.kinds.0"),
        ("[{id: a, colours: [red], procedure: corporate, why: w}]", "rules.0.colours"),
        ("[{id: a, words: ['...'], procedure: corporate, why: w}]", "words of nothing"),
        ("[{id: a, kinds: [complaint], procedure: corporat, why: w}]", "a: procedure: 'corporat'"),
        ("[{id: a, service_areas: [moon], procedure: corporate, why: w}]", "a: service_areas: 'moon'"),
        ("[{id: a, groups: [moon], procedure: corporate, why: w}]", "a: groups: 'moon'"),
        ("[{id: a, kinds: [complaint], procedure: freedom-of-information, why: w}]", "a: kinds: a case of freedom-of-information"),
        ("[{id: a, words: [foi], procedure: freedom-of-information, why: w}]", "a: kinds: a case of freedom-of-information"),
        ("[{id: a, words: [foi], becomes: comment, procedure: freedom-of-information, why: w}]", "a: becomes: a case of"),
        (f"[{RULE}, {RULE}]", "a: there are two rules of that id"),
        ("[", "routing, line"),
    ],
)
def test_rules_that_cannot_be_followed_stop_the_service_and_name_the_fault(rules, wrong, tmp_path):
    (tmp_path / "routing.yaml").write_text(f"list: routing\nversion: 1\nrules: {rules}")
    with pytest.raises(TaxonomyError) as fault:
        Codes(tmp_path)
    assert str(fault.value).startswith("routing")
    assert wrong in str(fault.value)


def test_a_councils_own_rules_are_taken_and_those_of_redress_hold_what_they_must(tmp_path):
    own = "{id: roads, service_areas: [potholes], procedure: corporate, why: Roads are ours.}"
    (tmp_path / "routing.yaml").write_text(f"{{list: routing, version: 7, rules: [{own}]}}")
    codes = Codes(tmp_path)
    assert codes.route(Contact(Kind.COMPLAINT, Channel.WEB, "potholes", "unknown")).rule == "roads"
    assert codes.route(Contact(Kind.COMPLAINT, Channel.WEB, "asc-home-care", "unknown")) is None
    lists = {found.list: found for found in CODES}
    assert list(CODES.routing.faults(lists)) == []


def test_every_rule_of_redress_decides_something():
    """No rule stands behind another that takes everything it would."""
    source = (Path(__file__).parent / "test_routing.py").read_text()
    assert [rule.id for rule in CODES.routing.rules if f'"{rule.id}"' not in source] == []
