"""A county on one host: compose.yaml tells each service what its Settings know, and mounts what is there."""

import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.charts import ROOT

FILE = ROOT / "deploy" / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())["services"]
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
        assert (FILE.parent / path).exists(), path


def test_a_first_look_at_kafka_and_mongodb_needs_no_profile() -> None:
    assert {name for name, described in COMPOSE.items() if "profiles" not in described} == {"kafka", "mongo"}


def test_services_reach_kafka_at_the_name_it_gives_out() -> None:
    advertised = COMPOSE["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert f"INSIDE://{COMPOSE['intake']['environment']['KAFKA_BOOTSTRAP']}" in advertised
    assert Path(COMPOSE["intake"]["environment"]["SECRETS_DIR"]) == Path(
        COMPOSE["intake"]["volumes"][0].rsplit(":", 2)[1]
    )
