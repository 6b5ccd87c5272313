"""Money: what is refused, what is cut to what a cap leaves, and that nothing is granted or paid twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rules.spans import TAIPEI

from network.programmes.domain.grammar import Amount, Programme
from network.programmes.domain.refusals import Refused
from network.programmes.domain.said import Said


@dataclass(frozen=True)
class Grant:
    """So much of `asked` TWD granted of an item for a cause; `cut_by` names the cap that left no more."""

    id: str
    item: str
    asked: int
    amount: int
    said: Said
    cause: str | None = None
    cut_by: str | None = None
    paid: Said | None = None


def granted(programme: Programme, stage: str, grant: Grant, earlier: Sequence[Grant]) -> Grant:
    """The grant with what it comes to, given what its subject was granted before. Raises Refused."""
    rule = programme.amounts.get(grant.item)
    if rule is None:
        raise Refused("item_unknown", ", ".join(programme.amounts))
    if rule.stages and stage not in rule.stages:
        raise Refused("not_in_this_stage", ", ".join(rule.stages))
    same = [each for each in earlier if each.item == grant.item]
    _must_be_within(rule, grant)
    _must_be_new(rule, grant, same)
    left, cap = min(_left(rule, grant, same))
    if left <= 0 or (rule.least and left < rule.least):
        raise Refused(f"{cap}_used", f"{_bound(rule, cap):,}")
    return replace(grant, amount=left, cut_by=cap if left < grant.asked else None)


def _must_be_within(rule: Amount, grant: Grant) -> None:
    if (rule.least and grant.asked < rule.least) or (rule.most and grant.asked > rule.most):
        raise Refused("amount_outside", f"{rule.least or 1:,}-{rule.most:,}" if rule.most else f">= {rule.least:,}")


def _must_be_new(rule: Amount, grant: Grant, same: Sequence[Grant]) -> None:
    if rule.once_per_cause:
        if not grant.cause:
            raise Refused("cause_missing", grant.item)
        if before := next((each for each in same if each.cause == grant.cause), None):
            raise Refused("same_cause", before.id)
    if rule.per_count and len(same) >= rule.per_count:
        raise Refused("per_count_used", str(rule.per_count))


def _left(rule: Amount, grant: Grant, same: Sequence[Grant]) -> Iterator[tuple[int, str]]:
    """What each cap leaves of what is asked."""
    yield grant.asked, ""
    if rule.per_time:
        yield rule.per_time, "per_time"
    if rule.per_year:
        year = _year(grant.said.at)
        yield rule.per_year - sum(each.amount for each in same if _year(each.said.at) == year), "per_year"


def _bound(rule: Amount, cap: str) -> int:
    bound: int = getattr(rule, cap)
    return bound


def _year(at: datetime) -> int:
    """The calendar year in Taiwan."""
    return at.astimezone(TAIPEI).year
