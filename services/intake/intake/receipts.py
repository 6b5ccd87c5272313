"""A receipt as a page to print: it proves that a report was received, and names nobody in it."""

from base64 import b64encode
from datetime import datetime
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from contracts.languages import Lang
from kit.mongo import Document
from web import pages, times
from web.headers import headers

from contracts import laws
from intake.domain.agency import SANDBOX

HERE = Path(__file__).parent / "receipt"
STYLE = "".join((folder / name).read_text("utf-8") for folder, name in
                ((pages.HERE / "static", "tokens.css"), (HERE, "receipt.css")))  # fmt: skip
HEADERS = headers(style=f"'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'")
"""A page that can be kept as a file has its style inside, and the policy knows that one style."""
_TIMES = ("known_at", "due_at", "written_due_at", "written_at")


def receipt_of(document: Document) -> dict[str, Any]:
    """The receipt as it was given; after an oral report also when the written form came."""
    receipt: dict[str, Any] = document["receipt"]
    if "written_at" not in document:
        return receipt
    return receipt | {"duty": receipt["duty"] | {"written_at": document["written_at"].isoformat()}}


def page(document: Document, sender_ref: str | None, lang: Lang) -> str:
    """The receipt of a stored report as HTML, with its sender's own reference."""
    receipt = receipt_of(document)
    return _templates().page(
        "receipt.html",
        lang,
        moment=lambda at: times.moment(datetime.fromisoformat(at), lang),
        cited=partial(laws.cited, lang=lang),
        style=STYLE,
        **receipt
        | {
            "agency_id": document["agency_id"],
            "sender_ref": sender_ref,
            "version": document["version"],
            "trial": document["county"] == SANDBOX,
            "gap": receipt.get("gap"),
            "duty": receipt["duty"] and dict.fromkeys(_TIMES) | receipt["duty"],
        },
    )


@cache
def _templates() -> pages.Templates:
    return pages.Templates(HERE)
