"""The settings as Kafka's clients want them: the one place that reads them for a consumer, producer or admin client."""

from __future__ import annotations

import ssl
from typing import Any, Final

from faststream.kafka.security import parse_security
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from shared.settings import KafkaSettings

_SASL: Final[dict[str, type[SASLPlaintext] | type[SASLScram256] | type[SASLScram512]]] = {
    "PLAIN": SASLPlaintext,
    "SCRAM-SHA-256": SASLScram256,
    "SCRAM-SHA-512": SASLScram512,
}


def security(settings: KafkaSettings) -> BaseSecurity:
    """TLS and SASL for FastStream's broker.

    Raises:
        OSError: the file of certificates cannot be read.
    """
    tls = ssl.create_default_context(cafile=settings.kafka_ca_file) if settings.kafka_security.endswith("SSL") else None
    if not settings.kafka_security.startswith("SASL"):
        return BaseSecurity(ssl_context=tls)
    assert settings.kafka_username is not None
    assert settings.kafka_password is not None
    mechanism = _SASL[settings.kafka_sasl_mechanism]
    return mechanism(settings.kafka_username, settings.kafka_password.get_secret_value(), ssl_context=tls)


def client_options(settings: KafkaSettings) -> dict[str, Any]:
    """The same for a client of aiokafka: its bootstrap servers and security, as keyword arguments."""
    return {"bootstrap_servers": settings.kafka, **parse_security(security(settings))}
