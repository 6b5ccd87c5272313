"""The contracts hold: generated documents match the models, examples parse for ever, keys name no one."""

import json
from pathlib import Path

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from contracts.event import Envelope, Event, Personal
from contracts.generate import documents, text
from contracts.reports import Submission
from contracts.topics import ALL, Topic
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2] / "contracts"
EXAMPLES = sorted(ROOT.glob("examples/*/*/*.json"))


@pytest.mark.parametrize(("path", "content"), [pytest.param(p, c, id=p) for p, c in documents()])
def test_a_committed_document_is_what_the_models_say(path: str, content: dict[str, object]) -> None:
    assert (ROOT / path).read_text("utf-8") == text(content), "the models changed: run `make schemas`"


def test_no_committed_document_has_lost_its_model() -> None:
    committed = {
        str(path.relative_to(ROOT)) for path in [*ROOT.glob("schemas/**/*.json"), *ROOT.glob("asyncapi/*.json")]
    }
    assert committed == {path for path, _ in documents()}


def topic_named(name: str) -> Topic:
    return next(topic for topic in ALL if topic.name == name)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.relative_to(ROOT / "examples")))
def test_a_released_example_parses_and_fits_its_schema(path: Path) -> None:
    topic, type = path.parts[-3:-1]
    event = topic_named(topic).event_named(type)
    assert event is not None
    event.model_validate_json(path.read_bytes())
    schema = json.loads((ROOT / "schemas" / topic / f"{type}.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(json.loads(path.read_text("utf-8")))


def test_every_event_has_an_example() -> None:
    assert {(topic.name, event.model_fields["type"].default) for topic in ALL for event in topic.events} == {
        path.parts[-3:-1] for path in EXAMPLES
    }


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_event_on_kafka_is_a_cloud_event_to_others(path: Path) -> None:
    event = topic_named(path.parts[-3]).event_named(path.parts[-2])
    assert event is not None
    parsed = event.model_validate_json(path.read_bytes())
    envelope = Envelope.of(parsed, id="1", source="/safetynet/test", time=_a_time(), trace={"traceparent": "00-a-b-01"})
    message = KafkaMessage(
        {k: v.encode() for k, v in envelope.headers().items()}, envelope.subject.encode(), envelope.data
    )
    read = from_kafka_event(message)
    assert (read.get_type(), read.get_subject(), read.get_id()) == (parsed.type, parsed.subject, "1")
    assert event.model_validate(read.get_data()) == parsed


def _a_time() -> object:
    from datetime import UTC, datetime

    return datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize("topic", ALL, ids=lambda topic: topic.name)
def test_a_topic_is_named_for_its_writer_and_keyed_by_an_opaque_id(topic: Topic) -> None:
    writer, _, version = topic.name.split(".")
    assert writer == topic.writer
    assert version.startswith("v")
    for event in topic.events:
        assert event.subject_field in event.model_fields
        assert not any(isinstance(mark, Personal) for mark in event.model_fields[event.subject_field].metadata)


def test_an_older_reader_takes_an_event_with_a_field_it_does_not_know() -> None:
    path = next(path for path in EXAMPLES if path.parts[-2] == "report.received")
    newer = json.loads(path.read_text("utf-8"))
    newer["invented_later"] = True
    newer["report"]["event"]["invented_later"] = {"deep": 1}
    kind: type[Event] | None = topic_named("intake.reports.v1").event_named("report.received")
    assert kind is not None
    assert not hasattr(kind.model_validate(newer), "invented_later")


def test_what_an_agency_posts_may_hold_nothing_unknown() -> None:
    body = {"case_type": "adult_protection", "county": "chiayi-county", "people": [{"role": "subject"}],
            "event": {"kinds": ["neglect"]}, "invented": 1}  # fmt: skip
    with pytest.raises(ValueError, match="invented"):
        Submission.model_validate_json(json.dumps(body), strict=True, extra="forbid")
