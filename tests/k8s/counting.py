"""What goes in, and whether as much came out."""

from datetime import UTC, datetime
from typing import Any

from simulator.load import Draft, post_many, singles
from simulator.post import Result

from tests.e2e.county import Account


async def posted(stack: dict[str, Any], count: int) -> list[Result]:
    """Post so many new reports by twenty clients."""
    return await posted_these(stack, singles(count, datetime.now(UTC)))


async def posted_these(stack: dict[str, Any], drafts: list[Draft]) -> list[Result]:
    keys = {name: entry["key"] for name, entry in stack["agencies"].items()}
    return await post_many(stack["intake"], keys, len(drafts), 20, drafts.__getitem__)


def is_whole(account: Account, count: int) -> bool:
    """Every report has one receipt and one decision, no message went twice or not at all, the day adds up."""
    settled = account.receipts == account.decisions == count
    return bool(settled and not account.twice and not account.unsent and account.ledger["equal"])


def shown(account: Account) -> dict[str, Any]:
    return vars(account) | {"outcomes": dict(account.outcomes)}
