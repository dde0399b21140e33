"""What stands in place of personal data on topics and in documents."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Sealed(BaseModel):
    """AES-256-GCM ciphertext under the data key `key_id`. `nonce` and `ciphertext` are standard base64."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key_id: UUID
    nonce: str
    ciphertext: str
