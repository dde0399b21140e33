"""Reporting's configuration."""

from __future__ import annotations

from pydantic import Field

from shared.settings import Settings


class ReportingSettings(Settings):
    """The shared settings, with reporting's port."""

    port: int = Field(8084, ge=0, le=65535)
    balance_seconds: float = Field(15.0, gt=0, description="Seconds between two checks of the balance")
