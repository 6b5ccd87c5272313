"""Cases as one caller or signed-in person may see and change them, for the API and the pages alike."""

from contracts.cases import CaseId
from contracts.reports import ReportId
from contracts.roles import Caller
from kit.problems import Conflict, Forbidden, NotFound

from network.domain.case import Case
from network.domain.cases import NotInCase
from network.handlers import Handlers
from network.scopes import Scope
from network.store import Cases


class Desk:
    """What one person may not see does not exist for them."""

    def __init__(self, cases: Cases, handlers: Handlers) -> None:
        self._cases = cases
        self._handlers = handlers

    def scope(self, caller: Caller) -> Scope:
        return Scope(caller.counties, caller.units)

    async def case(self, id: CaseId, caller: Caller) -> Case:
        """Raises NotFound, also for a case that this caller may not see."""
        case = await self._cases.get(id)
        if case is None or not self.scope(caller).covers(case):
            raise NotFound("There is no such case.", "查無此共案。")
        return case

    async def accept(self, id: CaseId, report_id: ReportId, caller: Caller, by: str) -> Case:
        """Raises NotFound, Forbidden, Conflict."""
        await self._must_speak_for(id, caller)
        try:
            await self._handlers.accept(id, report_id, by)
        except NotInCase:
            raise _not_at_work() from None
        return await self.case(id, caller)

    async def return_(self, id: CaseId, report_id: ReportId, caller: Caller, reason: str, by: str) -> Case:
        """Raises NotFound, Forbidden, Conflict."""
        await self._must_speak_for(id, caller)
        try:
            await self._handlers.return_(id, report_id, reason, by)
        except NotInCase:
            raise _not_at_work() from None
        return await self.case(id, caller)

    async def _must_speak_for(self, id: CaseId, caller: Caller) -> None:
        if not self.scope(caller).speaks_for(await self.case(id, caller)):
            raise Forbidden("Only the lead unit may do that.", "僅主責單位可執行。")


def _not_at_work() -> Conflict:
    return Conflict("This report is not at work in this case.", "此通報不在此共案處理中。")
