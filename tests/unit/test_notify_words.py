"""What a page of messages may have to say has words in both languages."""

from typing import get_args

import pytest
from notify import words
from notify.domain.attempts import Cause, Reason
from notify.domain.closed_sum import Why
from notify.domain.escalation import Way, Whom
from notify.domain.exercise import Channel
from notify.domain.swaps import SwapState
from notify.groups.purposes import Purpose
from notify.groups.watch import Trouble
from notify.states import ACKNOWLEDGED, ESCALATED, FAILED, QUEUED, SENT
from notify.wording import load_wording

CODES = [
    *(f"state.{each}" for each in (QUEUED, SENT, ACKNOWLEDGED, ESCALATED, FAILED)),
    *(f"{kind}.{each}" for kind in ("not_sent", "todo") for each in {*get_args(Reason), *get_args(Cause)}),
    *(f"whom.{each}" for each in get_args(Whom)),
    *(f"way.{each}" for each in get_args(Way)),
    *(f"swap.{each}" for each in get_args(SwapState)),
    *(f"lost.{each}" for each in get_args(Why)),
    "reason.unreachable",
    "schedule",
    *(f"channel.{each}" for each in get_args(Channel)),
    *(f"purpose.{each}" for each in Purpose),
    *(f"{kind}.{each}" for kind in ("trouble", "remedy") for each in get_args(Trouble)),
    *(f"template.{each}" for each in load_wording().templates),
]


def test_every_code_that_a_page_shows_has_words() -> None:
    assert [code for code in CODES if words.of(code) == (code, code)] == []


def test_a_unit_of_another_county_is_called_by_its_county() -> None:
    assert words.of("other-counties/yunlin-county") == ("雲林縣", "Yunlin County")


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [(0.4, "0 秒", "0 sec"), (119, "119 秒", "119 sec"), (120, "2 分鐘", "2 min"), (7_199, "119 分鐘", "119 min"),
     (7_200, "02:00", "02:00"), (200_000, "2日07時", "2d 07h")],
)  # fmt: skip
def test_how_long_something_took_is_said_in_words(seconds: float, zh: str, en: str) -> None:
    assert (words.length(seconds, "zh"), words.length(seconds, "en")) == (zh, en)
