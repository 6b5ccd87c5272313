"""The button of a card is good for one message, one group and one turn of a case, whoever carries it elsewhere."""

from datetime import UTC, datetime
from typing import Any

import pytest
from contracts.cases import CaseOpened, CaseReturned
from contracts.topics import CASES

from tests.integration.notify_stage import (
    LEAD,
    FakeLine,
    Stage,
    Wire,
    button_of,
    group_of,
    joined,
    on_stage,
    opened,
    press,
    settings_of,
)
from tests.waiting import until

pytestmark = pytest.mark.real
GROUP, POLICE = group_of(LEAD), "chiayi-county/police"
VOID = "此按鈕已失效"


def returned(case: CaseOpened, version: int) -> CaseReturned:
    return CaseReturned(
        case_id=case.case_id, version=version, county=case.county, report_id=case.report_id, unit=case.lead,
        reason="not_our_area", returned_by="陳社工", returned_at=datetime.now(UTC),
    )  # fmt: skip


async def told(stage: Stage, wire: Wire, event: Any, cards: int) -> dict[str, dict[str, Any]]:
    """The deliveries of a report by their unit and template, once there are so many and all are sent."""
    await wire.send(CASES, event)

    async def sent() -> dict[str, dict[str, Any]] | None:
        listed = await stage.deliveries(report_id=event.report_id)
        done = len(listed) == cards and all(each["state"] in {"sent", "acknowledged"} for each in listed)
        return {f"{each['unit']} {each['template']}": each for each in listed} if done else None

    return dict(await until(sent))


async def answers(stage: Stage, line: FakeLine, *presses: dict[str, Any]) -> list[str]:
    """What the group is told after each press."""
    before = len(line.replies)
    for number, one in enumerate(presses, 1):
        assert (await stage.webhook(one)).status_code == 200
        await until(lambda number=number: len(line.replies) == before + number)
    return line.replies[before:]


def card(line: FakeLine, group: str) -> str:
    """The button of the last card that a group saw."""
    return button_of([message for to, message in line.seen if to == group][-1])


async def test_a_card_of_one_group_accepts_nothing_in_another_nor_for_a_stranger(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line = FakeLine(names={"U1": "社工甲", "U2": "警員乙"})
    async with on_stage(settings_of(settings_env), line) as stage:
        case = opened(collaborators=(POLICE,))
        await told(stage, wire, case, 2)
        of_lead, of_police = card(line, GROUP), card(line, group_of(POLICE))
        crossed = [press(of_lead, group_of(POLICE)), press(of_police, GROUP, user="U2")]
        alone = press(of_lead, GROUP) | {"source": {"type": "user", "userId": "U2"}}
        nowhere = press(of_lead, GROUP) | {"source": {"type": "group", "groupId": "C" + "0" * 32, "userId": "U1"}}
        said = await answers(stage, line, *crossed, alone, nowhere)
        listed = await stage.deliveries(report_id=case.report_id)
    assert all(VOID in each for each in said)
    assert {each["state"] for each in listed} == {"sent"}


@pytest.mark.parametrize("field", [0, 1, 2, 3])
async def test_a_token_with_one_part_of_another_is_void(settings_env: dict[str, str], wire: Wire, field: int) -> None:
    line = FakeLine(names={"U1": "社工甲"})
    async with on_stage(settings_of(settings_env), line) as stage:
        case, other = opened(), opened(1)
        await told(stage, wire, other, 1)
        theirs = ("open", card(line, GROUP).split(".")[1], "9999999999", card(line, GROUP).split(".")[3])
        await told(stage, wire, case, 1)
        parts = card(line, GROUP).split(".")
        parts[field] = theirs[field]
        (said,) = await answers(stage, line, press(".".join(parts), GROUP))
    assert VOID in said


async def test_after_a_return_no_card_of_before_accepts_and_the_next_one_does(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line = FakeLine(names={"U1": "社工甲", "U2": "社工乙"})
    async with on_stage(settings_of(settings_env), line) as stage:
        case = opened(collaborators=(POLICE,))
        await told(stage, wire, case, 2)
        before, of_police = card(line, GROUP), card(line, group_of(POLICE))
        assert VOID not in (await answers(stage, line, press(before, GROUP)))[0]
        await told(stage, wire, back := returned(case, 2), 3)
        said = await answers(stage, line, press(before, GROUP, user="U2"), press(of_police, group_of(POLICE)))
        assert all(VOID in each for each in said), said
        again = joined(case).model_copy(update={"report_id": case.report_id, "decided_again": True, "version": 3})
        await told(stage, wire, again, 4)
        await wire.send(CASES, back)
        await told(stage, wire, again, 6)
        after = card(line, GROUP)
        said = await answers(stage, line, press(after, GROUP, user="U2"), press(before, GROUP))
    assert "社工乙" in said[0]
    assert VOID in said[1]


async def test_when_another_unit_leads_the_card_of_the_former_is_void_and_a_collaborators_is_not(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line = FakeLine(names={"U1": "社工甲"})
    protection = "chiayi-county/protection"
    async with on_stage(settings_of(settings_env), line) as stage:
        case = opened(collaborators=(POLICE,))
        await told(stage, wire, case, 2)
        again = {"report_id": case.report_id, "decided_again": True, "lead": protection}
        await told(stage, wire, joined(case).model_copy(update=again), 3)
        presses = [press(card(line, group), group) for group in (GROUP, group_of(POLICE), group_of(protection))]
        said = await answers(stage, line, *presses)
    assert [VOID in each for each in said] == [True, False, False]
