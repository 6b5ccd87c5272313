"""Reports as PDFs, set by Typst from the same tables as their pages."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import typst
from contracts.languages import Lang
from kit.problems import Unavailable

from web.sheet import Section

FONTS = Path(__file__).parent / "fonts"
"""Copied from npm by `make setup`, where it found Node.js."""
TEMPLATE = Path(__file__).with_name("report.typ")


@dataclass(frozen=True)
class Document:
    """Everything that a report prints, in words: `foot` stands on every page, `notes` before the first table.

    `bold` is a note that must not be overlooked; `empty` is written instead of a table without rows.
    """

    title: str
    head: str
    printed: str
    foot: str
    sections: Sequence[Section]
    bold: str = ""
    notes: Sequence[str] = ()
    empty: str = ""


def as_pdf(document: Document, lang: Lang) -> bytes:
    """Takes about a second of a thread. Raises Unavailable where `make setup` had no Node.js."""
    if not FONTS.is_dir():
        raise Unavailable(
            "PDFs need a Chinese font: run make setup on a machine with Node.js 20, or print the page instead.",
            "PDF 需要中文字型：請在有 Node.js 20 的主機執行 make setup，或直接列印網頁。",
        )
    told = {"data": json.dumps({"lang": lang} | asdict(document), ensure_ascii=False)}
    made: bytes = typst.compile(
        TEMPLATE, root=TEMPLATE.parent, font_paths=[FONTS], ignore_system_fonts=True, sys_inputs=told
    )
    return made
