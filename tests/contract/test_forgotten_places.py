"""What the law and the counties' data say in two places agrees, and a code that is added without its rule is named."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from contracts.event import Event
from contracts.reports import CaseType, SourceUnit
from contracts.topics import ALL
from rules.counties import counties
from rules.places import township_of

import contracts

SERVICES = Path(__file__).parents[2] / "services"
BOUND_BY_NO_LAW = {SourceUnit.OTHER}


def data(path: str) -> Any:
    return yaml.safe_load((SERVICES / path).read_text("utf-8"))


DUTIES, ORAL = data("intake/intake/data/duties.yaml"), data("intake/intake/data/oral.yaml")
ROSTERS = data("intake/intake/data/rosters.yaml")
CLOCKS = {clock["id"]: clock for clock in data("dispatch/dispatch/rules/clocks.yaml")["clocks"]}


def test_every_case_type_and_every_sender_has_its_duty_to_report() -> None:
    assert {each for duty in DUTIES for each in duty["case_types"]} == set(CaseType), "add it to duties.yaml"
    bound = {each for duty in DUTIES for each in duty["sources"]}
    assert bound == set(SourceUnit) - BOUND_BY_NO_LAW, "add it to duties.yaml, or name it here"


def test_who_is_sent_to_nobody_is_told_whom_to_ask_whatever_the_case_type() -> None:
    advice = [each for each in data("dispatch/dispatch/rules/offers.yaml")["resources"] if "advice" in each["names"][0]]
    assert {each for offer in advice for each in offer["when"]["case_type"]["one_of"]} == set(CaseType)


def test_a_law_that_sets_the_reporting_time_in_two_rows_sets_one() -> None:
    hours = {duty["law"]: {each["hours"] for each in DUTIES if each["law"] == duty["law"]} for duty in DUTIES}
    assert all(len(each) == 1 for each in hours.values()), hours


def test_a_visit_of_a_roster_has_the_time_of_the_clock_that_it_names() -> None:
    visits = [ROSTERS["visit"], *(each["visit"] for each in ROSTERS["rosters"].values() if "visit" in each)]
    shared = [(each["clock"], each["span"]) for each in visits if each["clock"] in CLOCKS]
    assert len(shared) >= 3
    assert {span for clock, span in shared if span != CLOCKS[clock]["due"]} == set()


def test_the_written_form_of_sexual_assault_is_due_by_its_clock() -> None:
    clock = CLOCKS["sexual.written_report"]
    [rule] = [each for each in ORAL if each["law"] == clock["source"]]
    assert f"{rule['hours']}h" == clock["due"]


@pytest.mark.parametrize("code", counties())
def test_a_township_that_a_centre_serves_is_one_of_its_county(code: str) -> None:
    served = [each for centre in counties()[code].centres.values() for each in centre.townships]
    assert [each for each in served if township_of(each, code).name != each] == []


def _last_of(kind: type[Event]) -> Iterator[type[Event]]:
    below = kind.__subclasses__()
    return (each for one in below for each in _last_of(one)) if below else iter([kind])


def test_every_event_has_a_topic() -> None:
    for module in pkgutil.iter_modules(contracts.__path__):
        if module.name != "__main__":
            import_module(f"contracts.{module.name}")
    ours = {each for each in _last_of(Event) if each.__module__.startswith("contracts.")}
    assert {each.__name__ for each in ours - {each for topic in ALL for each in topic.events}} == set()
