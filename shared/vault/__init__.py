"""Personal data under lock."""

from shared.events.sealed import Sealed
from shared.vault.vault import CannotUnseal, KeyDestroyed, Vault, WrongMasterKey

__all__ = ["CannotUnseal", "KeyDestroyed", "Sealed", "Vault", "WrongMasterKey"]
