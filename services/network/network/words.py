"""Codes in the two languages of the screen, side by side."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from markupsafe import Markup
from rules.counties import unit_words
from web.catalogues import pairs

from contracts import laws
from contracts import words as contract

TAIPEI = ZoneInfo("Asia/Taipei")
_ROC_OFFSET = 1911


@cache
def _words() -> Mapping[str, tuple[str, str]]:
    """The words of the contract's codes, and the service's own."""
    coded = {**contract.every(), **contract.RETURN_REASONS}
    return {code: (said.short, said.en) for code, said in coded.items()} | pairs(Path(__file__).parent / "locale")


def of(code: str) -> tuple[str, str]:
    """A code's words in Chinese and English; a unit is found by what stands behind its county."""
    if known := _words().get(code):
        return known
    unit = unit_words(code)
    return (unit.short, unit.en) if unit else (code.partition("/")[2] or code, "")


def both(code: str) -> Markup:
    """A code's words in both languages, each marked with its language."""
    zh, en = of(code)
    return side_by_side(zh, en)


def source(text: str) -> Markup:
    """Where a task comes from: a law with its article, or else a county's setting in words."""
    zh, en = _words().get(f"source.{text}", (text, text))
    return side_by_side(laws.cited(zh, "zh"), laws.cited(en, "en"))


def side_by_side(zh: str, en: str) -> Markup:
    return Markup('<span lang="zh-Hant">{}</span> <small lang="en">{}</small>').format(zh, en)


def when(time: datetime) -> Markup:
    """A time in Taiwan, its ROC year in the title."""
    local = time.astimezone(TAIPEI)
    roc = f"民國 {local.year - _ROC_OFFSET} 年 {local:%m/%d %H:%M}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(local.isoformat(), roc, f"{local:%Y-%m-%d %H:%M}")


def left(due_at: datetime, now: datetime) -> Markup:
    """How long until a task is due, or for how long it has been overdue."""
    late = now > due_at
    span = abs(due_at - now)
    zh, en = _span(span)
    return side_by_side(f"逾時 {zh}", f"{en} late") if late else side_by_side(f"剩 {zh}", f"{en} left")


def urgency(due_at: datetime | None, now: datetime) -> str:
    """`late`, `soon` (under four hours), `calm`: what a row's colour and words both say."""
    if due_at is None:
        return "calm"
    if due_at < now:
        return "late"
    return "soon" if due_at - now < timedelta(hours=4) else "calm"


def _span(span: timedelta) -> tuple[str, str]:
    minutes = int(span.total_seconds()) // 60
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} 天 {hours} 時", f"{days} d {hours} h"
    return f"{hours} 時 {minutes % 60} 分", f"{hours} h {minutes % 60} m"
