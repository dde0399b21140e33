"""One settings object for every client of Kafka: a broker that asks for TLS and a password is used like any other."""

import asyncio
import ipaddress
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from pydantic import ValidationError
from pydantic_settings import SettingsError

from deploy.local import ports
from deploy.local.kafka import KafkaServer
from shared.messaging.consumer import Consumers
from shared.messaging.log import LogReader
from shared.messaging.provision import ProvisioningError, answers, inspect, provision
from shared.messaging.publisher import BrokerUnavailable, OutgoingRecord, Publisher
from shared.messaging.records import Subscription
from shared.messaging.topics import Topics
from shared.settings import KafkaSettings, Settings
from shared.telemetry.metrics import Metrics
from tests.paths import JARS
from tests.shared.events import imported
from tests.waiting import PATIENCE

HOST = ports.HOST
PASSWORD = "correct-horse"

pytestmark = pytest.mark.servers


def certificate(folder):
    """A certificate of this machine that signs itself, and its key, as PEM files: (certificate, both)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "redress test")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "ca.pem").write_bytes(pem)
    (folder / "store.pem").write_bytes(private + pem)
    return folder / "ca.pem", folder / "store.pem"


@pytest.fixture(scope="module")
async def guarded(tmp_path_factory):
    """The settings of each listener of one broker: TLS alone, a password over TLS (SCRAM), a password alone (PLAIN)."""
    home = tmp_path_factory.mktemp("guarded")
    ca, store = certificate(home)
    plain, controller, tls, scram, sasl = (ports.free_port() for _ in range(5))
    listeners = {"PLAINTEXT": plain, "TLS": tls, "SCRAM": scram, "SASL": sasl}
    advertised = ",".join(f"{name}://{HOST}:{port}" for name, port in listeners.items())
    login = "org.apache.kafka.common.security"
    server = KafkaServer(
        home / "data",
        JARS,
        home / "kafka.log",
        plain,
        controller,
        properties={
            "listeners": f"{advertised},CONTROLLER://{HOST}:{controller}",
            "advertised.listeners": advertised,
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,TLS:SSL,SCRAM:SASL_SSL,SASL:SASL_PLAINTEXT",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(store),
            "listener.name.scram.sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.scram.scram-sha-512.sasl.jaas.config": f"{login}.scram.ScramLoginModule required;",
            "listener.name.sasl.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.sasl.plain.sasl.jaas.config": (f'{login}.plain.PlainLoginModule required user_redress="{PASSWORD}";'),
        },
        users={"redress": PASSWORD},
    )
    await asyncio.to_thread(server.prepare)
    server.start()
    named = {"kafka_username": "redress", "kafka_password": PASSWORD}
    try:
        await server.ready(within=2 * PATIENCE)
        yield {
            "SSL": {"kafka": f"{HOST}:{tls}", "kafka_security": "SSL", "kafka_ca_file": ca},
            "SASL_SSL": {
                "kafka": f"{HOST}:{scram}",
                "kafka_security": "SASL_SSL",
                "kafka_ca_file": ca,
                **named,
            },
            "SASL_PLAINTEXT": {
                "kafka": f"{HOST}:{sasl}",
                "kafka_security": "SASL_PLAINTEXT",
                "kafka_sasl_mechanism": "PLAIN",
                **named,
            },
        }
    finally:
        server.stop()


@pytest.mark.parametrize("protocol", ["SSL", "SASL_SSL", "SASL_PLAINTEXT"])
async def test_every_client_connects_by_the_same_settings(guarded, protocol):
    settings = Settings(topic_prefix=f"{protocol.lower()}.", **guarded[protocol])
    topics, metrics = Topics(settings.topic_prefix), Metrics()
    assert await answers(settings)
    made = await provision(settings, settings.topic_prefix, partitions=1)
    assert made.created == [spec.name for spec in topics.specs()]

    publisher = Publisher(settings, topics, metrics)
    event = imported()
    headers = [(name, value.encode()) for name, value in event.headers().items()]
    await publisher.publish_one(OutgoingRecord("feedback", b"k", event.envelope.value(), headers))
    await publisher.publish_one(OutgoingRecord("feedback", b"k", b"{not json", headers))

    seen = asyncio.Queue()
    consumers = Consumers("workflow", settings, topics, publisher, metrics)
    subscription = Subscription("feedback", "workflow", handle=seen.put)
    await consumers.start([subscription])
    try:
        await consumers.measure_lag([subscription])
        async with asyncio.timeout(PATIENCE):
            record = await seen.get()
            reader = LogReader(settings, topics)
            while not (await reader.ends("parked"))[0]:
                await asyncio.sleep(0.1)
    finally:
        await consumers.stop()
        await consumers.close()
        await publisher.close()
    assert record.envelope == event.envelope
    chunks = [chunk async for chunk in reader.read("feedback", {}, await reader.ends("feedback"))]
    assert [envelope for chunk in chunks for _, envelope in chunk.records] == [event.envelope]


@pytest.mark.parametrize(
    ("protocol", "wrong"),
    [
        ("SASL_SSL", {"kafka_password": "wrong"}),
        ("SASL_PLAINTEXT", {"kafka_password": "wrong"}),
        ("SSL", {"kafka_ca_file": None}),
    ],
)
async def test_no_client_gets_in_without_the_right_password_or_certificate(guarded, protocol, wrong):
    settings = Settings(**{**guarded[protocol], **wrong})
    topics, metrics = Topics(), Metrics()
    assert not await answers(settings)
    with pytest.raises(ProvisioningError):
        await inspect(settings, within=0.1)
    publisher = Publisher(settings, topics, metrics)
    with pytest.raises(BrokerUnavailable):
        await publisher.publish_one(OutgoingRecord("feedback", b"k", b"{}", []))
    with pytest.raises(BrokerUnavailable):
        await LogReader(settings, topics).ends("feedback")
    consumers = Consumers("workflow", settings, topics, publisher, metrics)
    with pytest.raises(BrokerUnavailable):
        await consumers.start([Subscription("feedback", "workflow", handle=partial(asyncio.sleep, 0))])
    assert list(consumers) == []


def test_a_password_is_asked_for_where_the_protocol_needs_one():
    for protocol in ("SASL_SSL", "SASL_PLAINTEXT"):
        with pytest.raises(ValidationError, match="REDRESS_KAFKA_PASSWORD"):
            KafkaSettings(kafka_security=protocol, kafka_username="redress")


def test_a_folder_of_secrets_that_is_not_there_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("REDRESS_SECRETS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match="REDRESS_SECRETS_DIR"):
        Settings()


def test_a_secret_may_be_a_file(tmp_path, monkeypatch):
    (tmp_path / "redress_kafka_password").write_text(f"{PASSWORD}\n")
    (tmp_path / "redress_staff_tokens").write_text('{"%s": {"id": "officer-1", "roles": ["officer"]}}' % ("a" * 64))
    (tmp_path / "redress_master_key").write_text("A" * 43)
    monkeypatch.setenv("REDRESS_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("REDRESS_KAFKA_SECURITY", "SASL_SSL")
    monkeypatch.setenv("REDRESS_KAFKA_USERNAME", "redress")
    settings = Settings()
    assert settings.kafka_password.get_secret_value() == PASSWORD
    assert settings.staff_tokens["a" * 64].id == "officer-1"
    assert settings.master_key_bytes() == bytes(32)
    assert PASSWORD not in repr(settings)
