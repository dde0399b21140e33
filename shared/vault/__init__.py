"""Personal data under lock."""

from shared.events.sealed import Sealed
from shared.vault.vault import CannotUnseal, KeyDestroyed, Vault

__all__ = ["CannotUnseal", "KeyDestroyed", "Sealed", "Vault"]
