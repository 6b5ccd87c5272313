"""How a service proves to Kafka who it is, and knows that it is Kafka: from settings to what the client is given."""

import ssl
from pathlib import Path

import pytest
from faststream.kafka.security import parse_security
from kit.kafka import Kafka
from kit.settings import ServiceSettings
from pydantic import ValidationError


def told(**settings: str) -> dict[str, object]:
    return dict(parse_security(ServiceSettings.without_secrets(**settings).kafka_security()))


def test_without_a_word_about_it_kafka_is_plain() -> None:
    assert told() == {"security_protocol": "PLAINTEXT", "ssl_context": None}


def test_tls_checks_the_broker_against_the_named_certificates(tmp_path: Path) -> None:
    given = told(kafka_security_protocol="SSL", kafka_ca_file=str(_certificate(tmp_path)))
    context = given["ssl_context"]
    assert given["security_protocol"] == "SSL"
    assert isinstance(context, ssl.SSLContext)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert len(context.get_ca_certs()) == 1


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
def test_sasl_gives_a_name_and_a_password(protocol: str, mechanism: str) -> None:
    given = told(
        kafka_security_protocol=protocol,
        kafka_sasl_mechanism=mechanism,
        kafka_username="dispatch",
        kafka_password="sesame",
    )
    assert given["security_protocol"] == protocol
    assert (given["ssl_context"] is None) is (protocol == "SASL_PLAINTEXT")
    assert given["sasl_mechanism"] == mechanism
    assert (given["sasl_plain_username"], given["sasl_plain_password"]) == ("dispatch", "sesame")


def test_sasl_without_a_password_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="kafka_username and kafka_password are needed"):
        told(kafka_security_protocol="SASL_SSL", kafka_username="dispatch")


def test_the_broker_is_given_what_the_settings_say() -> None:
    settings = ServiceSettings.without_secrets(
        kafka_security_protocol="SASL_SSL", kafka_username="dispatch", kafka_password="sesame"
    )
    connection = Kafka.of(settings, "dispatch").broker._connection_kwargs
    assert connection["security_protocol"] == "SASL_SSL"
    assert connection["sasl_plain_username"] == "dispatch"


def _certificate(folder: Path) -> Path:
    """One certificate of the system's, in a file of its own."""
    system = ssl.create_default_context()
    path = folder / "ca.pem"
    path.write_text(ssl.DER_cert_to_PEM_cert(system.get_ca_certs(binary_form=True)[0]))
    return path
