"""A receipt as a page to print: it proves that a report was received, and names nobody in it."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from kit.mongo import Document

from contracts import laws
from intake.domain.agency import SANDBOX
from intake.domain.serial import TAIPEI

PAGE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_ROC_OFFSET = 1911
_TIMES = ("known_at", "due_at", "written_due_at", "written_at")


def receipt_of(document: Document) -> dict[str, Any]:
    """The receipt as it was given; after an oral report also when the written form came."""
    receipt: dict[str, Any] = document["receipt"]
    if "written_at" not in document:
        return receipt
    return receipt | {"duty": receipt["duty"] | {"written_at": document["written_at"].isoformat()}}


def page(document: Document) -> str:
    """The receipt of a stored report as HTML, in Chinese and English."""
    receipt = receipt_of(document)
    return _template().render(
        receipt
        | {
            "received_at": taiwan_time(receipt["received_at"]),
            "duty": _duty(receipt["duty"]),
            "agency_id": document["agency_id"],
            "sender_ref": document["report"].get("sender_ref"),
            "version": document["version"],
            "trial": document["county"] == SANDBOX,
            "gap": receipt.get("gap"),
        }
    )


def taiwan_time(text: str | None) -> str | None:
    """`民國 115 年 11 月 20 日 21:40 (2026-11-20)`."""
    if text is None:
        return None
    at = datetime.fromisoformat(text).astimezone(TAIPEI)
    return f"民國 {at.year - _ROC_OFFSET} 年 {at.month} 月 {at.day} 日 {at:%H:%M} ({at:%Y-%m-%d})"


def _duty(duty: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return dict(duty) | {name: taiwan_time(duty.get(name)) for name in _TIMES} if duty else None


@cache
def _template() -> Template:
    text = (files("intake") / "data" / "receipt.html").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters["cited"] = laws.cited
    return environment.from_string(text)
