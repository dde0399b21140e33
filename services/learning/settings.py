"""What the learning service reads from the environment."""

from __future__ import annotations

from pathlib import Path

from shared.settings import Settings


class LearningSettings(Settings):
    """`taxonomy` is a folder of the council's own code lists; a list that is not there is the one of Redress."""

    port: int = 8083
    taxonomy: Path | None = None
