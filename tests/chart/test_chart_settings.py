"""The chart tells each service exactly what its Settings class asks for."""

import base64
import importlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chart.charts import Object, Rendered

KEY = base64.b64encode(bytes(32)).decode()
SECRETS = {
    "mongo_url": "mongodb://user:password@db/?replicaSet=rs0",
    "master_key": KEY,
    "blind_index_key": KEY,
    "line_channel_token": "token",
    "line_channel_secret": "secret",
    "line_groups": "{}",
    "kafka_password": "password",
    "kafka_ca.crt": "a certificate",
}
SERVICES = ("intake", "dispatch", "network", "notify")


def settings_of(service: str) -> type:
    return importlib.import_module(f"{service}.settings").Settings


def told(rendered: Rendered, service: str) -> tuple[Object, set[str]]:
    """The environment of a service by the ConfigMap, and the keys of its mounted secrets."""
    spec = rendered.one("Deployment", f"safetynet-{service}")["spec"]["template"]["spec"]
    sources = next(volume for volume in spec["volumes"] if volume["name"] == "secrets")["projected"]["sources"]
    return rendered.one("ConfigMap", f"safetynet-{service}")["data"], {
        item["path"] for source in sources for item in source["secret"]["items"]
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_knows_every_setting_and_secret_it_is_given(rendered: Rendered, service: str) -> None:
    environment, secrets = told(rendered, service)
    fields = set(settings_of(service).model_fields)
    assert {name.lower() for name in environment} | secrets <= fields | {"kafka_ca.crt"}
    assert environment.get("KAFKA_CA_FILE") in (None, "/run/secrets/safetynet/kafka_ca.crt")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_with_what_it_is_given(
    render: Callable[..., Rendered], service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment, secrets = told(render("values-country.yaml", "settings.log_level=DEBUG"), service)
    for name in secrets:
        (tmp_path / name).write_text(SECRETS.get(name, "[]") + "\n")
    for name in (*settings_of(service).model_fields, *environment):
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value.replace("/run/secrets/safetynet", str(tmp_path)))

    settings = settings_of(service)(_secrets_dir=str(tmp_path))

    assert (settings.host, settings.port, settings.topic_replication) == ("0.0.0.0", 8000, 3)
    assert settings.mongo_url == SECRETS["mongo_url"]
    assert settings.log_level == "DEBUG"
    assert (settings.kafka_security_protocol, settings.kafka_username) == ("SASL_SSL", f"safetynet-{service}")
    assert len(settings.key_bytes("master_key")) == 32


def test_the_board_takes_no_part_in_reading(render: Callable[..., Rendered]) -> None:
    rendered = render("values-country.yaml")
    assert rendered.one("ConfigMap", "safetynet-board")["data"]["READS"] == "false"
    assert "READS" not in rendered.one("ConfigMap", "safetynet-dispatch")["data"]


def test_whatever_is_secret_to_a_service_may_not_stand_in_values(helm: object) -> None:
    refused = (Path(__file__).parents[2] / "deploy/chart/templates/checks.yaml").read_text()
    for service in SERVICES:
        secret = {
            name for name, field in settings_of(service).model_fields.items() if "Secret" in str(field.annotation)
        }
        assert not {name for name in secret if json.dumps(name) not in refused}
