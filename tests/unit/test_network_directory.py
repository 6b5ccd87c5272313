"""The directory's rules: a second look by another, secrets that no table holds, HSDS out and in."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from kit.problems import TooLarge, Unprocessable
from network import between, words
from network.directory import hsds, tabular
from network.directory.bodies import EntryBody
from network.directory.domain.entry import Entry, Refused, confirmed, looked_at, written
from network.directory.domain.public import shown
from network.directory.hsds_tables import tables
from network.directory.kinds import public as kinds_for_all
from network.directory.townships import distances, kilometres, townships
from network.directory.views import EntryView
from network.directory.whereabouts import keys
from network.services import catalogue
from pydantic import ValidationError
from rules import places

from tests.unit.network_place import COUNTY, PLACE

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
SCHEMA = json.loads((files("network") / "directory" / "hsds.schema.json").read_text("utf-8"))


def entry(id: str = "hope", body: dict[str, Any] = PLACE, by: str = "甲") -> Entry:
    return written(None, id, COUNTY, EntryBody.model_validate(body).content(id, NOW), by=by, at=NOW)


def test_what_is_written_holds_at_once_and_waits_for_another_person() -> None:
    made = entry()
    assert not made.is_looked_at
    with pytest.raises(Refused, match="same_person"):
        looked_at(made, right=True, by="甲", at=NOW)
    seen = looked_at(made, right=True, by="乙", at=NOW)
    assert seen.is_looked_at
    with pytest.raises(Refused, match="nothing_to_look_at"):
        looked_at(seen, right=True, by="丙", at=NOW)


def test_what_is_taken_back_says_again_what_was_looked_at_last() -> None:
    seen = looked_at(entry(), right=True, by="乙", at=NOW)
    twice = edited(edited(seen, "二", "乙"), "三", "丙")
    with pytest.raises(Refused, match="same_person"):  # whoever wrote any of it since the last look
        looked_at(twice, right=False, by="乙", at=NOW)
    back = looked_at(twice, right=False, by="甲", at=NOW)
    assert back.content.name == "希望基金會"
    assert looked_at(entry(), right=False, by="乙", at=NOW).withdrawn


@pytest.mark.parametrize("name", [PLACE["name"], "改過的名字"])
def test_what_the_second_look_turned_down_is_not_what_was_looked_at_last(name: str) -> None:
    public = PLACE | {"public": kinds_for_all().kinds[0]}
    turned_down = looked_at(entry(body=public), right=False, by="乙", at=NOW)
    again = (
        edited(turned_down, name, "甲")
        if name != PLACE["name"]
        else written(turned_down, "hope", COUNTY, turned_down.content, by="甲", at=NOW)
    )
    assert (again.withdrawn, shown(turned_down), shown(again)) == (False, None, None)
    assert shown(looked_at(again, right=True, by="乙", at=NOW)) == again.content
    assert looked_at(again, right=False, by="乙", at=NOW).withdrawn, "there is nothing that it said before"


def edited(before: Entry, name: str, by: str) -> Entry:
    return written(before, before.id, COUNTY, replace(before.content, name=name), by=by, at=NOW)


def test_of_two_offers_of_one_service_the_one_with_room_is_asked_for() -> None:
    full, free = ({"id": id, "service": "counselling", "places": {"left": left}} for id, left in (("a", 0), ("b", 2)))
    twice = entry(body=PLACE | {"services": [full, free]})
    offered = between._offer(twice, "counselling", None)
    assert offered and offered.id == "b"
    assert between._offer(twice, "shelter", None) is None


def test_an_entry_that_nobody_confirms_grows_stale() -> None:
    half_a_year = timedelta(days=catalogue().stale_after.amount)
    later = NOW + half_a_year + timedelta(days=1)
    assert entry().is_stale(later, half_a_year)
    assert not confirmed(entry(), by="乙", at=later).is_stale(later, half_a_year)


def test_what_finds_a_secret_site_is_in_no_view_and_no_table() -> None:
    whole = PLACE | {"sites": [PLACE["sites"][0], {
        "id": "home", "name": "安心居", "township": "民雄鄉", "address": "canary-1", "latitude": 23.55443,
        "longitude": 120.42871, "phone": "canary-2", "secret_address": "canary-3"}]}  # fmt: skip
    made = entry(body=whole)
    told = EntryView.of(made).model_dump_json() + json.dumps(tables([made]), ensure_ascii=False) + repr(made)
    assert not [each for each in ("canary", "23.55443", "120.42871", "民雄鄉") if each in told]


def test_a_site_that_became_secret_is_nowhere_what_it_was_and_no_second_look_brings_it_back() -> None:
    seen = looked_at(entry(), right=True, by="乙", at=NOW)
    hidden = {"id": "puzi", "name": "朴子站", "secret_address": "光復路 1 號"}
    body = EntryBody.model_validate(PLACE | {"sites": [hidden, PLACE["sites"][1]]})
    moved = written(seen, seen.id, COUNTY, body.content(seen.id, NOW), by="甲", at=NOW)
    back = looked_at(moved, right=False, by="乙", at=NOW)
    assert "光復路" in repr(seen)
    assert not [each for each in (moved, back) if "光復路" in repr(each) or "23.46" in repr(each)]


def test_a_secret_address_that_stands_in_another_field_is_refused() -> None:
    said = PLACE | {"description": "在民雄鄉某路 99 號旁"}
    with pytest.raises(ValidationError, match="take it out"):
        EntryBody.model_validate(said)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"services": [{"id": "a", "service": "magic"}]}, "Write one of"),
        ({"services": [{"id": "a", "service": "shelter", "sites": ["none"]}]}, "not in sites"),
        ({"services": [{"id": "a", "service": "shelter", "townships": ["中區"]}]}, "no 中區"),
        ({"unit": "tainan-city/police"}, "same county"),
        ({"valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "before"),
        ({"services": [{"id": "a", "service": "shelter", "promise": "soon"}]}, "2wd"),
    ],
)
def test_what_is_wrong_is_said_with_how_to_correct_it(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        EntryBody.model_validate({"county": COUNTY, "name": "x"} | changes)


def test_tables_are_what_the_standard_asks_for() -> None:
    out = tables([entry(), entry("other")])
    assert list(Draft202012Validator(SCHEMA).iter_errors(out)) == []
    assert {table: SCHEMA["properties"][table]["items"]["required"] for table in hsds.TABLES} == {
        table: list(fields) for table, fields in hsds.REQUIRED.items()
    }


def test_what_goes_out_comes_in_the_same() -> None:
    out = tables([looked_at(entry(), right=True, by="乙", at=NOW), entry("other", PLACE | {"name": "另一個"})])
    rows, wrong = hsds.entries(COUNTY, json.loads(json.dumps(out)))
    assert wrong == []
    assert tables([taken_in(row) for row in rows]) == out


def test_as_csv_files_it_is_the_same_and_a_bad_row_has_its_number() -> None:
    window = {"purpose": "unit_work", "heard_by": f"{COUNTY}/police", "hours": PLACE["services"][0]["hours"]}
    made = [entry("other", PLACE | {"name": '=另一個, "甲"\n乙', "windows": [window]}), entry()]
    out = tables(made)
    packed = tabular.packed(out)
    assert tabular.packed(out) == packed
    rows, wrong = hsds.entries(COUNTY, tabular.read(packed))
    assert wrong == []
    assert tables([taken_in(row) for row in rows]) == out

    out["location"][1]["latitude"] = "north"
    out["service"][0]["safetynet_places"] = "some"
    out["contact"][0]["safetynet_hours"] = "always"
    _, wrong = hsds.entries(COUNTY, tabular.read(tabular.packed(out)))
    assert {each["at"] for each in wrong} == {
        "/body/location/1/latitude", "/body/service/0/safetynet_places", "/body/contact/0/safetynet_hours",
    }  # fmt: skip


@pytest.mark.parametrize("file", [b"", b"[]", b"PK\x03\x04broken", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_holds_no_tables_is_told(file: bytes) -> None:
    with pytest.raises(Unprocessable, match="ZIP of its CSV"):
        tabular.read(file)


def test_a_zip_that_unpacks_to_too_much_or_lacks_its_organizations_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = tabular.packed(tables([entry()]))
    monkeypatch.setattr(tabular, "FILES", {"service": "services.csv"})
    without = tabular.packed(tables([entry()]))
    monkeypatch.setattr(tabular, "MOST_BYTES", 100)
    for each in (packed, without):
        with pytest.raises((TooLarge, Unprocessable)):
            tabular.read(each)


@pytest.mark.parametrize("organizations", [
    "id\n" + ",\n" * 500_000, "id\r" * 1_000_000, ("a," * 2_000 + "\n") + "1\n" * 1_000,
    '"id\n"' + ",b" * 2_000 + "\n1" * 1_000,
])  # fmt: skip
def test_cells_without_end_are_refused_before_any_is_read(organizations: str) -> None:
    whole = BytesIO()
    with ZipFile(whole, "w", ZIP_DEFLATED) as archive:
        archive.writestr("organizations.csv", organizations)
    with pytest.raises(TooLarge, match="a part of the providers"):
        tabular.read(whole.getvalue())


def test_rows_without_end_are_refused_before_any_is_read() -> None:
    with pytest.raises(TooLarge, match="a part of the providers"):
        tabular.read(b'{"organization":[' + b"[]," * tabular.MOST_VALUES + b"[]]}")


def test_as_many_cells_as_may_be_sent_are_counted_once_whatever_ends_their_lines() -> None:
    half = "id,name" + "\r\n1,2" * (tabular.MOST_VALUES // 4)
    assert tabular._cells(lambda: BytesIO(half.encode())) < tabular.MOST_VALUES


def test_a_row_without_an_id_is_told_to_have_none() -> None:
    told = hsds.entries(COUNTY, {"organization": [{"name": "n", "description": "d"}] * 2})[1]
    assert {each["code"] for each in told} == {"missing"}


def test_an_id_that_an_earlier_row_has_is_told_before_what_refers_to_it_is_looked_up() -> None:
    rows = {
        name: [{"id": "a", "organization_id": "a", "name": "n", "description": "d"}] * 2
        for name in ("organization", "service")
    }
    told = hsds.entries(COUNTY, rows)[1]
    assert {each["at"] for each in told if each["code"] == "invalid"} == {
        "/body/organization/1/id",
        "/body/service/1/id",
    }


def test_of_many_bad_rows_the_first_are_told() -> None:
    for wrong in ({}, {"id": "a", "name": "n", "description": "d"}):
        told = hsds.entries(COUNTY, {"organization": [wrong] * 5_000})[1]
        assert len(told) == hsds.MOST_ERRORS
        assert told[0]["at"].startswith(("/body/organization/0/", "/body/organization/1/id"))


@pytest.mark.parametrize(
    ("table", "field"), [("organization", "id"), ("service", "organization_id"), ("location", "id")]
)
def test_a_value_of_another_kind_is_a_bad_row_and_no_failure(table: str, field: str) -> None:
    out = tables([entry()])
    out[table][0][field] = {"not": ["text"]}
    assert f"/body/{table}/0/{field}" in {each["at"] for each in hsds.entries(COUNTY, out)[1]}


def test_who_is_found_by_distance_is_where_its_open_sites_are_or_whom_it_serves() -> None:
    home = {"id": "home", "secret_address": "某路"}
    point = {"id": "p", "latitude": 23.5426, "longitude": 120.4447}
    care = {"id": "a", "service": "counselling"}
    for sites, offer, found in (
        ([{"id": "p", "township": "朴子市"}], {}, ["朴子市"]), ([point], {}, ["民雄鄉"]), ([home], {}, [""]),
        ([home], {"townships": ["大林鎮"], "sites": ["home"]}, [""]), ([], {"townships": ["大林鎮"]}, ["大林鎮"]),
    ):  # fmt: skip
        body = {"county": COUNTY, "name": "x", "sites": sites, "services": [care | offer]}
        assert keys(entry(body=body)) == [f"{service}|{town}" for service in ("*", "counselling") for town in found]


def test_distances_are_those_of_the_map() -> None:
    away = distances(COUNTY, "民雄鄉")
    assert list(away)[:3] == ["民雄鄉", "溪口鄉", "大林鎮"] and len(away) == 18
    taipei = townships("taipei-city")["中正區"]
    # The two cities lie 215 km apart, as the great circle goes.
    assert kilometres(23.4793, 120.4248, taipei) == pytest.approx(207, abs=8)
    assert {f"{county}/{name}" for county in counties() for name in townships(county)} == set(places._listed())


def counties() -> set[str]:
    return {each.partition("/")[0] for each in places._listed()}


def taken_in(row: hsds.Row) -> Entry:
    content = row.body.content(row.id, NOW)
    return written(None, row.id, COUNTY, content, by="丙", at=NOW + timedelta(days=1), assured=row.assured)


@given(st.data())
def test_whatever_is_taken_out_of_a_row_is_named_with_its_row(data: st.DataObject) -> None:
    out = tables([entry(), entry("other")])
    table = data.draw(st.sampled_from(hsds.TABLES))
    number = data.draw(st.integers(0, len(out[table]) - 1))
    field = data.draw(st.sampled_from(hsds.REQUIRED[table]))
    del out[table][number][field]
    rows, wrong = hsds.entries(COUNTY, out)
    assert rows == []
    assert [each for each in wrong if each["at"] == f"/body/{table}/{number}/{field}"]
    assert list(Draft202012Validator(SCHEMA).iter_errors(out))


@pytest.mark.parametrize(
    ("table", "number", "field", "value"),
    [
        ("service", 1, "safetynet_service", "magic"), ("service", 0, "organization_id", "nobody"),
        ("location", 0, "safetynet_township", "中區"), ("contact", 0, "title", "Not a code"),
        ("organization", 0, "safetynet_valid_from", "someday"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_and_nothing_of_the_rest_is_told_wrong(
    table: str, number: int, field: str, value: str
) -> None:
    out = tables([entry(), entry("other")])
    out[table][number][field] = value
    _, wrong = hsds.entries(COUNTY, out)
    assert len(wrong) == 1
    assert wrong[0]["at"].split("/")[2] in (table, "organization")
    assert wrong[0]["en"] and wrong[0]["zh"]


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"safetynet_id": "../Hope 1"}, "safetynet_id", "characters"),
        ({"safetynet_assured_at": "2190-01-01T00:00:00Z"}, "safetynet_assured_at", "must not lie in the future"),
        ({"safetynet_assured_at": "yesterday"}, "safetynet_assured_at", ""),
    ],
)
def test_who_a_row_is_and_when_it_was_confirmed_is_checked_like_the_rest(
    changes: dict[str, Any], field: str, message: str
) -> None:
    out = tables([entry()])
    out["organization"][0] |= changes
    [wrong] = hsds.entries(COUNTY, out)[1]
    assert wrong["at"] == f"/body/organization/0/{field}" and message in wrong["en"]


def test_an_id_that_an_earlier_row_has_is_a_bad_row() -> None:
    out = tables([entry(), entry("other")])
    out["organization"][1]["safetynet_id"] = "hope"
    assert [each["at"] for each in hsds.entries(COUNTY, out)[1]] == ["/body/organization/1/id"]


def test_what_is_no_table_is_told() -> None:
    _, wrong = hsds.entries(COUNTY, {"organization": "none"})
    assert [each["at"] for each in wrong] == ["/body/organization"]


def test_every_service_has_its_words() -> None:
    assert [code for code in catalogue().services if words.of(f"service.{code}").en == f"service.{code}"] == []


CHANGHUA = "changhua-county"


def mental_health() -> list[dict[str, Any]]:
    """One centre for all, 8 sub-centres for some townships each, 27 stations: one for a township (deck 003)."""
    towns = sorted(name.partition("/")[2] for name in places._listed() if name.startswith(CHANGHUA))
    assert len(towns) == 26
    made = [provider("centre", [])]
    made += [provider(f"sub-{n}", towns[n::8]) for n in range(8)]
    made += [provider(f"station-{n}", [towns[n % 26]]) for n in range(27)]
    return made


def provider(id: str, townships: list[str]) -> dict[str, Any]:
    service = {"id": "care", "service": "mental_health_care", "townships": townships}
    return {"id": id, "county": CHANGHUA, "name": id, "services": [service]}


def test_changhuas_1_and_8_and_27_places_come_from_one_file_and_every_township_finds_its_own() -> None:
    made = [
        written(None, each["id"], CHANGHUA, EntryBody.model_validate(each).content(each["id"], NOW), by="甲", at=NOW)
        for each in mental_health()
    ]
    rows, wrong = hsds.entries(CHANGHUA, json.loads(json.dumps(tables(made))))
    assert (len(rows), wrong) == (36, [])
    read = [taken_in(row) for row in rows]
    assert [each.content for each in read] == [each.content for each in made]
    for town in {town for each in made for offer in each.content.services for town in offer.townships}:
        found = [each.id for each in read if any(offer.serves(town) for offer in each.content.services)]
        kinds = [each.partition("-")[0] for each in found]
        assert kinds.count("centre") == kinds.count("sub") == 1, town
        assert kinds.count("station") >= 1, town
