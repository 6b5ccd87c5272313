"""What a signed-in officer may read: the board of a county, and one report with its people covered."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from contracts.event import Sealed
from contracts.languages import Lang
from kit.problems import NotFound
from kit.sealed import KeyVault
from rules.counties import settings_of

from dispatch.board import behind, view
from dispatch.board.hub import Hub
from dispatch.board.kin import KINDS, Kin
from dispatch.board.kin import MOST as MOST_KIN
from dispatch.board.others import others_of, shown
from dispatch.board.panel import Look, panel
from dispatch.board.store import Looks, Rows
from dispatch.domain.report.report import Report
from dispatch.site.officers import Officer
from dispatch.window.store import Reports

MOST_LISTED = 40
MOST_OF_ONE = 500
"""Rows of each list, and of one that is asked for by itself."""


class Reading:
    """Reads for pages; every look into a sealed report is recorded."""

    def __init__(self, reports: Reports, vault: KeyVault, looks: Looks, hub: Hub, now: Callable[[], datetime]) -> None:
        self._reports = reports
        self._rows = Rows(reports)
        self._vault = vault
        self._kin = Kin(reports, vault)
        self._looks = looks
        self._hub = hub
        self._now = now

    async def board(self, officer: Officer, county: str, lang: Lang) -> dict[str, Any]:
        """Everything the page of a county shows below its bar."""
        counters, edge = await self._hub.counters(county), await self._hub.edge(county)
        shown = {"counters": view.counters(counters, edge, lang, self._now())}
        return shown | await self.rows(officer, county, lang)

    async def rows(self, officer: Officer, county: str, lang: Lang, group: str | None = None) -> dict[str, Any]:
        """The lists of a county's board, or one of them as far as it goes; `more` are those that go on."""
        groups, most = ([group], MOST_OF_ONE) if group in view.GROUPS else (list(view.GROUPS), MOST_LISTED)
        now = self._now()
        lists = await self._rows.lists(county, groups if officer.reads else (), now, most)
        found = [report for listed in lists.values() for report in listed]
        more = {group for group, listed in lists.items() if len(listed) == most}
        return {"groups": groups, "lists": view.listed(found, lang, now), "more": more}

    async def behind(self, county: str, asked: behind.Asked, lang: Lang) -> view.View:
        """The reports behind a figure."""
        found = await self._rows.behind(asked.period(county), asked.case_type, asked.area, behind.MOST)
        return behind.shown(found, lang, self._now())

    async def panel(self, officer: Officer, report_id: str, lang: Lang) -> view.View | None:
        """One report, its people covered but for those asked for; None when there is none here for this officer."""
        if (report := await self._readable(officer, report_id)) is None:
            return None
        await self._looks.note_look(officer, report)
        values, told = await self._opened(report)
        narrative = officer.decides or await self._has_asked(officer, report)
        look = Look(officer.username, await self._looks.reveals_of(report.id), values, told, narrative)
        others = shown(await self._reports.named(others_of(report)), officer.opens)
        kin, older = await self._kin.of(report, values, officer.opens, lang, self._now())
        # Beside the event loop: the longest narrative takes some 50 ms to cover, and the worst a second.
        shown_now = await asyncio.to_thread(panel, report, look, others, lang, self._now())
        return shown_now | {"kin": kin, "older_kin": older, "most_kin": MOST_KIN, "verdict_kinds": KINDS}

    async def reveal(self, officer: Officer, report_id: str, person: int) -> None:
        """Record that this officer asks for one person's name. Raises NotFound where there is none for this officer."""
        report = await self._readable(officer, report_id)
        if report is None or not 0 <= person < len(report.form.people):
            raise NotFound("No such person here.", "查無此人。")
        await self._looks.note_reveal(officer, report, person)

    async def reveal_narrative(self, officer: Officer, report_id: str) -> None:
        """Record that this officer asks for what is told. Raises NotFound where there is none for this officer."""
        if (report := await self._readable(officer, report_id)) is None:
            raise NotFound("No such report here.", "查無此通報。")
        await self._looks.note_narrative(officer, report)

    async def _has_asked(self, officer: Officer, report: Report) -> bool:
        since = self._now() - settings_of(report.county).revealed_for
        return await self._looks.has_asked(officer, report.id, since)

    async def _readable(self, officer: Officer, report_id: str) -> Report | None:
        """The report of this id, or what a county of this officer has of the report of this id."""
        found = [each for each in await self._reports.of_report(report_id) if officer.opens(each)]
        return next((each for each in found if each.id == report_id), found[0] if found else None)

    async def _opened(self, report: Report) -> tuple[dict[str, Any] | None, dict[str, str]]:
        token = report.names_sealed
        reasons = [each.reason_sealed for each in report.history if each.reason_sealed]
        tokens = [Sealed(each) for each in (token, *reasons) if each]
        opened = dict(zip(tokens, await self._vault.open(tokens), strict=True)) if tokens else {}
        told = {reason: (opened[Sealed(reason)] or {}).get("reason", "") for reason in reasons}
        return opened[Sealed(token)] if token else {}, told
