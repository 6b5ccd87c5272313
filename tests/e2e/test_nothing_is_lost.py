"""The first promise on the whole stack: what was accepted is decided once and told once, whatever is killed meanwhile.

The short form; `make chaos` runs the same with 1,000 reports a fault and longer outages.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from simulator.post import Result
from stack import control

from tests.chaos import limits
from tests.e2e.county import SERVED, Account, County, read_stack
from tests.waiting import until

REPORTS = int(os.environ.get("E2E_REPORTS", "100"))


async def carried(county: County, results: list[Result]) -> Account:
    account = await county.account(results)
    assert account.receipts == account.decisions == len(results)
    assert account.twice == []
    assert account.unsent == []
    assert account.ledger["equal"], account.ledger
    assert account.ledger["missing"] == []
    return account


async def under_way(county: County, count: int) -> asyncio.Task[list[Result]]:
    """Reports that are being posted, once LINE shows the first message about one of them."""
    before = len(await county.shown())
    posting = asyncio.create_task(county.post(count))

    async def look() -> bool:
        return len(await county.shown()) > before

    await until(look)
    return posting


async def test_reports_by_fifty_clients_are_each_decided_once(county: County) -> None:
    await carried(county, await county.post(3 * REPORTS))


@pytest.mark.parametrize("service", ["intake", "dispatch", "network", "notify"])
async def test_a_service_killed_in_the_middle_loses_and_doubles_nothing(
    county: County, run_dir: Path, service: str
) -> None:
    posting = await under_way(county, REPORTS)
    os.kill(read_stack(run_dir)["pids"][service], signal.SIGKILL)
    await carried(county, await posting)


async def test_who_sends_everything_at_every_limit_takes_nothing_from_anybody(
    county: County, run_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The short form: `make chaos` attacks for longer, and fails where others wait twice as long as in quiet."""
    found = await limits.one_run(run_dir, seconds=5)
    with capsys.disabled():
        print(
            f"\nattacked at every limit: p99 x {found['times_p99']}, memory x {found['times_memory']}", file=sys.stderr
        )
    assert found["whole"], "every report that others sent meanwhile is decided, once"
    assert found["unexpected"] == {}
    assert max(found["times_memory"].values()) <= limits.MOST_KEPT, found["memory_mib"]


async def test_intake_answers_while_kafka_is_away_and_nothing_is_lost(county: County, run_dir: Path) -> None:
    posting = await under_way(county, REPORTS)
    with control.outage(run_dir, "kafka"):
        during = await county.post(50)
    assert all(result.status == 202 and result.attempts == 1 for result in during)
    await carried(county, [*await posting, *during])


async def test_one_event_reported_by_two_agencies_at_one_instant_is_one_decision_one_duplicate_and_one_case(
    county: County,
) -> None:
    results = await county.post_pairs(REPORTS)
    account = await carried(county, [result for pair in results for result in pair])
    assert account.outcomes.get("duplicate", 0) == REPORTS
    ids = [str(result.receipt["report_id"]) for pair in results for result in pair if result.receipt]
    cases = {case["case_id"] for case in await county.cases_of(ids)}
    assert len(cases) == sum(account.outcomes.get(outcome, 0) for outcome in SERVED)
