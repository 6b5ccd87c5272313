"""The collector lets through what the services say on purpose, and nothing that could name a person."""

import re

import pytest
import yaml
from kit.telemetry import ALLOWED

from tests.chart.charts import ROOT

CONFIG = yaml.safe_load((ROOT / "deploy" / "otel" / "collector.yaml").read_text())
PRIVATE = CONFIG["processors"]["transform/private"]
PERSONAL = (
    "messaging.kafka.message.key",
    "messaging.kafka.record.key",
    "url.query",
    "url.full",
    "url.path",
    "http.url",
    "http.target",
    "db.statement",
    "db.query.text",
    "exception.message",
    "exception.stacktrace",
    "http.request.header.authorization",
    "enduser.id",
    "client.address",
    "narrative",
    "national_id",
    "message",
)


def kept(signal: str, target: str) -> re.Pattern[str]:
    """The pattern of the keys that stay."""
    statement = next(
        s for s in PRIVATE[f"{signal}_statements"] if s.startswith(f"keep_matching_keys({target}.attributes")
    )
    return re.compile(statement.split('"')[1].replace("\\\\", "\\"))


@pytest.mark.parametrize("key", PERSONAL)
def test_what_could_name_a_person_is_dropped(key: str) -> None:
    assert not kept("trace", "span").search(key)
    assert not kept("trace", "resource").search(key)
    assert not kept("log", "log").search(key)


def test_of_an_event_of_a_span_only_the_class_of_an_error_stays() -> None:
    assert 'keep_keys(spanevent.attributes, ["exception.type"])' in PRIVATE["trace_statements"]


def test_every_key_that_a_log_line_may_have_stays() -> None:
    assert {key for key in ALLOWED if not kept("log", "log").search(key)} == {"event"}, "`event` becomes the body"


def test_every_attribute_that_the_kit_sets_on_a_span_stays() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "services" / "kit").rglob("*.py"))
    set_here = set(re.findall(r"\"((?:http|messaging|db)\.[a-z_.]+)\"", source))
    set_here -= {"http.response.start", "http.response.body", "http.disconnect"}  # messages of ASGI
    assert {"http.route", "http.response.status_code", "messaging.destination.name"} <= set_here
    assert not [key for key in set_here if not kept("trace", "span").search(key)]


def test_every_pipeline_drops_before_it_batches_and_sends() -> None:
    for name, pipeline in CONFIG["service"]["pipelines"].items():
        assert pipeline["processors"] == ["memory_limiter", "transform/private", "batch"], name
    assert PRIVATE["error_mode"] == "propagate", "a statement that fails must stop the data, not let it through"
