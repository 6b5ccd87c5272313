"""The monthly report as a PDF, set by Typst from the same tables as the page."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from contracts.languages import Lang
from web import times
from web.typesetting import typeset

from dispatch.figures.monthly import Monthly
from dispatch.site import words

TEMPLATE = Path(__file__).with_name("report.typ")
_WORDS = ("title", "subtitle", "monthly_report", "printed", "hidden_note", "month_open", "nothing_unusual", "page_of")


def rendered(report: Monthly, lang: Lang, now: datetime) -> bytes:
    """PDF of a report. Raises Unavailable without a font."""
    return typeset(TEMPLATE, contents(report, lang, now))


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
