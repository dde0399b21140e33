"""Under which procedure feedback is received: rules that a council edits, checked when they are loaded. Pure but for reading them.

The first rule of which every condition holds decides, and is recorded with the feedback, so that anybody can see why.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from shared.events.codes import Channel, Code, Kind
from shared.taxonomy import CodeList, TaxonomyError

NAME = "routing"
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc]")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Contact:
    """What is known of feedback when it is received. `subject` and `text` are what the person wrote."""

    kind: Kind
    channel: Channel
    service_area: str
    complainant_type: str
    subject: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Routed:
    """The procedure that a rule gives, what the feedback is received as, the rule and its reason."""

    procedure: str
    kind: Kind
    rule: str
    why: str


class Rule(BaseModel):
    """One rule: conditions, all of which must hold, and the procedure. A condition that is left out always holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Code
    kinds: tuple[Kind, ...] = ()
    channels: tuple[Channel, ...] = ()
    service_areas: tuple[Code, ...] = ()
    groups: tuple[Code, ...] = ()
    complainant_types: tuple[Code, ...] = ()
    words: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    becomes: Kind | None = None
    procedure: Code
    why: str = Field(min_length=1, max_length=300)

    @model_validator(mode="after")
    def _decides_something(self) -> Rule:
        conditions = (self.kinds, self.channels, self.service_areas, self.groups, self.complainant_types, self.words, self.subject)
        if not any(conditions):
            raise ValueError("a rule without a condition: name a procedure for what no rule fits as `default` in procedures.yaml")
        if any(not _plain(words).strip() for words in (*self.words, *self.subject, *self.unless)):
            raise ValueError("words of nothing")
        return self

    def fits(self, contact: Contact, group: str | None, written: _Written) -> bool:
        """Whether every condition holds. `group` is that of the service area."""
        return (
            (not self.kinds or contact.kind in self.kinds)
            and (not self.channels or contact.channel in self.channels)
            and (not self.service_areas or contact.service_area in self.service_areas)
            and (not self.groups or group in self.groups)
            and (not self.complainant_types or contact.complainant_type in self.complainant_types)
            and (not self.words or written.has(self.words))
            and (not self.subject or written.has(self.subject, subject_only=True))
            and not written.has(self.unless)
        )


class RoutingRules(BaseModel):
    """The rules in one version; `version` rises with every change."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    list: str
    version: int = Field(ge=1)
    rules: tuple[Rule, ...]

    def decide(self, contact: Contact, service_areas: CodeList) -> Routed | None:
        """The first rule that fits; None: none does, and the council's own procedure takes it."""
        area = service_areas.get(contact.service_area)
        group = area.group if area else None
        written = _Written(contact)
        for rule in self.rules:
            if rule.fits(contact, group, written):
                return Routed(rule.procedure, rule.becomes or contact.kind, rule.id, rule.why)
        return None

    def why(self, rule: str | None) -> str | None:
        """The reason of a rule by its id; None of one that is there no longer, and where no rule decided."""
        return next((found.why for found in self.rules if found.id == rule), None)

    def faults(self, lists: Mapping[str, CodeList]) -> Iterator[str]:
        """What is wrong with the rules beside the council's lists, each with the rule's id."""
        procedures, areas = lists["procedures"], lists["service-areas"]
        known = {
            "service_areas": areas.codes,
            "groups": frozenset(term.group for term in areas.terms if term.group),
            "complainant_types": lists["complainant-types"].codes,
        }
        seen: set[str] = set()
        for rule in self.rules:
            if rule.id in seen:
                yield f"{rule.id}: there are two rules of that id"
            seen.add(rule.id)
            for name, codes in known.items():
                for code in getattr(rule, name):
                    if code not in codes:
                        yield f"{rule.id}: {name}: {code!r} is not of the council's lists"
            procedure = procedures.get(rule.procedure)
            if procedure is None:
                yield f"{rule.id}: procedure: {rule.procedure!r} is not of the list procedures"
            elif procedure.kind is not None:
                yield from _kinds(rule, procedure.kind)


def _kinds(rule: Rule, kind: Kind) -> Iterator[str]:
    """A complaint goes to a procedure of complaints: no rulebook of another takes it, and it would end in the default one. What a
    rule turns into something is what the procedure handles.
    """
    received = {rule.becomes} if rule.becomes else set(rule.kinds or Kind)
    if rule.becomes is not None and rule.becomes is not kind:
        yield f"{rule.id}: becomes: a case of {rule.procedure} is of kind {kind}, not {rule.becomes}"
    elif Kind.COMPLAINT in received and kind is not Kind.COMPLAINT:
        yield f"{rule.id}: kinds: a case of {rule.procedure} is of kind {kind}, not complaint"


class _Written:
    """What a person wrote, to look for words in: whole words, whatever their case, spaces, dashes and apostrophes."""

    def __init__(self, contact: Contact) -> None:
        self._contact = contact

    @cached_property
    def _subject(self) -> str:
        return _plain(self._contact.subject)

    @cached_property
    def _all(self) -> str:
        return f"{self._subject}|{_plain(self._contact.text)}"

    def has(self, phrases: tuple[str, ...], *, subject_only: bool = False) -> bool:
        text = self._subject if subject_only else self._all
        return any(_plain(phrase) in text for phrase in phrases)


def _plain(text: str) -> str:
    """Its words in lower case, a space before, between and after them; an apostrophe is no part of a word."""
    flat = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text).lower())
    return f" {' '.join(_WORD.findall(flat))} "


def load(folder: Path | None, lists: Mapping[str, CodeList]) -> RoutingRules:
    """The council's own rules (`routing.yaml` in `folder`), held against its lists, else those that come with Redress.

    Of the latter a rule on a service area that the council's own list does not have fits nothing.

    Raises:
        TaxonomyError: they cannot be read, or do not fit the lists; the message names the rule and what is wrong.
    """
    own = None if folder is None else folder / f"{NAME}.yaml"
    if own is not None and own.is_file():
        return parse(own.read_text(encoding="utf-8"), lists)
    return parse(files("shared.taxonomy").joinpath(f"{NAME}.yaml").read_text(encoding="utf-8"))


def parse(text: str, lists: Mapping[str, CodeList] | None = None) -> RoutingRules:
    """Rules from YAML, held against the lists where they are given. Raises: TaxonomyError, as `load`."""
    try:
        rules = RoutingRules.model_validate(YAML(typ="safe", pure=True).load(text))
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        raise TaxonomyError(f"{NAME}{where}: not readable as YAML") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or NAME}: {e['msg']}" for e in error.errors()[:5])
        raise TaxonomyError(f"{NAME}: {faults}") from error
    if rules.list != NAME:
        raise TaxonomyError(f"{NAME}: the file names itself the list {rules.list!r}")
    wrong = [] if lists is None else [*rules.faults(lists)][:5]
    if wrong:
        raise TaxonomyError(f"{NAME}: {'; '.join(wrong)}")
    return rules
