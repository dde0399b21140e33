"""What the workflow service reads from the environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from shared.settings import Settings


class WorkflowSettings(Settings):
    """`rulebooks` is a folder of the council's own rulebooks, in place of those that come with Redress."""

    port: int = 8082
    rulebooks: Path | None = None
    timer_seconds: float = Field(1.0, gt=0, description="The longest pause between two looks for due timers")
