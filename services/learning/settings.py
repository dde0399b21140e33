"""What the learning service reads from the environment."""

from __future__ import annotations

from pydantic import Field

from shared.settings import Settings


class LearningSettings(Settings):
    """The shared settings, with learning's port."""

    port: int = Field(8083, ge=0, le=65535)
