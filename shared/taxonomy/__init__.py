"""The council's code lists: service areas, districts, themes and the rest.

Data, versioned, and never shortened: a code is a lower-case slug that stands in events for ever. A term that
is no longer offered is retired, not deleted, so that old figures keep their labels.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from shared.events.codes import Code, Kind
from shared.taxonomy.words import AnswerWords, TrackWords

LISTS: Final = (
    "complainant-types",
    "compliment-themes",
    "districts",
    "families",
    "learning-action-types",
    "nhs-bodies",
    "no-lesson-reasons",
    "procedures",
    "refusal-reasons",
    "remedy-types",
    "service-areas",
    "stages",
    "themes",
    "tracks",
)


NEEDED: Final = {
    "complainant-types": frozenset({"unknown"}),
    "compliment-themes": frozenset[str](),
    "districts": frozenset({"unknown"}),
    "learning-action-types": frozenset[str](),
    "service-areas": frozenset({"unknown"}),
    "themes": frozenset[str](),
}
"""The lists that are a council's own from the start, with the codes that the platform itself gives. Of every other list the codes
stand in rulebooks, reports and events of the platform, so that a council's list has all of those that come with Redress."""


class TaxonomyError(ValueError):
    """A code list that cannot be used. The message names the list and what is wrong in it."""


class Term(BaseModel):
    """One code. `phrases` are words of ordinary speech that point to it; `group`, `family` gather codes.

    Of a procedure, `kind` is what its cases are, and `stages` and `refusal_reasons` are what its rulebooks know; without a kind
    the list gives nothing for them. `acknowledgement_days` are the working days from receipt to its acknowledgement, if any;
    `receipt` are sentences for the person in the receipt of such a case. Of a stage and of a family, `kind` is what their cases
    are; `agreed` is a stage whose response is due when the person and the council agreed. `plural`, `answer` and `report` are the
    words of reports for a family, a stage and a track; `kinds` names the list of what a run of a track may be.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Code
    label: str = Field(min_length=1, max_length=120)
    phrases: tuple[str, ...] = ()
    group: Code | None = None
    family: Code | None = None
    statutory: bool = False
    kind: Kind | None = None
    acknowledgement_days: int | None = Field(default=None, ge=1)
    receipt: tuple[str, ...] = ()
    stages: tuple[Code, ...] = ()
    refusal_reasons: tuple[Code, ...] = ()
    plural: str | None = None
    answer: AnswerWords | None = None
    agreed: bool = False
    kinds: Code | None = None
    report: TrackWords | None = None
    retired: bool = False
    replaced_by: Code | None = None


class CodeList(BaseModel):
    """A list in one version. `version` rises with every change of the list; `default` is the code where none is given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    list: str
    version: int = Field(ge=1)
    default: Code | None = None
    terms: tuple[Term, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _coherent(self) -> CodeList:
        codes = [term.code for term in self.terms]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise ValueError(f"listed twice: {', '.join(twice)}")
        if self.default is not None and self.default not in codes:
            raise ValueError(f"default: {self.default} is not a code of the list")
        for term in self.terms:
            if term.replaced_by is not None and (not term.retired or term.replaced_by not in codes):
                raise ValueError(f"{term.code}: replaced_by is for a retired term and names another")
            if any(not phrase.strip() for phrase in term.phrases):
                raise ValueError(f"{term.code}: an empty phrase")
        return self

    @property
    def codes(self) -> frozenset[str]:
        """Every code, the retired ones too."""
        return frozenset(term.code for term in self.terms)

    @property
    def offered(self) -> tuple[Term, ...]:
        """The terms that may be chosen for something new."""
        return tuple(term for term in self.terms if not term.retired)

    def get(self, code: str) -> Term | None:
        return next((term for term in self.terms if term.code == code), None)

    def label(self, code: str) -> str:
        """The label of a code; the code itself when the list does not know it: no report breaks on one."""
        term = self.get(code)
        return code if term is None else term.label


def parse(text: str, name: str) -> CodeList:
    """A list from YAML. TaxonomyError names what is wrong, with the line for a fault of syntax."""
    try:
        raw = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        raise TaxonomyError(f"{name}{where}: not readable as YAML") from error
    try:
        found = CodeList.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[:5]
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'list'}: {e['msg']}" for e in first)
        raise TaxonomyError(f"{name}: {faults}") from error
    if found.list != name:
        raise TaxonomyError(f"{name}: the file names itself the list {found.list!r}")
    return found


@cache
def load(name: str, folder: Path | None = None) -> CodeList:
    """A list by name: the council's own from `folder` when it has one, else the one that comes with Redress.

    TaxonomyError for an unknown name or folder, for a fault in the file, and when the council's list lacks a code that the platform
    itself uses (`NEEDED`).
    """
    if name not in LISTS:
        raise TaxonomyError(f"there is no list {name!r}: {', '.join(LISTS)}")
    shipped = parse(files("shared.taxonomy").joinpath(f"{name}.yaml").read_text(encoding="utf-8"), name)
    if folder is not None and not folder.is_dir():
        raise TaxonomyError(f"REDRESS_TAXONOMY: there is no folder {folder}")
    own = None if folder is None else folder / f"{name}.yaml"
    if own is None or not own.is_file():
        return shipped
    found = parse(own.read_text(encoding="utf-8"), name)
    lost = sorted(NEEDED.get(name, shipped.codes) - found.codes)
    if lost:
        raise TaxonomyError(f"{name}: {', '.join(lost)} missing: the platform itself uses it; retire it instead")
    return found


def check_change(before: CodeList, after: CodeList) -> list[str]:
    """What forbids replacing a version of a list by another: a code deleted, a version that did not rise."""
    faults = [f"{code} is missing: retire it instead" for code in sorted(before.codes - after.codes)]
    if after != before and after.version <= before.version:
        faults.append(f"version {after.version} does not follow {before.version}")
    return faults
