"""What every service shares: its runtime, its HTTP side, its main."""

from shared.service.app import correlation_id, create_app_for
from shared.service.main import main
from shared.service.runtime import Runtime

__all__ = ["Runtime", "correlation_id", "create_app_for", "main"]
