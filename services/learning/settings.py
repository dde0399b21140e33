"""What the learning service reads from the environment."""

from __future__ import annotations

from shared.settings import Settings


class LearningSettings(Settings):
    """The shared settings, with learning's port."""

    port: int = 8083
