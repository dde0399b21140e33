"""What the learning service reads from the environment."""

from __future__ import annotations

from pydantic import DirectoryPath, Field

from shared.settings import Settings


class LearningSettings(Settings):
    """`taxonomy` is a folder of the council's own code lists; a list that is not there is the one of Redress."""

    port: int = Field(8083, ge=0, le=65535)
    taxonomy: DirectoryPath | None = None
