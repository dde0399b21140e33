"""What the intake service reads from the environment."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, model_validator

from shared.events.codes import Kind
from shared.settings import Settings


class IntakeSettings(Settings):
    """Every field is an environment variable, `REDRESS_` and the field's name in capitals. docs/intake.md has more."""

    port: int = Field(8081, ge=0, le=65535)
    first_year: int = Field(1990, ge=1900, le=2100, description="The council's first: an imported row has no earlier day")
    council: str = Field("the council", description="Who signs the acknowledgement")

    smtp_host: str = Field("127.0.0.1", description="Where acknowledgements are handed over")
    smtp_port: int = Field(1025, ge=1, le=65535)
    smtp_tls: Literal["none", "starttls", "tls"] = "none"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: str | None = Field(
        None, description="From of acknowledgements; left out, the address that the kind of feedback goes to"
    )

    mail_lease_seconds: float = Field(120, gt=0, description="How long one instance keeps a mail to itself while it sends it")

    mail_host: str = Field("127.0.0.1", description="Where email is received")
    mail_port: int = Field(8025, ge=0, le=65535, description="SMTP; 0 is any free port")
    lmtp_port: int | None = Field(None, ge=0, le=65535)
    mail_domain: str = "redress.localhost"
    mail_addresses: dict[str, Kind] = Field(
        default={},
        description="Address to kind; left out, complaints@, compliments@ and comments@ mail_domain",
    )
    mail_catch_all: Kind | None = Field(
        None, description="The kind of mail to any other address; without it such an address is refused"
    )
    mail_max_bytes: int = Field(25 * 1024 * 1024, ge=1024, description="Largest email, bytes")

    form_rate_per_minute: int = Field(60, ge=0, description="Forms and uploads an address may send in a minute; 0 is no limit")

    @model_validator(mode="after")
    def _addresses(self) -> IntakeSettings:
        for address in self.mail_addresses:
            if address.count("@") != 1 or address != address.lower():
                raise ValueError(f"REDRESS_MAIL_ADDRESSES: {address!r} is not an address in lower case")
        return self

    def addresses(self) -> dict[str, Kind]:
        """Every address at which feedback is received, lower case, with its kind."""
        if self.mail_addresses:
            return dict(self.mail_addresses)
        names = {"complaints": Kind.COMPLAINT, "compliments": Kind.COMPLIMENT, "comments": Kind.COMMENT}
        return {f"{name}@{self.mail_domain.lower()}": kind for name, kind in names.items()}

    def address_for(self, kind: Kind) -> str:
        """The address that feedback of this kind goes to: that of complaints where the kind has none."""
        by_kind = {found: address for address, found in reversed(self.addresses().items())}
        return by_kind.get(kind) or by_kind.get(Kind.COMPLAINT) or next(iter(self.addresses()))
