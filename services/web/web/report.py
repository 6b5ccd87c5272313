"""A report of figures as a PDF, set from the same tables as its page."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from contracts.languages import Lang

from web.sheet import Section
from web.typesetting import typeset

TEMPLATE = Path(__file__).with_name("report.typ")


@dataclass(frozen=True)
class Document:
    """Everything that a report prints, in words: `foot` stands on every page, `notes` before the first table.

    `bold` is a note that must not be overlooked; `empty` is written instead of a table without rows; `slides` are wide,
    a table each.
    """

    title: str
    head: str
    printed: str
    foot: str
    sections: Sequence[Section]
    bold: str = ""
    notes: Sequence[str] = ()
    empty: str = ""
    slides: bool = False


def as_pdf(document: Document, lang: Lang) -> bytes:
    """Takes about a second of a thread. Raises Unavailable where `make setup` had no Node.js."""
    return typeset(TEMPLATE, {"lang": lang} | asdict(document))
