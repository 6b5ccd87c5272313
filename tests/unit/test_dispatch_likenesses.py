"""The comparison of people on a report's page, at the contract's limit: 60 reports with 50 people each."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, cast

import pytest
from contracts.event import Sealed
from contracts.people import Person, Place, Role
from contracts.reports import CaseType
from contracts.reports import Report as Form
from dispatch.board.kin import MOST
from dispatch.board.likenesses import REMEMBERED, Likenesses
from dispatch.domain.people import traits
from dispatch.domain.report.report import Report
from kit.sealed import KeyVault, Values, key_id, split

from tests.unit.dispatch_report import report

PEOPLE = 50
HOME = Place(county="chiayi-county", township="民雄鄉", village="東榮村", address="建國路一段1號")


class Vault:
    """Keeps the values of each token beside it; whose key is destroyed cannot be read."""

    def __init__(self) -> None:
        self.kept: dict[str, Values] = {}
        self.opened = 0

    async def standing(self, tokens: Iterable[Sealed]) -> set[str]:
        return {key_id(token) for token in tokens} & self.kept.keys()

    async def open(self, tokens: Sequence[Sealed]) -> list[Values | None]:
        self.opened += len(tokens)
        return [self.kept.get(key_id(token)) for token in tokens]


def somebody(number: int, of: int = 0) -> Person:
    return Person(
        role=Role.SUBJECT, name=f"{chr(0x4E00 + of)}{chr(0x5100 + number)}{chr(0x5200 + of)}",
        birth_date=date(1950 + number, 1 + of % 12, 3), phones=tuple(f"09{of:04}{number:02}{n:02}" for n in range(10)),
        residence=HOME.model_copy(update={"address": f"建國路{of}段{number + 1}號"}),
    )  # fmt: skip


def kept(vault: Vault, id: str, people: Sequence[Person]) -> Report:
    form = Form(case_type=CaseType.ADULT_PROTECTION, county="chiayi-county", people=tuple(people))
    public, personal = split(form)
    vault.kept[f"key-{id}"] = personal["report"]
    return report(id=id, public=public, sealed={"report": f"key-{id}.token"})


def of(vault: Vault) -> Likenesses:
    return Likenesses(cast(KeyVault, vault))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a name and a house are read, which is what a comparison costs."""
    counted: Counter[str] = Counter()

    def counting(name: str) -> Any:
        real = getattr(traits, name)

        def count(*given: Any) -> Any:
            counted[name] += 1
            return real(*given)

        return count

    for name in ("read_name", "syllables", "plain_address"):
        monkeypatch.setattr(traits, name, counting(name))
    return counted


async def test_at_the_limit_each_person_is_read_once_and_a_second_view_compares_nobody(reads: Counter[str]) -> None:
    vault, mine = Vault(), [somebody(number) for number in range(PEOPLE)]
    report = kept(vault, "mine", mine)
    others = [
        kept(vault, f"r{number}", [somebody(each, number + 1) for each in range(PEOPLE)]) for number in range(MOST)
    ]
    likenesses = of(vault)
    first = await likenesses.of(report, mine, others)
    assert len(first) == MOST
    assert set(reads.values()) == {PEOPLE + MOST * PEOPLE}
    reads.clear()
    assert await likenesses.of(report, mine, others) == first
    assert set(reads.values()) == {PEOPLE}
    assert vault.opened == MOST


async def test_a_new_version_of_either_report_is_compared_anew() -> None:
    vault, mine = Vault(), [somebody(1)]
    likenesses, first = of(vault), kept(vault, "mine", mine)
    before = await likenesses.of(first, mine, [kept(vault, "other", mine)])
    after = await likenesses.of(first, mine, [altered(kept(vault, "other", [somebody(2, 7)]))])
    assert before["other"] and before["other"].kind == "same_person_new_event"
    assert after["other"] is None


def altered(known: Report) -> Report:
    return report(id=known.id, public=known.public, sealed=known.sealed, version=known.version + 1)


async def test_what_is_remembered_names_nobody_and_is_told_of_nobody_who_was_erased() -> None:
    vault, mine = Vault(), [somebody(1)]
    likenesses, first, other = of(vault), kept(vault, "mine", mine), kept(vault, "other", mine)
    assert await likenesses.of(first, mine, [other])
    assert str(mine[0].name) not in repr(vars(likenesses))
    assert mine[0].phones[0] not in repr(vars(likenesses))
    del vault.kept["key-other"]
    assert await likenesses.of(first, mine, [other]) == {}
    assert await likenesses.of(first, [], [other]) == {}


async def test_only_so_many_pairs_are_remembered_the_longest_unseen_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dispatch.board.likenesses.REMEMBERED", 2)
    vault, mine = Vault(), [somebody(1)]
    likenesses, first = of(vault), kept(vault, "mine", mine)
    a, b, c = (kept(vault, id, mine) for id in "abc")
    for others in ([a], [b], [a], [c], [a]):
        await likenesses.of(first, mine, others)
    assert vault.opened == 3
    assert len(likenesses._known) == 2 < REMEMBERED


async def test_whoever_leaves_ends_the_work_between_two_reports_and_others_take_their_turn(
    reads: Counter[str],
) -> None:
    vault, mine = Vault(), [somebody(1)]
    likenesses, first = of(vault), kept(vault, "mine", mine)
    others = [kept(vault, f"r{number}", mine) for number in range(MOST)]
    started = asyncio.Event()
    real = vault.open

    async def opening(tokens: Sequence[Sealed]) -> list[Values | None]:
        if vault.opened == 3:
            started.set()
        return await real(tokens)

    vault.open = opening  # type: ignore[method-assign]
    view = asyncio.create_task(likenesses.of(first, mine, others))
    await started.wait()
    view.cancel()
    await asyncio.gather(view, return_exceptions=True)
    assert vault.opened <= 5
    assert await likenesses.of(first, mine, others[-1:])


async def test_two_readers_of_one_page_compare_it_once() -> None:
    vault, mine = Vault(), [somebody(1)]
    likenesses, first = of(vault), kept(vault, "mine", mine)
    others = [kept(vault, f"r{number}", mine) for number in range(5)]
    seen = await asyncio.gather(*(likenesses.of(first, mine, others) for _ in range(4)))
    assert vault.opened == 5
    assert seen[0] == seen[3]
