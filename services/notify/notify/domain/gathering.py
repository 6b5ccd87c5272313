"""What is told together: a storm of cards in one group, what waits for a digest, and how a group reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from notify.domain.message import Wording, outside, roc_time
from notify.domain.notices import COUNTED, GRAVEST, LAST, Notice, rank_of
from notify.domain.schedule import StormLine
from notify.domain.texts import Json, box, text

MOST_LINES = 10
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Shown:
    """What a group was told at once lately: how many cards, and the rank of the gravest."""

    cards: int = 0
    gravest: int = LAST + 1

    def with_one(self, rank: int) -> "Shown":
        return Shown(self.cards + 1, min(self.gravest, rank))


def waits_until(shown: Shown, rank: int, storm: StormLine, now: datetime) -> datetime | None:
    """When a card for a group in a storm is told with the others; None for one that is told at once.

    Only what is no graver than what the group has seen waits, and the gravest never does.
    """
    if rank == GRAVEST or shown.cards < storm.cards or rank < shown.gravest:
        return None
    return _EPOCH + ((now - _EPOCH) // storm.every + 1) * storm.every


@dataclass(frozen=True)
class Asked:
    """One message that a digest tells of; those of one case are one line."""

    notice: Notice

    @property
    def order(self) -> tuple[int, datetime]:
        return rank_of(self.notice), self.notice.due_at or _EPOCH + timedelta(days=36_500)


def gravest_of(asked: Sequence[Asked]) -> int | None:
    """The priority of the gravest of them; None where none has one."""
    return min((each.notice.priority for each in asked if each.notice.priority), default=None)


def compose_digest(
    template: str, notice: Notice, asked: Sequence[Asked], wording: Wording, sites: Mapping[str, str]
) -> Json:
    """The message of a digest: how many, the gravest, and a line with a link for each of the first, gravest first.

    A line is a code, a kind of message and a clock: nothing of anybody.
    """
    words = wording.digests[template]
    lines = _lines(asked)
    gravest = wording.priorities.get(gravest_of(asked) or 0)
    labels = wording.labels
    head = [words.ask.format(count=len(asked)), *([f"{labels.gravest}:{gravest}"] if gravest else [])]
    shown = [_line(each, times, wording, sites) for each, times in lines[:MOST_LINES]]
    rest = [text(words.more.format(count=len(lines) - MOST_LINES))] if len(lines) > MOST_LINES else []
    link = {"type": "uri", "label": wording.kinds["case"].open, "uri": outside(f"{sites['network']}/today")}
    return {
        "type": "flex",
        "altText": wording.kinds["case"].alt.format(code=notice.code),
        "contents": {
            "type": "bubble",
            "header": box(text(words.title, weight="bold"), text(notice.code, size="xl", weight="bold")),
            "body": box(*(text(each, wrap=True) for each in head), *shown, *rest),
            "footer": box({"type": "button", "action": link}),
        },
    }


def _lines(asked: Sequence[Asked]) -> list[tuple[Asked, int]]:
    """One line a code, and one for all of what is counted; the gravest first, with how many messages there are."""
    found: dict[str, list[Asked]] = {}
    for each in sorted(asked, key=lambda each: each.order):
        of = each.notice.template if each.notice.template in COUNTED else each.notice.code
        found.setdefault(of, []).append(each)
    return [(of_code[0], len(of_code)) for of_code in found.values()]


def _line(asked: Asked, times: int, wording: Wording, sites: Mapping[str, str]) -> Json:
    notice = asked.notice
    template, counted = wording.templates[notice.template], notice.template in COUNTED
    parts = [
        template.title if counted else f"{notice.code} {template.title}",
        f"×{times}" if counted or times > 1 else "",
        wording.priorities.get(notice.priority or 0, ""),
        roc_time(notice.due_at) if notice.due_at and not counted else "",
    ]
    link = {"type": "uri", "uri": outside(wording.link_of(notice, sites))}
    return text(" ".join(part for part in parts if part), wrap=True, size="sm", action=link)
