"""A county on one host: county.yaml tells each service what its Settings know, mounts what is there, wants accounts."""

import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from stack.mongo import CACHE_GB, EVICTION

from tests.chart.charts import ROOT

FOLDER = ROOT / "deploy"
FIRST_LOOK: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
COUNTY: dict[str, Any] = yaml.safe_load((FOLDER / "county.yaml").read_text())["services"]
COMPOSE = {name: FIRST_LOOK.get(name, {}) | described for name, described in COUNTY.items()}
SERVICES = ("intake", "dispatch", "network", "notify")
OUTSIDE = {"SECRETS_DIR"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_told_nothing_that_none_of_them_knows(service: str) -> None:
    known = {name for each in SERVICES for name in importlib.import_module(f"{each}.settings").Settings.model_fields}
    told = {name.lower() for name in COMPOSE[service]["environment"].keys() - OUTSIDE}
    assert told <= known
    assert "kafka_bootstrap" in told


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_runs_as_confined_as_on_kubernetes(service: str) -> None:
    described = COMPOSE[service]
    assert described["read_only"] is True
    assert described["cap_drop"] == ["ALL"]
    assert described["build"]["args"] == {"SERVICE": service}
    assert all(port.startswith("127.0.0.1:") for port in described["ports"])


def test_no_image_is_the_latest_and_nothing_is_published_beyond_this_host() -> None:
    for name, described in COMPOSE.items():
        assert described["image"].rpartition(":")[2] not in ("", "latest"), name
        assert all(port.startswith("127.0.0.1:") for port in described.get("ports", ())), name


def test_every_file_that_is_mounted_is_there() -> None:
    mounted = [each.split(":")[0] for described in COMPOSE.values() for each in described.get("volumes", ())]
    for path in (each for each in mounted if not each.startswith("$")):
        assert (FOLDER / path).exists(), path


def test_a_first_look_is_kafka_and_mongodb_on_this_host_alone() -> None:
    assert set(FIRST_LOOK) == {"kafka", "mongo"}
    assert all(port.startswith("127.0.0.1:") for each in FIRST_LOOK.values() for port in each["ports"])


def test_kafka_mongodb_and_grafana_of_a_county_want_accounts() -> None:
    protocols = COUNTY["kafka"]["environment"]["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")
    assert [each for each in protocols if each.endswith(":PLAINTEXT")] == ["CONTROLLER:PLAINTEXT"]
    assert "CONTROLLER://localhost:" in FIRST_LOOK["kafka"]["environment"]["KAFKA_LISTENERS"]
    assert "--keyFile" in COUNTY["mongo"]["command"]
    assert COUNTY["mongo"]["environment"]["MONGO_INITDB_ROOT_USERNAME"]
    assert "GF_SECURITY_ADMIN_PASSWORD__FILE" in COUNTY["grafana"]["environment"]
    for service in SERVICES:
        assert COUNTY[service]["environment"]["KAFKA_SECURITY_PROTOCOL"].startswith("SASL_")


def test_a_county_starts_mongodb_as_a_first_look_does_but_for_the_key() -> None:
    assert COUNTY["mongo"]["command"][: len(FIRST_LOOK["mongo"]["command"])] == FIRST_LOOK["mongo"]["command"]


def test_mongodb_writes_pages_as_seldom_as_the_local_stack_and_its_cache_is_as_large() -> None:
    command = FIRST_LOOK["mongo"]["command"]
    assert EVICTION in command
    assert command[command.index("--wiredTigerCacheSizeGB") + 1] == f"${{MONGO_CACHE_GB:-{CACHE_GB}}}"


def test_reports_are_taken_before_others_are_worked_on_where_one_host_has_it_all() -> None:
    shares = {name: described.get("cpu_shares", 1024) for name, described in COUNTY.items()}
    assert shares["intake"] == shares["mongo"] > max(shares[name] for name in ("dispatch", "network", "notify"))


def test_no_password_stands_in_a_file_or_in_an_environment() -> None:
    for name, described in COUNTY.items():
        told = described.get("environment", {})
        assert not [key for key in told if "PASSWORD" in key and not key.endswith("_FILE")], name


def test_services_reach_kafka_at_the_name_it_gives_out() -> None:
    advertised = FIRST_LOOK["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert f"INSIDE://{COMPOSE['intake']['environment']['KAFKA_BOOTSTRAP']}" in advertised
    assert Path(COMPOSE["intake"]["environment"]["SECRETS_DIR"]) == Path(
        COMPOSE["intake"]["volumes"][0].rsplit(":", 2)[1]
    )
