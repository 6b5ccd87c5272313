"""What a draft table flips, where and how fast; and that replaying writes nothing."""

import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from contracts.decisions import Outcome
from dispatch import tables_cli
from dispatch.domain.people.duplicates import Relation
from dispatch.domain.period import Period
from dispatch.domain.tables.replay import Decided, Flips, replay
from dispatch.domain.tables.table import DecisionTable, parse
from dispatch.domain.triage.facts import Facts
from dispatch.domain.triage.triage import rule
from dispatch.policy import policies
from dispatch.publishing.store import Archive, decided_of
from pymongo import MongoClient

ON = date(2026, 11, 20)
COUNTY = "chiayi-county"
POLICY = policies().in_force(COUNTY, ON)
TABLE = Path(tables_cli.__file__).parent / "tables" / f"{COUNTY}.yaml"
UNRELATED = Relation()
MINUTE = 60
YEAR_OF_A_LARGE_COUNTY = 100_000


def draft(**changed: dict[str, Any]) -> DecisionTable:
    """The county's table with rows changed by their id; None drops a row."""
    document = yaml.safe_load(TABLE.read_text("utf-8"))
    document["rows"] = [row | changed.get(row["id"], {}) for row in document["rows"]]
    return parse(document)


LOWER_TIPVDA = draft(T02={"when": {"tipvda": {"at_least": 4}}})
FEWER_VISITS = draft(V04={"when": {"need_count": {"at_least": 9}}}, A09={"when": {"need_count": {"at_least": 9}}})
MILD = Facts(
    "adult_protection", "police", COUNTY, township="民雄鄉", subject_age=40,
    kinds=frozenset({"economic_control"}), needs=frozenset({"personal_adjustment"}),
)  # fmt: skip


def decided(facts: Facts, id: str = "r1", relation: Relation = UNRELATED, *, by_table: bool = True) -> Decided:
    found = rule(facts, relation, POLICY)
    return Decided(id, facts, relation, found.outcome, found.priority, by_table)


def made_up(count: int) -> Iterator[Decided]:
    """Reports as the table in force decides them."""
    rng = Random(20261122)
    for number in range(count):
        facts = Facts(
            case_type=rng.choice(["adult_protection", "child_protection", "consultation_adult", "consultation_minor"]),
            source_unit=rng.choice(["police", "medical", "education"]),
            county=COUNTY,
            kinds=frozenset(
                rng.sample(["economic_control", "neglect", "stalking", "self_harm", "other"], rng.randint(0, 2))
            ),
            danger_signs=frozenset(["suicide_threat"]) if rng.random() < 0.1 else frozenset(),
            needs=frozenset(
                rng.sample(["economic_hardship", "personal_adjustment", "child_development"], rng.randint(0, 3))
            ),
            township=rng.choice(["民雄鄉", "太保市", None]),
            subject_age=rng.choice([4, 9, 15, 40, 70, None]),
            tipvda=rng.choice([None, None, 2, 5, 7, 9]),
        )
        known = Relation("same_family", "x", ("family",), "protection", earlier=1)
        yield decided(facts, f"r{number}", known if rng.random() < 0.1 else Relation())


def test_the_table_in_force_flips_nothing() -> None:
    flips = replay(made_up(2_000), POLICY.table, POLICY)
    assert (flips.decided, flips.ways, flips.priorities, flips.by_people) == (2_000, {}, {}, 0)


def test_a_draft_that_asks_for_more_flips_from_and_to_and_names_the_row_and_the_facts() -> None:
    facts = replace(MILD, tipvda=5)
    flips = replay([decided(MILD, "a"), decided(facts, "b")], LOWER_TIPVDA, POLICY)
    way = (decided(facts).outcome, Outcome.PROTECTION)
    assert way[0] is not Outcome.PROTECTION
    assert (flips.decided, flips.flipped, flips.raised, flips.lowered) == (2, 1, 1, 0)
    assert flips.ways == {way: 1}
    (example,) = flips.examples[way]
    assert (example.report_id, example.facts.tipvda, [row.id for row in example.rows]) == ("b", 5, ["T02"])


def test_flips_are_told_by_source_township_age_and_case_type_with_what_they_are_shares_of() -> None:
    one, other = (
        replace(MILD, tipvda=5),
        replace(MILD, source_unit="medical", township=None, subject_age=None, tipvda=5),
    )
    flips = replay(map(decided, (MILD, one, other)), LOWER_TIPVDA, POLICY)
    shares = {name: {value: (share.flipped, share.of) for value, share in by.items()} for name, by in flips.by.items()}
    assert shares == {
        "source_unit": {"police": (1, 2), "medical": (1, 1)},
        "township": {"民雄鄉": (1, 2), "": (1, 1)},
        "age_band": {"30_to_49": (1, 2), "": (1, 1)},
        "case_type": {"adult_protection": (2, 3)},
    }


def test_less_protection_is_counted_as_lowered() -> None:
    flips = replay(made_up(2_000), FEWER_VISITS, POLICY)
    assert flips.lowered > 0
    assert flips.raised == 0


def test_every_flip_is_counted_once_in_every_dimension() -> None:
    flips = replay(made_up(2_000), LOWER_TIPVDA, POLICY)
    assert flips.flipped > 50
    for shares in flips.by.values():
        assert sum(share.flipped for share in shares.values()) == flips.flipped
        assert sum(share.of for share in shares.values()) == flips.decided
    assert all(len(examples) <= 3 for examples in flips.examples.values())


def test_what_a_person_decided_is_set_aside_and_only_compared() -> None:
    facts = replace(MILD, tipvda=5)
    agreed = replace(decided(facts, by_table=False), outcome=Outcome.PROTECTION)
    flips = replay([agreed, decided(facts, by_table=False)], LOWER_TIPVDA, POLICY)
    assert (flips.decided, flips.flipped, flips.by_people, flips.agreed) == (0, 0, 2, 1)


def test_a_priority_that_alone_changes_is_no_flip() -> None:
    facts = replace(MILD, danger_signs=frozenset({"strangulation"}))
    flips = replay([decided(facts)], draft(D01={"priority": 2}), POLICY)
    assert (flips.flipped, flips.priorities) == (0, {(1, 2): 1})


def test_a_duplicate_stays_one_and_what_the_earlier_report_became_still_counts() -> None:
    same = decided(MILD, relation=Relation("same_event", "x", ("id",), "protection"))
    again = decided(MILD, relation=Relation("same_person_new_event", "x", ("id",), "protection", earlier=1))
    flips = replay([same, again], draft(H01={"outcome": "welfare_centre"}), POLICY)
    assert (same.outcome, again.outcome) == (Outcome.DUPLICATE, Outcome.PROTECTION)
    assert list(flips.ways) == [(Outcome.PROTECTION, Outcome.WELFARE_CENTRE)]


def test_a_year_of_a_large_county_takes_less_than_a_minute() -> None:
    reports = list(made_up(5_000))
    started = time.process_time()
    replay(reports, LOWER_TIPVDA, POLICY)
    assert (time.process_time() - started) * YEAR_OF_A_LARGE_COUNTY / len(reports) < MINUTE


# ---------------------------------------------------------------- from what is stored


def stored(one: Decided, day: date = ON) -> dict[str, Any]:
    """A report's document, as far as a replay reads it."""
    relation = asdict(one.relation) | {"reasons": list(one.relation.reasons)}
    return {
        "_id": one.report_id,
        "county": one.facts.county,
        "day": day.isoformat(),
        "facts": one.facts.stored(),
        "decision": {
            "outcome": str(one.outcome), "priority": one.priority, "relation": relation, "by_person": not one.by_table,
        },
        "history": [{"what": "report_received"}, {"what": "decision_made"}],
    }  # fmt: skip


def test_a_stored_report_is_read_as_it_was_decided() -> None:
    for one in made_up(200):
        assert decided_of(stored(one)) == one


def test_a_report_that_a_graver_telling_raised_is_not_the_tables() -> None:
    document = stored(decided(MILD))
    document["history"].append({"what": "raised"})
    assert not decided_of(document).by_table


def test_a_report_of_an_older_version_is_read_too() -> None:
    document = stored(decided(MILD))
    document["decision"]["relation"] = {"kind": "not_same", "of": None, "later": 1}
    assert decided_of(document).relation == Relation()


@pytest.mark.real
def test_a_replay_reads_a_period_of_a_county_and_writes_nothing(
    settings_env: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    flips, database = _stored_year(settings_env), settings_env["database_prefix"] + "dispatch"
    with MongoClient[dict[str, Any]](settings_env["mongo_url"]) as client:
        before = client[database].command("dbhash")["md5"]
        for name in ("mongo_url", "database_prefix"):
            monkeypatch.setenv(name.upper(), settings_env[name])
        path = tmp_path / "draft.yaml"
        path.write_text(TABLE.read_text("utf-8").replace("tipvda: {at_least: 6}", "tipvda: {at_least: 4}"), "utf-8")
        told = ["replay", "--table", str(path), "--county", COUNTY, "--from", "2026-01-01", "--to", "2026-12-31"]
        assert tables_cli.main(told) == 0
        assert client[database].command("dbhash")["md5"] == before
    out = capsys.readouterr().out
    assert f"{flips.decided:,} 件 reports" in out
    assert f" {flips.flipped:,} " in out
    assert "T02" in out


def _stored_year(env: dict[str, str]) -> Flips:
    """2,500 reports of the county in 2026, and others a replay must leave out; what the draft flips of the 2,500."""
    mine = list(made_up(2_500))
    left_out = [stored(decided(MILD, "old"), date(2025, 12, 31))]
    left_out.append(stored(decided(MILD, "other")) | {"county": "chiayi-city"})
    with MongoClient[dict[str, Any]](env["mongo_url"]) as client:
        client[env["database_prefix"] + "dispatch"]["reports"].insert_many([*map(stored, mine), *left_out])
    with Archive(env["mongo_url"], env["database_prefix"] + "dispatch") as archive:
        period = Period(COUNTY, date(2026, 1, 1), date(2026, 12, 31))
        assert archive.count(period) == len(mine)
        assert sorted(one.report_id for one in archive.decided(period)) == sorted(one.report_id for one in mine)
    return replay(mine, LOWER_TIPVDA, POLICY)
