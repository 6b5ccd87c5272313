"""How well people are found again: a labelled set of reports, half of them of people with a common name.

`python -m tests.load.identity [REPORTS]` prints precision and recall of what is decided and of what is suggested; then
of the same reports among a flood of those that share what is nobody's own.
"""

import hashlib
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from contracts.people import Person, Place, Role, Sex
from contracts.reports import CaseType, Occurrence, Report, SourceUnit
from dispatch.domain.people.duplicates import Known, Window, relate
from dispatch.domain.people.matching import candidates, likeness
from dispatch.domain.people.traits import of_family
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.triage.facts import Facts, facts_of
from rich.console import Console
from rich.table import Table
from rules.national_id import check_digit_holds, is_national_id
from rules.people import Keys, keys_of
from simulator.people import Household, Population, spoilt
from simulator.people import Person as Someone

SEED = 20261122
TODAY = date(2026, 11, 22)
START = datetime(2026, 1, 1, tzinfo=UTC)
REMEMBERED = 50
COMMON = ("陳怡君", "林怡君", "陳雅婷", "張雅婷", "陳淑芬", "林志明", "陳志明", "陳俊傑")
SOUND_ALIKE = {
    "怡": "宜儀", "君": "軍均", "雅": "亞", "婷": "庭亭", "淑": "書", "芬": "分", "志": "智至", "明": "銘名",
    "俊": "峻駿", "傑": "杰節", "陳": "程", "林": "琳", "張": "章", "宏": "鴻弘", "豪": "毫", "心": "欣新",
    "惠": "慧蕙", "廷": "庭", "玲": "鈴伶", "佳": "嘉家", "詩": "思", "涵": "函", "承": "丞", "文": "雯", "英": "瑛",
}  # fmt: skip
VARIANTS = {"傑": "杰", "峰": "峯", "啟": "啓", "鳳": "凤", "國": "国", "陳": "陈", "張": "张", "麗": "丽", "臺": "台"}
LOOK_ALIKE = {
    "怡": "治",
    "君": "群",
    "婷": "停",
    "淑": "椒",
    "明": "朋",
    "雅": "稚",
    "俊": "後",
    "芬": "芳",
    "志": "忘",
}
AGENCIES = (SourceUnit.POLICE, SourceUnit.MEDICAL, SourceUnit.SOCIAL_AFFAIRS, SourceUnit.HOTLINE_113)


@dataclass(frozen=True)
class Labelled:
    """A report as written, and the truth: who it is about, of which house, in which event; what was written wrong."""

    incoming: Incoming
    facts: Facts
    keys: Keys
    person: str
    house: int
    event: str
    slips: frozenset[str]

    def known(self, duplicate_of: str | None = None) -> Known:
        one, facts = self.incoming, self.facts
        return Known(
            one.report_id, one.received_at, one.report.event.occurred_at, facts.case_type, one.source_unit.value,
            one.agency_id, tuple(facts.kinds), facts.township, self.keys, duplicate_of=duplicate_of,
        )  # fmt: skip


@dataclass
class Score:
    """How often something was said, said rightly, and should have been said."""

    said: int = 0
    right: int = 0
    true: int = 0

    def add(self, *, said: bool, right: bool, true: bool) -> None:
        self.said, self.right, self.true = self.said + said, self.right + right, self.true + true

    @property
    def precision(self) -> float:
        return self.right / self.said if self.said else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0


@dataclass
class Result:
    """What was decided of each report, and suggested of each pair; `found` is recall by what was written wrong."""

    duplicate: Score = field(default_factory=Score)
    person: Score = field(default_factory=Score)
    family: Score = field(default_factory=Score)
    suggested: Score = field(default_factory=Score)
    household: Score = field(default_factory=Score)
    found: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    listed: list[int] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)


Happens = Callable[[str, float], bool]


def index(kind: str, *values: str) -> str:
    return hashlib.sha256("\x1f".join((kind, *values)).encode()).hexdigest()[:16]


def households(rng: Random, count: int) -> list[Household]:
    """Families, half of them with an adult of a common name; now and then two such share a birth date by chance."""
    population, made = Population(rng, TODAY), list[Household]()
    births: dict[str, date] = {}
    for _ in range(count):
        house = population.household()
        if rng.random() < 0.5:
            seat, adult = house.members[0]
            name = rng.choice(COMMON)
            born = (
                births[name]
                if name in births and rng.random() < 0.06
                else date(rng.randint(1975, 1995), 1, 1) + timedelta(rng.randrange(365))
            )
            births[name] = born
            house = replace(house, members=((seat, replace(adult, name=name, birth_date=born)), *house.members[1:]))
        made.append(house)
    return made


def labelled(count: int, seed: int = SEED) -> list[Labelled]:
    """`count` reports in the order in which they come: of some people several, of some events two."""
    rng, made = Random(seed), list[Labelled]()
    for number, house in enumerate(households(rng, count // 2)):
        for repeat in range(rng.choice([1, 1, 2, 3])):
            subject = rng.choice(house.members[:3])[1]
            at = START + timedelta(days=rng.randrange(80) * 4 + repeat, minutes=rng.randrange(60 * 18))
            event = f"{number}.{repeat}"
            for agency in rng.sample(AGENCIES, rng.choice([1, 1, 2])):
                made.append(_report(rng, house, number, subject, at, event, agency, len(made)))
    return sorted(made, key=lambda one: one.incoming.received_at)[:count]


def _report(
    rng: Random, house: Household, number: int, subject: Someone, at: datetime, event: str, agency: SourceUnit, id: int
) -> Labelled:
    written, slips = _written(rng, subject, Role.SUBJECT)
    others = [member for _, member in house.members if member is not subject and rng.random() < 0.4]
    members = [_written(rng, member, Role.HOUSEHOLD_MEMBER)[0] for member in others]
    said = at + timedelta(minutes=rng.randint(-40, 40))
    occurrence = Occurrence(
        occurred_at=said, place=Place(county="chiayi-county", township=subject.residence.township),
        kinds=("physical_violence",),
    )  # fmt: skip
    report = Report(
        case_type=CaseType.ADULT_PROTECTION, county="chiayi-county", event=occurrence, people=(written, *members)
    )
    received = max(said, at) + timedelta(minutes=rng.randint(30, 300))
    incoming = Incoming(f"r{id}", 1, "chiayi-county", agency.value, agency, received, report)
    keys = keys_of(report, index)
    return Labelled(incoming, facts_of(incoming), keys, subject.national_id, number, event, slips)


def _written(rng: Random, person: Someone, role: Role) -> tuple[Person, frozenset[str]]:
    """A person as some agency writes them down, and what it got wrong."""
    slips: set[str] = set()

    def happens(what: str, share: float) -> bool:
        if hit := rng.random() < share:
            slips.add(what)
        return hit

    fields: dict[str, Any] = {"role": role, "sex": Sex(person.sex), "name": _name(rng, person.name, happens)}
    if not happens("no_id", 0.45):
        fields["national_id"] = spoilt(person.national_id) if happens("wrong_id", 0.05) else person.national_id
    if not happens("no_birth_date", 0.1):
        fields["birth_date"] = _birth_date(person.birth_date, happens)
    if not happens("no_phone", 0.3):
        fields["phones"] = (f"0911{rng.randrange(10**6):06d}",) if happens("other_phone", 0.15) else (person.phone,)
    if not happens("no_address", 0.25):
        fields["residence"] = _residence(rng, person, happens)
    return Person(**fields), frozenset(slips)


def _name(rng: Random, name: str, happens: Happens) -> str:
    for what, share, table in (
        ("homophone", 0.06, SOUND_ALIKE),
        ("variant", 0.06, VARIANTS),
        ("look_alike", 0.02, LOOK_ALIKE),
    ):
        places = [place for place, glyph in enumerate(name) if glyph in table]
        if places and happens(what, share):
            place = rng.choice(places)
            return name[:place] + rng.choice(table[name[place]]) + name[place + 1 :]
    if len(name) == 3 and happens("swapped", 0.03):
        return name[1:] + name[0]
    return f"{name[0]}○○" if happens("masked", 0.01) else name


def _birth_date(born: date, happens: Happens) -> date:
    if (born.month, born.day) != (2, 29):
        if happens("roc_slip", 0.04):
            return born.replace(year=born.year - 11)
        if born.day <= 12 and born.day != born.month and happens("day_month", 0.06):
            return born.replace(month=born.day, day=born.month)
        if 10 <= born.day <= 18 and happens("digit", 0.05):
            return born.replace(day=born.day + 1)
    return born


def _residence(rng: Random, person: Someone, happens: Happens) -> Place:
    at = person.residence
    address = at.address
    if happens("other_address", 0.05):
        address = f"中山路 {rng.randint(500, 900)} 號"
    elif happens("address_written_otherwise", 0.4):
        address = rng.choice([f"嘉義縣{at.township}{at.village}{address}", address.replace(" ", "").translate(_WIDE)])
    return Place(county=at.county, township=at.township, village=at.village, address=address)


_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def flood(count: int, seed: int = SEED) -> list[Labelled]:
    """Reports in pairs that share what is nobody's own, on one evening in one township: every one is another person.

    Newborns of two mothers; pseudonyms with their school's telephone; siblings with the mother's number; people with
    the number that forms print; people without a name who share an institution's line and house.
    """
    rng = Random(seed + 1)
    kinds = (_newborns, _pseudonyms, _siblings, _printed, _nameless)
    pairs = [kinds[number % len(kinds)](rng, number) for number in range(count // 2)]
    return [one for number, pair in enumerate(pairs) for one in _pair(rng, number, *pair)]


Pair = tuple[tuple[Person, ...], tuple[Person, ...], bool]
"""The people of two reports, and whether they are of one house."""


def _number(rng: Random, sex: int = 2) -> str:
    """A right national id that counts neither up nor down."""
    while True:
        body = f"{rng.choice('ABCDEFGHJKLMNPQRSTUVXYWZ')}{sex}{rng.randrange(10**7):07}"
        number = next(f"{body}{last}" for last in range(10) if check_digit_holds(f"{body}{last}"))
        if is_national_id(number):
            return number


def _somebody(rng: Random, role: Role = Role.SUBJECT, **fields: Any) -> Person:
    name = rng.choice("陳林黃張李王吳劉蔡楊") + "".join(rng.sample("怡君雅婷淑芬志明俊傑宜蓁品睿子晴承恩家豪美惠", 2))
    born = date(1970, 1, 1) + timedelta(rng.randrange(12_000))
    return Person.model_validate({"role": role, "name": name, "birth_date": born} | fields)


def _newborns(rng: Random, number: int) -> Pair:
    name = rng.choice(("新生兒", "女嬰", "Baby Girl", "新生男嬰", "王○○之子", "林寶寶", "未命名", "陳小美之女"))
    made = [
        (Person(role=Role.SUBJECT, name=name, birth_date=TODAY, phones=("05-2765041",)),
         _somebody(rng, Role.CAREGIVER, national_id=_number(rng)))
        for _ in range(2)
    ]  # fmt: skip
    return (*made, False)  # type: ignore[return-value]


def _pseudonyms(rng: Random, number: int) -> Pair:
    name = rng.choice(("甲男", "A女", "代號 AB-123", "某生", "少年A", "小明", "乙童", "王同學", "學生甲"))
    born = date(2012, 3, 1 + number % 28)
    one = Person(role=Role.SUBJECT, name=name, phones=("05-2263411",), birth_date=born)
    return (one,), (one.model_copy(update={"sex": Sex.MALE}),), False


def _siblings(rng: Random, number: int) -> Pair:
    hers = _number(rng)
    one, other = (_somebody(rng, national_id=hers, phones=(f"0933{number:06}",)) for _ in range(2))
    born = date(2015 + number % 8, 1 + number % 12, 3)
    return (one.model_copy(update={"birth_date": born}),), (other.model_copy(update={"birth_date": None}),), True


def _printed(rng: Random, number: int) -> Pair:
    sample = rng.choice(("A123456789", "B123456780", "A223456781"))
    return (_somebody(rng, national_id=sample),), (_somebody(rng, national_id=sample),), False


def _nameless(rng: Random, number: int) -> Pair:
    at = Place(county="chiayi-county", township="民雄鄉", address="保健街100號")
    name = rng.choice(("不詳", "無名氏", "路人", "unknown", "N/A", "XXX", "○○○", "王小明"))
    one = Person(role=Role.SUBJECT, name=name, phones=("05-2721234#21",), residence=at)
    return (one,), (one,), False


def _pair(rng: Random, number: int, one: tuple[Person, ...], other: tuple[Person, ...], kin: bool) -> list[Labelled]:
    at = START + timedelta(days=number, hours=20)
    houses = (10**6 + number, 10**6 + number if kin else 2 * 10**6 + number)
    return [_flooding(people, house, at, f"f{number}.{place}", AGENCIES[place])
            for place, (people, house) in enumerate(zip((one, other), houses, strict=True))]  # fmt: skip


def _flooding(people: tuple[Person, ...], house: int, at: datetime, event: str, agency: SourceUnit) -> Labelled:
    occurrence = Occurrence(
        occurred_at=at, place=Place(county="chiayi-county", township="民雄鄉"), kinds=("physical_violence",)
    )
    report = Report(case_type=CaseType.CHILD_PROTECTION, county="chiayi-county", event=occurrence, people=people)
    incoming = Incoming(event, 1, "chiayi-county", agency.value, agency, at + timedelta(hours=1), report)
    return Labelled(incoming, facts_of(incoming), keys_of(report, index), event, house, event, frozenset())


def flooded(reports: Sequence[Labelled], count: int) -> list[Labelled]:
    """The reports with a flood among them, in the order in which they come."""
    return sorted([*reports, *flood(count)], key=lambda one: one.incoming.received_at)


def measure(reports: Sequence[Labelled]) -> Result:
    """Every report against those before it, found as the store finds them: by their blind keys."""
    result, under, window = Result(), defaultdict[str, list[int]](list), Window()
    numbers = {one.incoming.report_id: number for number, one in enumerate(reports)}
    known: list[Known] = []
    for number, mine in enumerate(reports):
        near = sorted({other for key in mine.keys.blocking for other in under[key][-REMEMBERED:]})
        relation = relate(mine.incoming, mine.facts, mine.keys, [known[other] for other in near], window)
        of = reports[numbers[relation.of]] if relation.of else None
        _count_decided(result, mine, relation.kind, of, reports[:number])
        family = list(of_family(mine.incoming.report.people))
        alike = [(known[other], likeness(family, reports[other].incoming.report.people)) for other in near]
        shown = candidates(mine.incoming, mine.facts, alike, window)
        _count_suggested(result, mine, {numbers[one.report_id]: one.suggests for one in shown}, reports[:number])
        known.append(mine.known(relation.of if relation.kind == "same_event" else None))
        for key in mine.keys.blocking:
            under[key].append(number)
    return result


_ONE_PERSON = ("same_event", "same_person_new_event")


def _count_decided(result: Result, mine: Labelled, kind: str, of: Labelled | None, before: Sequence[Labelled]) -> None:
    """A decision is right when the report it names is of the same event, person or house."""

    def add(score: Score, what: str, *, said: bool) -> None:
        right = of is not None and getattr(of, what) == getattr(mine, what)
        score.add(
            said=said, right=said and right, true=any(getattr(one, what) == getattr(mine, what) for one in before)
        )

    add(result.duplicate, "event", said=kind == "same_event")
    add(result.person, "person", said=kind in _ONE_PERSON)
    add(result.family, "house", said=kind != "not_same")


def _count_suggested(result: Result, mine: Labelled, suggested: Mapping[int, str], before: Sequence[Labelled]) -> None:
    for number, other in enumerate(before):
        person, house, kind = mine.person == other.person, mine.house == other.house, suggested.get(number)
        one, relevant = kind in _ONE_PERSON, kind is not None and kind != "not_same"
        result.suggested.add(said=one, right=one and person, true=person)
        result.household.add(said=relevant, right=relevant and house, true=house)
        for slip in (mine.slips | other.slips) if person else ():
            result.found[slip].add(said=one, right=one, true=True)
    result.listed.append(len(suggested))
    result.keys.append(len(mine.keys.blocking))


def figures(count: int = 3_000, seed: int = SEED) -> dict[str, Any]:
    """Precision and recall over `count` reports: of what is decided by itself, and of what an officer is shown."""
    result = measure(labelled(count, seed))
    scores = {
        "decided: the same event": result.duplicate, "decided: the same person": result.person,
        "decided: the same person or family": result.family, "suggested: the same person": result.suggested,
        "suggested: the same person or household": result.household,
    }  # fmt: skip
    shown = {
        name: {"precision": round(one.precision, 4), "recall": round(one.recall, 4)} for name, one in scores.items()
    }
    return {"reports": count, **shown}


def show(result: Result, reports: Sequence[Labelled]) -> None:
    table = Table("", "said", "right", "true", "precision", "recall", title=f"{len(reports):,} reports")
    rows = {
        "decided: the same event (duplicate)": result.duplicate, "decided: the same person": result.person,
        "decided: the same person or family": result.family, "suggested: the same person": result.suggested,
        "suggested: the same person or household": result.household,
    }  # fmt: skip
    for name, one in rows.items():
        counts = (str(each) for each in (one.said, one.right, one.true))
        table.add_row(name, *counts, f"{one.precision:.4f}", f"{one.recall:.4f}")
    slips = Table("written wrong in one of two", "pairs", "found", title="suggestions of the same person")
    for slip, score in sorted(result.found.items(), key=lambda each: each[1].recall):
        slips.add_row(slip, str(score.true), f"{score.recall:.3f}")
    console, names = Console(), Counter(one.incoming.report.people[0].name for one in reports)
    console.print(table, slips)
    console.print("suggestions a report:", _spread(result.listed), "| keys a report:", _spread(result.keys))
    console.print("the most common names:", ", ".join(f"{name} {count}" for name, count in names.most_common(4)))


def _spread(values: Sequence[int]) -> str:
    ordered = sorted(values)
    return f"mean {sum(ordered) / len(ordered):.1f}, p99 {ordered[len(ordered) * 99 // 100]}, most {ordered[-1]}"


def main() -> None:
    reports = labelled(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000)
    show(measure(reports), reports)
    among = flooded(reports, len(reports) // 3)
    show(measure(among), among)


if __name__ == "__main__":
    main()
