"""A service on a real Kafka that wants TLS and a password: publishes, reads, and is refused with the wrong one."""

import asyncio
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from contracts.event import Envelope, Event
from contracts.reports import ReportsCounted
from contracts.topics import COUNTS
from kit.dead_letters import DeadLetters
from kit.inbox import Received
from kit.kafka import Kafka
from kit.outbox import Outgoing
from kit.settings import ServiceSettings
from stack.kafka import KafkaJars
from stack.pair import tell
from stack.ports import free_ports
from stack.processes import Process, answers, stop_all

from tests.kafka_accounts import format_with_user
from tests.needs import left_out

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECURE = """
listener.security.protocol.map=PLAINTEXT:SASL_SSL,CONTROLLER:PLAINTEXT
ssl.keystore.type=PEM
ssl.keystore.location={pem}
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=PLAIN
ssl.truststore.type=PEM
ssl.truststore.location={certificate}
listener.name.plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
username="admin" password="admin" user_admin="admin" user_dispatch="sesame";
listener.name.plaintext.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
"""
MECHANISMS = ("PLAIN", "SCRAM-SHA-512")


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address of a broker that takes SASL_SSL alone, and the file of the certificate it shows."""
    if reason := KafkaJars().missing():
        left_out(reason)
    folder, port = tmp_path_factory.mktemp("kafka"), free_ports({"kafka": 0})["kafka"]
    certificate = _certified(folder)
    program = KafkaJars().part(folder, port, tell).program
    assert program

    def prepare() -> None:
        program.prepare()
        config = folder / "kafka" / "server.properties"
        config.write_text(config.read_text() + SECURE.format(pem=folder / "key.pem", certificate=certificate))
        format_with_user(program, config, "dispatch", "sesame")

    with ExitStack() as stack:
        broker = Process(replace(program, prepare=prepare, ready=lambda: answers(port)), folder / "logs")
        stack.callback(stop_all, [broker])
        broker.wait_ready()
        yield f"127.0.0.1:{port}", certificate


def _certified(folder: Path) -> Path:
    key, certificate = folder / "pk8.pem", folder / "ca.pem"
    subprocess.run(
        ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=kafka", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate),
        check=True, capture_output=True,
    )  # fmt: skip
    (folder / "key.pem").write_text(key.read_text() + certificate.read_text())
    return certificate


def kafka_with(address: str, certificate: Path, password: str, mechanism: str) -> Kafka:
    settings = ServiceSettings.without_secrets(
        kafka_bootstrap=address,
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_mechanism=mechanism,
        kafka_ca_file=str(certificate),
        kafka_username="dispatch",
        kafka_password=password,
    )
    return Kafka.of(settings, "dispatch")


@pytest.mark.parametrize("mechanism", MECHANISMS)
async def test_events_go_through_tls_with_a_password(secured: tuple[str, Path], mechanism: str) -> None:
    kafka, seen = kafka_with(*secured, "sesame", mechanism), asyncio.Event()

    async def take(_: Sequence[Received[Event]]) -> None:
        seen.set()

    kafka.read({COUNTS: take})
    event = ReportsCounted(county="chiayi-county", day="2026-11-22", received=1, counted_at=NOW)
    async with asyncio.timeout(60), kafka.running([COUNTS], []):
        while not kafka.connected:
            await asyncio.sleep(0.1)
        await kafka.publish(Outgoing.of(COUNTS, Envelope.of(event, id=uuid4(), source="/test", time=NOW, trace={})))
        await seen.wait()
        letters = DeadLetters(secured[0], security=kafka._security)
        assert await letters.listed(COUNTS.dead_letters("dispatch")) == []


@pytest.mark.parametrize("mechanism", MECHANISMS)
async def test_a_wrong_password_never_connects(secured: tuple[str, Path], mechanism: str) -> None:
    kafka = kafka_with(*secured, "guess", mechanism)
    async with kafka.running([COUNTS], []):
        await asyncio.sleep(3)
        assert not kafka.connected
