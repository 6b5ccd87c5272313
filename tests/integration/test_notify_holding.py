"""What LINE refuses for its quota or our token is held and sent, in its order; what failed can be sent again."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from contracts.cases import CaseId, CaseReturned, LeadOffered
from contracts.topics import CASES
from notify import commands, holding, pusher
from notify.escalation import running

from tests.integration.notify_stage import (
    COUNTY,
    LEAD,
    FakeLine,
    Stage,
    Wire,
    button_of,
    group_of,
    on_stage,
    opened,
    press,
    settings_of,
)
from tests.integration.post_office import Post, post_office
from tests.waiting import until

pytestmark = pytest.mark.real
POLICE = "chiayi-county/police"


@pytest.fixture(autouse=True)
def _nobody_is_asked_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails or waits is taken to the next one at once: `test_notify_escalation` is about that."""
    monkeypatch.setattr(running, "LOOK_EVERY", 3_600)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses that a test can wait for."""
    monkeypatch.setattr(holding, "CHANNEL_PAUSE", timedelta(seconds=0.3))
    monkeypatch.setattr(pusher, "QUOTA_EVERY", 0.2)
    monkeypatch.setattr(pusher, "COUNT_EVERY", 0.2)


async def _are(stage: Stage, **counts: int) -> bool:
    """Whether exactly so many deliveries are in these states; of those held, by `held_<reason>`."""
    found: dict[str, int] = {}
    async for each in stage.documents.find({}):
        held = each["state"] == "queued" and each.get("reason")
        name = f"held_{each['reason']}" if held else each["state"]
        found[name] = found.get(name, 0) + 1
    return found == counts


async def _all_wait(stage: Stage, number: int) -> bool:
    """Whether all are queued, and LINE was asked."""
    queued = await stage.documents.count_documents({"state": "queued"}) == number
    return queued and bool(await stage.documents.count_documents({"reason": "channel"}))


async def test_a_quota_that_a_group_exceeds_holds_that_group_and_lets_a_smaller_one_pass(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line = FakeLine(sizes={group_of(LEAD): 60, group_of(POLICE): 5}, left=30)
    large, small = [opened(number) for number in range(30)], [opened(lead=POLICE) for _ in range(3)]
    async with on_stage(settings_of(settings_env), line) as stage:
        await wire.send(CASES, large[0])
        await until(lambda: _are(stage, held_quota=1))
        await wire.send(CASES, *large[1:], *small)
        await until(lambda: _are(stage, held_quota=30, sent=3))
        assert len(line.asked) == 4, "what costs as much is not asked again"
        held = (await stage.deliveries(report_id=large[5].report_id))[0]
        assert (held["state"], held["reason"], held["attempts"]) == ("queued", "quota", 0)
        await until(lambda: _tells(stage, 'safetynet_deliveries_held{reason="quota",urgent="yes"} 30.0'))
        line.left = 10_000
        await until(lambda: _are(stage, sent=33))
        published = await wire.published(stage)
    assert {each["type"] for each in published} == {"delivery.sent"}
    assert len(line.seen) == 33


async def _tells(stage: Stage, line: str) -> bool:
    return line in (await stage.http.get("/metrics")).text


async def test_a_card_that_was_held_for_days_is_sent_and_not_expired(settings_env: dict[str, str], wire: Wire) -> None:
    line = FakeLine(sizes={group_of(LEAD): 60}, left=30)
    async with on_stage(settings_of(settings_env), line) as stage:
        await wire.send(CASES, opened())
        await until(lambda: _are(stage, held_quota=1))
        kept = await stage.documents.find_one({})
        assert kept is not None and "first_tried_at" not in kept
        assert kept["next_attempt_at"] > datetime.now(UTC) + timedelta(minutes=1)
        line.left = None
        await until(lambda: _are(stage, sent=1))


def _case(number: int, priority: int) -> Any:
    return opened(number).model_copy(update={"priority": priority})


async def test_a_token_that_ran_out_fails_nothing_and_afterwards_everything_leaves_in_order_of_rank(
    settings_env: dict[str, str], wire: Wire, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("old\n")
    line = FakeLine()
    settings = settings_of(settings_env, line_channel_token="", line_channel_token_file=token, line_concurrency=1)
    cases = [_case(number, priority) for number, priority in enumerate((4, 3, 2, 1, 4, 3, 2, 1))]
    async with on_stage(settings, line) as stage:
        await wire.send(CASES, *cases)
        await until(lambda: _all_wait(stage, 8))
        await until(lambda: _tells(stage, "safetynet_line_channel_refused 1.0"))
        assert (await stage.http.get("/readyz")).json()["notes"] == {"line": False}
        assert not line.seen
        token.write_text("t\n")
        await until(lambda: _are(stage, sent=8))
        sent = await _as_line_took_them(line, stage)
        assert await _tells(stage, "safetynet_line_channel_refused 0.0")
        assert (await stage.http.get("/readyz")).json()["notes"] == {"line": True}
    assert [each["priority"] for each in sent] == sorted(each["priority"] for each in sent)
    assert len(line.seen) == 8


async def test_nothing_is_taken_in_hand_before_all_that_was_held_is_due() -> None:
    async def release(_: str) -> None:
        assert gate.admits(100) == 0

    gate = holding.Gate(release)
    gate.shut("channel")
    assert await gate.heard()
    assert gate.admits(100) == 100


@pytest.mark.parametrize("fault", ["401", "403"])
async def test_while_line_refuses_the_channel_one_message_asks_for_all(
    settings_env: dict[str, str], wire: Wire, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(holding, "CHANNEL_PAUSE", timedelta(seconds=30))
    line = FakeLine(lambda _: fault)
    async with on_stage(settings_of(settings_env, line_concurrency=2), line) as stage:
        await wire.send(CASES, *(opened(number) for number in range(40)))
        await until(lambda: _all_wait(stage, 40))
        assert len(line.asked) <= 2


async def test_a_stateless_token_is_fetched_again_when_line_refuses_it(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line = FakeLine(token="first")
    async with on_stage(settings_of(settings_env, line_channel_token="", line_channel_id="165"), line) as stage:
        await wire.send(CASES, opened())
        await until(lambda: _are(stage, sent=1))
        line.token = "second"
        await wire.send(CASES, opened())
        await until(lambda: _are(stage, sent=2))
    assert all(each == b"" or b"first" not in each for each in line.bodies)


async def test_an_urgent_card_leaves_before_one_without_a_priority_and_one_of_an_earlier_release(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line = FakeLine(lambda _: "500")
    now = datetime.now(UTC)
    offered = LeadOffered(case_id=CaseId(str(uuid4())), version=3, county=COUNTY, handover_id="h", unit=LEAD,
                          to_unit=POLICE, owed=3, offered_at=now)  # fmt: skip
    async with on_stage(settings_of(settings_env, line_backoff_seconds=300, line_concurrency=1), line) as stage:
        await wire.send(CASES, offered, opened())
        await until(lambda: _tried(stage, 2))
        # As an earlier release leaves them: no rank, no card; what has no priority would come first.
        await stage.documents.update_many({}, {"$unset": {"rank": "", "card": ""}})
        await stage.documents.update_one({"template": "lead_offered"}, {"$set": {"priority": 5}})
    line.fault = lambda _: None
    async with on_stage(settings_of(settings_env, line_concurrency=1), line) as stage:
        await until(lambda: _are(stage, sent=2))
        first, second = await _as_line_took_them(line, stage)
    assert (first["template"], second["template"]) == ("new_case", "lead_offered")


async def _as_line_took_them(line: FakeLine, stage: Stage) -> list[dict[str, Any]]:
    """By LINE's order and not by `sent_at`: two can leave within a millisecond."""
    by_id = {each["_id"]: each async for each in stage.documents.find({})}
    return [by_id[key] for key in line.accepted]


async def _tried(stage: Stage, number: int) -> bool:
    return bool(await stage.documents.count_documents({"history.what": "again after http_500"}) == number)


async def test_a_repeat_is_the_same_to_the_byte_after_a_release_with_other_words_and_addresses(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line = FakeLine(lambda _: "500")
    async with on_stage(settings_of(settings_env, line_backoff_seconds=300), line) as stage:
        await wire.send(CASES, opened())
        await until(lambda: _tried(stage, 1))
    line.fault = lambda _: None
    elsewhere = settings_of(settings_env, public_network_url="https://moved.example")
    async with on_stage(elsewhere, line) as stage:
        await until(lambda: _are(stage, sent=1))
    pushes = [each for each in line.bodies if b'"messages"' in each]
    assert len(pushes) == 2
    assert pushes[0] == pushes[1]


async def test_what_failed_is_sent_again_by_a_supervisor_under_a_key_of_its_own(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line, case = FakeLine(lambda _: "400", names={"U1": "社工甲"}), opened()
    async with on_stage(settings_of(settings_env), line) as stage:
        await wire.send(CASES, case)
        await until(lambda: _are(stage, failed=1))
        [failed] = await stage.deliveries(report_id=case.report_id)
        path = f"/v1/deliveries/{failed['delivery_id']}/resend"
        for role, status in (("caseworker", 403), ("officer", 403), ("analyst", 403), ("nobody", 401)):
            assert (await stage.post(path, role)).status_code == status
        assert (await stage.post("/v1/deliveries/unknown/resend", "supervisor")).status_code == 404
        line.fault = lambda _: None
        answers = await asyncio.gather(*(stage.post(path, "supervisor") for _ in range(5)))
        assert {each.status_code for each in answers} == {201}
        [anew] = {each.json()["delivery_id"] for each in answers}
        await until(lambda: _are(stage, failed=1, sent=1))
        assert (await stage.post(f"/v1/deliveries/{anew}/resend", "supervisor")).status_code == 409
        old, new = sorted(await stage.deliveries(report_id=case.report_id), key=lambda each: str(each["state"]))
        assert (new["anew_of"], new["requested_by"]) == (failed["delivery_id"], "supervisor")
        assert old["sent_anew_as"] == anew
        assert set(line.accepted) == {anew}
        await stage.webhook(press(button_of(line.seen[0][1]), group_of(LEAD)))
        await until(lambda: _are(stage, failed=1, acknowledged=1))


async def test_what_failed_is_sent_again_by_command(
    settings_env: dict[str, str], wire: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    line, settings = FakeLine(lambda _: "400"), settings_of(settings_env)
    async with on_stage(settings, line) as stage:
        await wire.send(CASES, opened(), opened())
        await until(lambda: _are(stage, failed=2))
        for arguments, said in (
            (["--by", "值班甲", "--list"], "2 failed"),
            (["--by", "值班甲", "--reason", "quota"], "0 sent again"),
            (["--by", "值班甲"], "2 sent again"),
            (["--by", "值班甲"], "0 sent again"),
        ):
            line.fault = lambda _: None
            await asyncio.to_thread(commands.resend, settings, arguments)
            assert said in capsys.readouterr().out
        await until(lambda: _are(stage, failed=2, sent=2))
        asked = {each["requested_by"] async for each in stage.documents.find({"state": "sent"})}
    assert asked == {"值班甲"}


async def test_a_returned_case_waits_for_nothing_less_grave(settings_env: dict[str, str], wire: Wire) -> None:
    line = FakeLine()
    case = opened()
    returned = CaseReturned(case_id=case.case_id, version=3, county=COUNTY, report_id=case.report_id, unit=LEAD,
                            reason="other_area", returned_by="w", returned_at=datetime.now(UTC))  # fmt: skip
    async with on_stage(settings_of(settings_env), line) as stage:
        await wire.send(CASES, returned)
        await until(lambda: _are(stage, sent=1))
        kept = await stage.documents.find_one({})
    assert kept is not None and kept["rank"] == 1


async def test_what_is_kept_for_the_gravest_is_left_to_them_and_the_rest_takes_its_next_channel(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line, post = FakeLine(sizes={group_of(LEAD): 30}, left=35, counts=True), Post()
    soon, urgent = opened().model_copy(update={"priority": 2}), opened()
    async with post_office(settings_env, line, post) as stage:
        await until(lambda: _tells(stage, "safetynet_line_quota_left 35.0"))
        await wire.send(CASES, soon)
        held = {
            "report_id": soon.report_id,
            "reason": "quota",
            "run.next_at": {"$lte": datetime.now(UTC) + timedelta(minutes=1)},
        }
        await until(lambda: stage.documents.count_documents(held))
        await stage.app.state.escalations.take_due()
        await until(lambda: post.came)
        assert line.asked == [], "LINE need not refuse what is kept for others"
        await wire.send(CASES, urgent)
        await until(lambda: _state(stage, urgent.report_id, "sent"))
        told = (await stage.get("/v1/quota", "analyst")).json()
    assert (told["left"], told["reserve"]) == (5, 7)
    assert [(each["rank"], each["expected"] > 0) for each in told["ranks"]] == [(1, True)]


async def _state(stage: Stage, report_id: str, state: str) -> bool:
    return state in [each["state"] for each in await stage.deliveries(report_id=report_id)]
