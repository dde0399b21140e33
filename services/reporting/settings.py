"""Reporting's configuration."""

from __future__ import annotations

from pydantic import Field

from shared.settings import Settings


class ReportingSettings(Settings):
    """The shared settings, with reporting's port."""

    port: int = 8084
    balance_seconds: float = Field(15.0, gt=0, description="Seconds between two checks of the balance")
