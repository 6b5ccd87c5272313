"""The monthly report as a PDF, set by Typst from the same tables as the page."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import typst
from contracts.languages import Lang
from kit.problems import Unavailable
from web import times

from dispatch.figures.monthly import Monthly
from dispatch.site import words
from dispatch.site.places import VENDOR

FONTS = VENDOR / "fonts"
TEMPLATE = Path(__file__).with_name("report.typ")
_WORDS = ("title", "subtitle", "monthly_report", "printed", "hidden_note", "month_open", "nothing_unusual", "page_of")


def rendered(report: Monthly, lang: Lang, now: datetime) -> bytes:
    """PDF of a report; takes about a second of a thread. Raises Unavailable where `make setup` had no Node.js."""
    if not FONTS.is_dir():
        raise Unavailable(
            "PDFs need a Chinese font: run make setup on a machine with Node.js 20, or print the page instead.",
            "PDF 需要中文字型：請在有 Node.js 20 的主機執行 make setup，或直接列印網頁。",
        )
    told = {"data": json.dumps(contents(report, lang, now), ensure_ascii=False)}
    made: bytes = typst.compile(
        TEMPLATE, root=TEMPLATE.parent, font_paths=[FONTS], ignore_system_fonts=True, sys_inputs=told
    )
    return made


def contents(report: Monthly, lang: Lang, now: datetime) -> dict[str, object]:
    """What the template is given: words, the report's month, and every section's table as text."""
    return {
        "lang": lang,
        "words": {name: words.word(name, lang) for name in _WORDS},
        "county": report.county_name,
        "month": str(report.month),
        "roc": report.month.roc if lang == "zh" else "",
        "is_open": report.is_open,
        "hides": any(section.sheet.hides for section in report.sections),
        "printed": f"{times.here(now):%Y-%m-%d %H:%M}",
        "sections": [asdict(section) for section in report.sections],
    }
