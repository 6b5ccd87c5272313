"""A call that somebody at a desk writes down: counted for who told it, with the unit that wrote it beside."""

from dataclasses import dataclass
from datetime import datetime

from contracts.reports import SourceUnit, Submission
from contracts.roles import Caller
from kit.problems import Forbidden, Unprocessable
from web.callers import must_cover

from intake.arrivals import Sealing, arrival
from intake.desk.told_links import ToldLinks
from intake.domain.agency import Agency
from intake.handlers import Accepted, Reception


@dataclass(frozen=True)
class Calls:
    """Takes reports in the name of who telephoned."""

    sealing: Sealing
    reception: Reception
    links: ToldLinks

    async def write(
        self, submission: Submission, caller: Caller, at: datetime, key: str | None = None
    ) -> tuple[Accepted, str]:
        """The receipt, and the secret by which who told it hears what became of it. Raises Forbidden, Unprocessable."""
        must_cover(caller, submission.county)
        if submission.told_by is None:
            wrong = {"at": "/told_by", "code": "missing", "zh": "請填 told_by。", "en": "Say who telephoned."}
            raise Unprocessable(
                "Correct the fields below and send again.", "請更正下列欄位後重新送出。", errors=[wrong]
            )
        unit = writer(caller, submission.county)
        agency = Agency(f"desk.{unit.replace('/', '.')}", SourceUnit.CIVIL_AFFAIRS, frozenset({submission.county}))
        told = await self.reception.accept(arrival(self.sealing, agency, submission, key, at, written_by=unit))
        return told, await self.links.make(str(told.receipt["report_id"]), at)


def writer(caller: Caller, county: str) -> str:
    """The unit in whose name a caller writes: their own, or the window's. Raises Forbidden."""
    if not caller.units:
        return f"{county}/window"
    mine = next((each for each in sorted(caller.units) if each.startswith(f"{county}/")), None)
    if mine is None:
        raise Forbidden("You do not speak for a unit of this county.", "您不代表該縣市的單位。")
    return mine
