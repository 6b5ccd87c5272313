"""The reports of the years that a county published, and the handlers that they go through."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import yaml
from contracts.event import Event
from contracts.reports import Report, ReportId, ReportReceived, SourceUnit
from dispatch.figures.analysis import Analysis
from dispatch.figures.published import PUBLISHED
from dispatch.figures.store import Figures
from dispatch.policy import policies
from dispatch.window.handlers import Handlers
from dispatch.window.store import Reports
from kit import mongo
from kit.inbox import Received, Record
from kit.outbox import Outgoing
from kit.sealed import BlindIndexes, KeyVault, split
from rules.national_id import is_national_id
from rules.spans import TAIPEI

DECK = yaml.safe_load((Path(__file__).parents[1] / "data" / "published_2021.yaml").read_text("utf-8"))
COUNTY = DECK["county"]
BATCH = 300
LOADED = {2021: tuple(PUBLISHED), 2020: ("consultation",)}
"""The rows that are loaded of each year: of 2020 the one that the deck misprints."""
TOWNS = ("民雄鄉", "朴子市", "布袋鎮", "水上鄉", "中埔鄉", "竹崎鄉", "大林鎮", "太保市", "梅山鄉")
SURNAMES = "陳林黃李王吳蔡楊許鄭謝郭洪邱曾廖賴周"
GIVEN = ("美雅冠俊品芳德惠啟國子怡家思明安文承", "瑜婷恩傑翰琪蓉豪萱君薇龍妃凱順佑蘭岳")
GRAVE = {
    "adult": ("physical_violence", "strangulation"),
    "child": ("physical_violence", "child_injury"),
    "sexual": ("sexual_violence", "forced_sex"),
    "consultation": ("physical_violence", "death_threat"),
}
"""The kind of event and the danger sign of a case type for which protection is sent."""


# --- the reports of a year -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """One report to send: whose and when its event was, what triage shall make of it, who sends it and when."""

    person: int
    happened_at: datetime
    received_at: datetime
    case_type: str
    source: str
    outcome: str
    like: str
    """The outcome whose facts it tells: for a duplicate, that of the report it repeats."""


def year_of(year: int) -> list[Told]:
    """Every report of a published year and those it repeats from the year before, in the order of reception."""
    numbers, told = iter(range(100_000)), []
    for name in LOADED[year]:
        figures = dict(zip(DECK["outcomes"]["columns"], DECK["outcomes"][year]["rows"][name], strict=True))
        told += _row(figures, _senders(year, name, figures["reports"]), numbers, Random(f"{year} {name}"))
    return sorted(told, key=lambda each: each.received_at)


def _senders(year: int, name: str, reports: int) -> list[tuple[str, str, date, date]]:
    """Case type, source, first and last day of every report of a row: the table of sources is of 2021, to August."""
    kinds, (first, last), told = PUBLISHED[name], DECK["outcomes"][year]["period"], []
    if first == DECK["sources"]["period"][0]:
        for kind in kinds:
            by_source = zip(DECK["sources"]["columns"], DECK["sources"]["rows"][kind], strict=True)
            told += [(str(kind), source, *DECK["sources"]["period"]) for source, n in by_source for _ in range(n)]
        first = DECK["sources"]["period"][1] + timedelta(days=1)
    others = islice(cycle((str(kind), "police", first, last) for kind in kinds), reports - len(told))
    return [*told, *others]


def _row(
    figures: dict[str, int], senders: list[tuple[str, str, date, date]], numbers: Iterator[int], random: Random
) -> list[Told]:
    random.shuffle(senders)
    served = ("transferred", "welfare_centre", "protection", "no_dispatch")
    outcomes = [name for name in served for _ in range(figures[name])]
    first = [_first(next(numbers), name, sender, random) for name, sender in zip(outcomes, senders, strict=False)]
    again = max(5, len(first) - figures["persons"])
    repeated_from_before = figures["persons"] - len(first) + again
    first = _with_second_events(first, again, "protection" if figures["protection"] > 8 * again else "welfare_centre")
    duplicates = []
    for number, sender in enumerate(senders[len(first) :]):
        if number < repeated_from_before:
            before = _before(next(numbers), sender, random)
            duplicates += [before, _again(before, sender, random)]
        else:
            duplicates.append(_again(random.choice([one for one in first if _may_repeat(one, sender)]), sender, random))
    return first + duplicates


def _first(person: int, outcome: str, sender: tuple[str, str, date, date], random: Random) -> Told:
    case_type, source, first, last = sender
    day = first + timedelta(days=random.randrange((last - first).days + 1))
    at = datetime(day.year, day.month, day.day, random.randrange(20), random.randrange(60), tzinfo=TAIPEI)
    return Told(person, at - timedelta(hours=3), at, case_type, source, outcome, outcome)


def _with_second_events(first: list[Told], many: int, outcome: str) -> list[Told]:
    """The last of a case type tell of a new event of those whom the earliest are about."""
    of_one = sorted((each for each in first if each.outcome == outcome), key=lambda each: each.received_at)
    of_one = [each for each in of_one if each.case_type == of_one[0].case_type]
    persons = {id(late): early.person for early, late in zip(of_one[:many], of_one[-many:], strict=True)}
    return [replace(each, person=persons.get(id(each), each.person)) for each in first]


def _before(person: int, sender: tuple[str, str, date, date], random: Random) -> Told:
    """What was reported on the eve of the year, and is told again in it."""
    eve = datetime(sender[2].year - 1, 12, 31, random.randrange(8, 20), random.randrange(60), tzinfo=TAIPEI)
    return Told(person, eve - timedelta(hours=1), eve, sender[0], "hotline_113", "protection", "protection")


def _may_repeat(one: Told, sender: tuple[str, str, date, date]) -> bool:
    return one.case_type == sender[0] and sender[2] <= one.received_at.date() <= sender[3]


def _again(one: Told, sender: tuple[str, str, date, date], random: Random) -> Told:
    opens = datetime(sender[2].year, sender[2].month, sender[2].day, tzinfo=TAIPEI)
    at = max(one.received_at, opens) + timedelta(minutes=random.randrange(1, 200))
    return replace(one, received_at=at, source=sender[1], outcome="duplicate")


def body(told: Told) -> dict[str, Any]:
    """A report whose facts triage to `told.like`; every person is fictitious."""
    family = told.case_type.split("_", maxsplit=1)[0]
    kind, sign = GRAVE[family]
    grave, help = told.like == "protection", told.like == "welfare_centre"
    mild = {"sexual": ["sexual_violence"], "consultation": []}.get(family, ["psychological_violence"])
    town = TOWNS[told.person % len(TOWNS)]
    event = {"kinds": [kind] if grave else mild, "danger_signs": [sign] if grave else [],
             "occurred_at": told.happened_at.isoformat(), "place": {"county": COUNTY, "township": town}}  # fmt: skip
    home = {"county": "chiayi-city", "township": "東區"} if told.like == "transferred" else event["place"]
    others = [{"role": "alleged_perpetrator", "relation_to_subject": "acquaintance"}] if family == "sexual" else []
    others += [{"role": "household_member", "birth_date": f"{told.received_at.year - 8}-05-01"}] if help else []
    return {
        "case_type": told.case_type, "county": COUNTY, "event": event, "needs": _needs(family, help),
        "people": [person(told) | {"residence": home}, *others],
        "assessments": [{"tool": "bsrs5", "score": 12}] if family == "sexual" and help else [],
    }  # fmt: skip


def _needs(family: str, help: bool) -> list[str]:
    if help and family != "sexual":
        return ["economic_hardship", "support_system_change"]
    return ["relationship_conflict"] if family == "consultation" else []


def person(told: Told) -> dict[str, Any]:
    """Someone whom nobody resembles: one in four known by name and birth date, the others by their national id.

    A minor is 7 to 12, or 16 of a sexual assault. Fewer keys to a person are fewer writes to wait for.
    """
    number, year = told.person, told.happened_at.year
    minor = "minor" in told.case_type or told.case_type.startswith("child")
    born = year - (17 if told.case_type == "sexual_assault_minor" else 8 + number % 5) if minor else 1940 + number % 60
    day = f"{born}-{number % 12 + 1:02}-{number % 28 + 1:02}"
    if number % 4 == 0:
        known = {"name": SURNAMES[number // 4 % 18] + GIVEN[0][number // 72 % 18] + GIVEN[1][number // 1296 % 18]}
    else:
        digits = (f"Q2{number:07}{digit}" for digit in range(10))
        known = {"national_id": next(text for text in digits if is_national_id(text))}
    return {"role": "subject", "birth_date": day} | known


# --- through the handlers ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Database:
    """A database of one year: its prefix and keys, and the address of its server."""

    url: str
    prefix: str
    key: bytes

    async def load(self, told: Sequence[Told]) -> None:
        client = mongo.connect(self.url)
        reports, vault = self.reports(client), self.vault(client)
        await reports.prepare()
        clock = [told[0].received_at]
        handlers = Handlers(reports, vault, BlindIndexes(self.key), policies(), lambda: clock[0])
        for start in range(0, len(told), BATCH):
            clock[0] = told[min(start + BATCH, len(told)) - 1].received_at
            await handlers.on_reports(await sealed(told[start : start + BATCH], start, vault))
        client.close()

    def reports(self, client: mongo.Client) -> Reports:
        return Reports(client, mongo.database(client, f"{self.prefix}dispatch"), unpublished)

    def analysis(self, client: mongo.Client) -> Analysis:
        """Of this year, when it is over."""
        figures = Figures(mongo.database(client, f"{self.prefix}dispatch"))
        return Analysis(figures, self.reports(client), lambda: datetime(2021, 10, 1, tzinfo=TAIPEI))

    def vault(self, client: mongo.Client) -> KeyVault:
        return KeyVault(mongo.database(client, f"{self.prefix}keyvault")["keys"], self.key)


async def unpublished(event: Outgoing) -> None:
    """Nobody listens."""


async def sealed(told: Sequence[Told], start: int, vault: KeyVault) -> list[Received[Event]]:
    """Reports as intake sends them, each sealed under a key of its own."""
    keys = [vault.new_key(f"report-{start + number}", "report") for number in range(len(told))]
    await vault.keep(keys)
    batch: list[Received[Event]] = []
    for number, (each, key) in enumerate(zip(told, keys, strict=True), start):
        public, personal = split(Report.model_validate(body(each)))
        event = ReportReceived(
            report_id=ReportId(str(UUID(int=number))), serial=f"CYI-{number:06}", agency_id=each.source,
            source_unit=SourceUnit(each.source), received_at=each.received_at, report=Report.model_validate(public),
            sealed={"report": key.seal(personal["report"])},
        )  # fmt: skip
        batch.append(Received(f"cause-{number}", event, {}, Record("t", 0, number, None, None, {})))
    return batch
