"""Reports of an earlier release: the sender's reference lay in the clear, and was the claim to be the same report."""

import pytest
from kit.sealed import key_id

from tests.integration.intake_running import CLOSED, Running, a_report, running

pytestmark = pytest.mark.real
REF = "A11-0912345678"


async def as_it_was(intake: Running) -> None:
    """The one report as the release before stored it."""
    [stored] = await intake.stored()
    await intake.keys.delete_one({"_id": key_id(stored["sealed"]["sender"])})
    was = {"report.sender_ref": REF, "claims": [f"police ref {REF}"]}
    await intake.database["reports"].update_one({}, {"$set": was, "$unset": {"sealed.sender": ""}})


@pytest.mark.parametrize("erased", [False, True])
async def test_a_reference_is_sealed_as_intake_starts_and_the_report_is_still_taken_once(
    settings_env: dict[str, str], erased: bool
) -> None:
    env = settings_env | {"kafka_bootstrap": CLOSED}
    async with running(env) as intake:
        receipt = (await intake.post(a_report(sender_ref=REF))).json()
        await as_it_was(intake)
        if erased:
            await intake.keys.delete_many({"owner": receipt["report_id"]})
    async with running(env) as intake:
        [stored] = await intake.stored()
        assert REF not in str(stored)
        answer = await intake.post(a_report(sender_ref=REF))
        assert answer.json()["report_id"] == receipt["report_id"]
        assert len(await intake.stored()) == 1
        address, html = f"/v1/reports/{receipt['report_id']}/receipt", {"accept": "text/html"}
        shown = (await intake.http.get(address, headers=html)).text
        assert (REF in shown) is not erased
