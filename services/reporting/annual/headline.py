"""The figures that the council's annual report to its Cabinet prints, under stable ids."""

from __future__ import annotations

from collections.abc import Sequence

from services.reporting.annual.cube import Cube
from services.reporting.annual.figures import Asked, Figure, count, share
from services.reporting.annual.labels import family


def headline(cube: Cube, year: str, previous: str, procedures: Sequence[str]) -> list[Figure]:
    """The headline figures of the parts of the report that `procedures` belong to; of all when it is empty."""
    asked_for = {family(procedure) for procedure in procedures}
    parts = (_childrens, _adults, _public_health, _corporate)
    figures = [
        figure
        for name, part in zip(("childrens", "adults", "public-health", "corporate"), parts, strict=True)
        if not asked_for or name in asked_for
        for figure in part(cube, *_of_family(cube, name, year, previous))
    ]
    return figures if asked_for else [*figures, *_of_the_council(cube, year, previous)]


def _of_family(cube: Cube, name: str, year: str, previous: str) -> tuple[Asked, tuple[str, ...]]:
    members = tuple(p for p in cube.procedures if family(p) == name)
    return Asked(year, previous, lambda y: cube.covered(members, y)), members


def _childrens(cube: Cube, asked: Asked, members: tuple[str, ...]) -> list[Figure]:
    return [
        count(
            asked,
            "childrens.complaints",
            "Children's services: complaints received",
            "received",
            lambda y: cube.total("received", members, y),
            note="statutory and non-statutory together; each is also shown by itself",
        ),
        count(
            asked,
            "childrens.complaints.statutory",
            "Children's services: statutory complaints",
            "received",
            lambda y: cube.total("received", members, y, statutory="yes"),
        ),
        count(
            asked,
            "childrens.complaints.non_statutory",
            "Children's services: non-statutory complaints",
            "received",
            lambda y: cube.total("received", members, y, statutory="no"),
        ),
        count(
            asked,
            "childrens.compliments",
            "Children's services: compliments",
            "compliments",
            lambda y: cube.total("compliments", members, y),
        ),
    ]


def _adults(cube: Cube, asked: Asked, members: tuple[str, ...]) -> list[Figure]:
    return [
        count(
            asked,
            "adults.complaints",
            "Adult social care: complaints received",
            "received",
            lambda y: cube.total("received", members, y),
            note="including joint complaints with the NHS",
        ),
        count(
            asked,
            "adults.complaints.joint_nhs",
            "Adult social care: of these, joint with the NHS",
            "received",
            lambda y: cube.total("received", members, y, joint_nhs="yes"),
        ),
        count(
            asked,
            "adults.compliments",
            "Adult social care: compliments",
            "compliments",
            lambda y: cube.total("compliments", members, y),
        ),
    ]


def _public_health(cube: Cube, asked: Asked, members: tuple[str, ...]) -> list[Figure]:
    return [
        count(
            asked,
            "public-health.complaints",
            "Public health: complaints received",
            "received",
            lambda y: cube.total("received", members, y),
        ),
        count(
            asked,
            "public-health.compliments",
            "Public health: compliments",
            "compliments",
            lambda y: cube.total("compliments", members, y),
        ),
    ]


def _corporate(cube: Cube, asked: Asked, members: tuple[str, ...]) -> list[Figure]:
    def all_of(year: str) -> int:
        return cube.total("received", members, year)

    def formal(year: str) -> int:
        return cube.total("received", members, year, formal="yes")

    def outside(year: str) -> int:
        return cube.total("received", members, year, formal="no")

    return [
        count(
            asked, "corporate.dissatisfaction", "Corporate: reports of dissatisfaction", "received", all_of
        ),
        share(
            asked, "corporate.formal_complaints", "Corporate: formal complaints", "received", formal, all_of
        ),
        share(
            asked,
            "corporate.resolved_outside_formal",
            "Corporate: resolved outside the formal procedure",
            "received",
            outside,
            all_of,
        ),
        count(
            asked,
            "corporate.compliments",
            "Corporate: compliments",
            "compliments",
            lambda y: cube.total("compliments", members, y),
        ),
        count(
            asked,
            "corporate.ombudsman_upheld",
            "Corporate: upheld by the Ombudsman",
            "ombudsman-decided",
            lambda y: cube.total("ombudsman-decided", members, y, decision="upheld"),
        ),
    ]


def _of_the_council(cube: Cube, year: str, previous: str) -> list[Figure]:
    everything = cube.procedures
    asked = Asked(year, previous, lambda y: cube.covered(everything, y))
    social_care = tuple(p for p in everything if family(p) in {"childrens", "adults"})
    never = Asked(year, previous, lambda _: False)
    cared_for = Asked(year, previous, lambda y: cube.covered(social_care, y))
    per_case = share(
        never,
        "social_care.complaints_per_active_case",
        "Social care: complaints as a share of active cases",
        "received",
        lambda _: 0,
        lambda _: 0,
        note="the number of active cases is an input, with its source and date; none has been given",
    )
    complaints, before = cared_for.values(lambda y: cube.total("received", social_care, y))
    per_case = per_case.model_copy(
        update={
            "numerator": complaints,
            "previous": per_case.previous.model_copy(update={"numerator": before}),
        }
    )
    return [
        count(
            asked,
            "ombudsman.statutory_received",
            "Statutory complaints received by the Ombudsman",
            "ombudsman-received",
            lambda y: cube.total("ombudsman-received", everything, y, statutory="yes"),
        ),
        per_case,
    ]
