"""The operator's command by itself: where it looks, what it says, how it refuses."""

import json
from pathlib import Path

import httpx
import pytest
from safetynet import agencies, letters, status, topics
from safetynet.__main__ import app
from safetynet.place import Place, Unplaced
from typer.testing import CliRunner

STACK = {
    "intake": "http://i/", "dispatch": "http://d", "network": "http://n", "notify": "http://o", "kafka": "k:9092",
    "tokens": {"administrator": "a-token"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SAFETYNET_STACK", "SAFETYNET_INTAKE", "SAFETYNET_TOKEN", "KAFKA_BOOTSTRAP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_beside_a_running_stack_everything_is_known(tmp_path: Path) -> None:
    (tmp_path / ".run").mkdir()
    (tmp_path / ".run/stack.json").write_text(json.dumps(STACK))
    place = Place.here()
    assert (place.address("intake"), place.token, place.kafka["bootstrap_servers"]) == ("http://i", "a-token", "k:9092")


def test_elsewhere_the_environment_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFETYNET_INTAKE", "http://there:8000/")
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "there:9092")
    assert Place.here().address("intake") == "http://there:8000"
    with pytest.raises(Unplaced, match="SAFETYNET_NOTIFY"):
        Place.here().address("notify")


def test_a_file_that_is_no_stack_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    monkeypatch.setenv("SAFETYNET_STACK", "other.json")
    with pytest.raises(Unplaced, match="no stack"):
        Place.here()


@pytest.mark.parametrize("body", [b"", None])
def test_a_body_that_is_not_there_is_shown_as_nothing(body: bytes | None) -> None:
    assert letters.covered(body) is None


def test_whatever_is_not_an_id_a_time_or_a_code_is_covered_however_deep() -> None:
    body = {
        "report_id": "r",
        "report": {"people": [{"name": "林小美", "phones": ["0912345678"]}], "oral": False},
        "sealed": {"a": "x.y"},
    }
    shown = json.dumps(letters.covered(json.dumps(body).encode()), ensure_ascii=False)
    assert "林" not in shown
    assert "0912" not in shown
    assert "x.y" not in shown
    assert '"report_id": "r"' in shown


def test_what_is_no_json_is_told_by_its_length() -> None:
    assert letters.covered(b"\xff\xfe1") == "<3 bytes that are no JSON>"


def test_an_unknown_dead_letter_topic_is_refused_with_those_there_are() -> None:
    said = CliRunner().invoke(app, ["dead-letters", "replay", "nothing"])
    assert said.exit_code != 0
    assert "intake.reports.v1.dispatch.dlq" in said.output.replace("\n", "")


def test_without_a_token_the_command_says_which() -> None:
    with pytest.raises(Unplaced, match="SAFETYNET_TOKEN"):
        agencies._ask("GET", "")


WANTED = topics.Wanted("x", 2, 14)


def kept(milliseconds: int, policy: str = "delete") -> dict[str, str]:
    return {"retention.ms": str(milliseconds), "cleanup.policy": policy}


PARTS = [{"replicas": [1, 2], "isr": [1, 2]}, {"replicas": [1, 2], "isr": [1]}]


def test_faults_of_a_topic_are_named_each() -> None:
    assert topics.faults(WANTED, {"partitions": PARTS[:1] * 2}, kept(14 * 86_400_000), 2) == ()
    assert "out of sync" in topics.faults(WANTED, {"partitions": PARTS}, kept(-1), 2)[0]
    assert "3 wanted" in topics.faults(WANTED, {"partitions": PARTS[:1] * 2}, kept(-1), 3)[0]
    assert topics.faults(WANTED, None, None, 1)[0].startswith("missing")
    assert "set retention.ms" in topics.faults(WANTED, {"partitions": PARTS[:1] * 2}, kept(86_400_000), 2)[0]


def test_a_compacted_topic_must_be_one_however_long_it_keeps() -> None:
    wanted, found = topics.Wanted("x", 1, 14, compacted=True), {"partitions": PARTS[:1]}
    assert topics.faults(wanted, found, kept(1, "compact"), 2) == ()
    assert "cleanup.policy" in topics.faults(wanted, found, kept(-1), 2)[0]


async def test_a_service_that_is_away_is_told_beside_those_that_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = (
        'safetynet_consumer_lag{topic="t",reader="r",partition="0"} 7.0\n'
        'safetynet_clocks_at_risk{county="c",state="overdue"} 2.0\n'
    )

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "away":
            raise httpx.ConnectError("no")
        if request.url.path == "/metrics":
            return httpx.Response(200, text=metrics)
        ready = request.url.path == "/readyz"
        return httpx.Response(
            503 if ready else 200, json={"status": "not ready", "parts": {"kafka": False, "database": True}}
        )

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        here, away = [await status._ask(client, name, f"http://{name}") for name in ("here", "away")]
    assert (here.state, here.away, here.total("safetynet_consumer_lag"), here.well) == (
        "not ready",
        ("kafka",),
        7.0,
        False,
    )
    assert away.state == "does not answer (ConnectError)"
    assert status._by_county([here, away]) == {"c": {"overdue": 2.0}}
