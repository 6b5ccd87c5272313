"""Following senders' numbers: a gap is named in the receipt that reveals it, and stays until a late report closes it.

The receipt costs no round trip: as long as numbers come in order, what this process stored last is enough to see that
none was passed over; else the highest durable number is read beside the keys and serials of the same group commit.
The gaps themselves are read from the stored reports (an index by number), never counted as they arrive, so that no
crash, no refusal and no second replica can make one vanish.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from kit.mongo import Document

from intake.arrivals import Arrival
from intake.domain.gaps import NumberGap, Numbers, advanced, passed_over, remaining, within
from intake.ledger.store import Ledger

Missing = tuple[int, int]


class Following:
    """Knows the highest number of each sender that this process stored; the database knows the rest."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._highest: dict[str, int] = {}

    async def gaps(self, arrivals: Iterable[Arrival]) -> Mapping[str, Missing]:
        """By report id: the numbers that are missing now, just before each report that shows it."""
        found: dict[str, Missing] = {}
        for agency, numbered in _numbered(arrivals).items():
            missing = await self._passed_over(agency, list(numbered.values()))
            found |= {id: missing[number] for id, number in numbered.items() if number in missing}
        return found

    def stored(self, documents: Iterable[Document]) -> None:
        """Remember the numbers of reports that are durable now."""
        for each in documents:
            if (number := each["report"].get("sequence")) is not None:
                agency = each["agency_id"]
                self._highest[agency] = max(number, self._highest.get(agency, number))

    async def repeated(self, arrivals: Iterable[Arrival]) -> None:
        """Count reports that came again, for the day's equation."""
        await self._ledger.repeated(Counter((each.agency.agency_id, each.day) for each in arrivals))

    async def of(self, agency_id: str) -> Sequence[NumberGap]:
        """An agency's gaps now: those known before less what came since, and those of the numbers since."""
        known, version = await self._ledger.known(agency_id)
        came = await self._ledger.numbers_in(agency_id, known.gaps)
        left = [each for gap in known.gaps for each in remaining(gap, within(gap, came))]
        seen = await self._ledger.numbers_above(agency_id, known.highest)
        now = advanced(Numbers(known.highest, tuple(left)), seen)
        if now != known:
            await self._ledger.know(agency_id, now, version)
        return now.gaps

    async def _passed_over(self, agency: str, numbers: Sequence[int]) -> Mapping[int, Missing]:
        known = self._highest.get(agency)
        if known is not None and not passed_over(known, numbers):
            return {}
        highest = await self._ledger.highest(agency)
        return passed_over(max((each for each in (known, highest) if each is not None), default=None), numbers)


def _numbered(arrivals: Iterable[Arrival]) -> Mapping[str, dict[str, int]]:
    """The numbers of the reports that have one, by agency and report id."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for each in arrivals:
        if (number := each.content.public.get("sequence")) is not None:
            found[each.agency.agency_id][each.report_id] = number
    return found
