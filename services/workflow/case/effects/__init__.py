"""What the steps of a rulebook do, one registered entry an effect; no procedure is named here."""

from services.workflow.case.effects import (
    closing,
    entry,
    extending,
    moving,
    notes,
    ombudsman,
    points,
    reclassifying,
    relations,
    stages,
    tracks,
)
from services.workflow.case.effects.entry import ENTRIES, EffectEntry

__all__ = [
    "ENTRIES",
    "EffectEntry",
    "closing",
    "entry",
    "extending",
    "moving",
    "notes",
    "ombudsman",
    "points",
    "reclassifying",
    "relations",
    "stages",
    "tracks",
]
