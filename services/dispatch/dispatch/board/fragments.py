"""Parts of the board as every board of a language shows them: rows, and the edge with its counters."""

from collections.abc import Callable, Sequence
from datetime import datetime

from contracts.languages import Lang

from dispatch.board import view
from dispatch.domain.report.report import Report
from dispatch.figures.edge import Edge
from dispatch.figures.ledger import Counters
from dispatch.site.pages import Pages


class Fragments:
    """Draws what the boards are told."""

    def __init__(self, pages: Pages, now: Callable[[], datetime]) -> None:
        self._pages = pages
        self._now = now

    def counters(self, counters: Counters, edge: Edge, lang: Lang) -> str:
        shown = view.counters(counters, edge, lang, self._now())
        return self._pages.page("counters.html", lang, counters=shown)

    def rows(self, reports: Sequence[Report], lang: Lang) -> str:
        """Rows without their list, for boards that put them where they belong."""
        rows = (view.row(report, lang, self._now()) for report in reports)
        return "".join(self._pages.page("row.html", lang, r=row) for row in rows)
