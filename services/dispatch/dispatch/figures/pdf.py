"""The monthly report as a PDF, set from the same tables as the page."""

from datetime import datetime

from contracts.languages import Lang
from web import times
from web.report import Document, as_pdf

from dispatch.figures.monthly import Monthly
from dispatch.site.words import word


def rendered(report: Monthly, lang: Lang, now: datetime) -> bytes:
    """PDF of a report; takes about a second of a thread. Raises Unavailable where `make setup` had no Node.js."""
    return as_pdf(contents(report, lang, now), lang)


def contents(report: Monthly, lang: Lang, now: datetime) -> Document:
    """What is printed: the report's month in words, and every section's table as text."""
    title, named = word("title", lang), word("monthly_report", lang)
    roc = f"（{report.month.roc}）" if lang == "zh" else ""
    return Document(
        title=f"{report.county_name} {report.month} {roc}{named}",
        head=f"{title} · {word('subtitle', lang)}",
        printed=f"{word('printed', lang)} {times.here(now):%Y-%m-%d %H:%M}",
        foot=f"{title} · {report.county_name} · {report.month}",
        sections=report.sections,
        bold=word("month_open", lang) if report.is_open else "",
        notes=(word("hidden_note", lang),) if any(each.sheet.hides for each in report.sections) else (),
        empty=word("nothing_unusual", lang),
    )
