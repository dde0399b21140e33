"""Fingerprints of what is handed in: whether a retry carries the same payload, without keeping the payload. Pure."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fingerprints:
    """HMAC-SHA-256 under a key that is derived from the master key.

    A bare digest of a short text could be guessed; this one cannot without the master key.
    """

    master_key: bytes = field(repr=False)

    def of(self, payload: Any) -> str:
        """The fingerprint of anything JSON can hold."""
        text = json.dumps(payload, sort_keys=True, separators=(",", ":"), default=str)
        return self.of_bytes(text.encode("utf-8", "surrogatepass"))

    def of_bytes(self, data: bytes) -> str:
        key = hmac.digest(self.master_key, b"redress intake fingerprint", "sha256")
        return hmac.new(key, data, hashlib.sha256).hexdigest()
