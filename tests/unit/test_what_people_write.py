"""What people write into forms, files and systems: read as it was meant; asked, where it can be meant in two ways."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from contracts.people import fold_id
from contracts.reports import Submission
from contracts.rosters import RosterListing
from contracts.times import TAIWAN, read_day, read_time
from intake.batches.columns import entry_of, headed, report_of
from intake.domain.duty import duty_of
from intake.domain.flags import flags_of
from intake.domain.national_id import check_digit_holds, is_sample
from intake.domain.rosters import entry_flags
from intake.reading import submission_of
from intake.rules import duties
from kit.problems import Unprocessable

from tests.written import ASKED_DAYS, ASKED_TIMES, DAYS, EVENING, TIMES

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


def posted(**changes: Any) -> Submission:
    report = {"case_type": "adult_protection", "county": "chiayi-county", "event": {"kinds": ["physical_violence"]},
              "people": [{"role": "subject"}]} | changes  # fmt: skip
    return submission_of(json.dumps(report).encode(), NOW)


def in_file(**cells: str) -> dict[str, Any]:
    columns, wrong = headed(list(cells))
    assert wrong == []
    return report_of(columns, list(cells.values()))


def refused(**cells: str) -> dict[str, str]:
    with pytest.raises(Unprocessable) as caught:
        in_file(**cells)
    assert all(entry["en"] and entry["zh"] for entry in caught.value.errors)
    return {entry["at"]: entry["code"] for entry in caught.value.errors}


@pytest.mark.parametrize(("written", "meant"), TIMES.items())
def test_a_time_is_read_as_it_was_meant_in_files(written: str, meant: str) -> None:
    assert read_time(written, TAIWAN).isoformat() == meant
    assert in_file(知悉時間=written)["known_at"] == meant


@pytest.mark.parametrize(("written", "code"), ASKED_TIMES.items())
def test_a_time_that_is_not_one_alone_is_asked_in_files_and_in_the_api(written: str, code: str) -> None:
    with pytest.raises(ValueError, match=f"^{code}: "):
        read_time(written, TAIWAN)
    assert refused(發生時間=written) == {"/event/occurred_at": code}
    with pytest.raises(Unprocessable) as caught:
        posted(known_at=written)
    assert [(entry["at"], entry["code"]) for entry in caught.value.errors] == [("/known_at", code)]


@pytest.mark.parametrize(
    "written", ["115/11/20 21:40", "民國115年11月20日 下午9:40", "2026年11月20日21:40", "11511202140"]
)
def test_what_only_taiwan_writes_is_taiwans_time_in_the_api_too(written: str) -> None:
    assert posted(known_at=written).known_at == datetime.fromisoformat(EVENING)


@pytest.mark.parametrize("written", ["2026-11-20T21:40:00", "2026/11/20 21:40", "2026-11-20 9:40 PM", "20261120214000"])
def test_what_the_whole_world_writes_needs_its_zone_in_the_api(written: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        posted(event={"kinds": ["neglect"], "occurred_at": written})
    assert [(entry["at"], entry["code"]) for entry in caught.value.errors] == [("/event/occurred_at", "no_time_zone")]


@pytest.mark.parametrize(("written", "meant"), DAYS.items())
def test_a_day_is_read_as_it_was_meant_in_files_and_in_the_api(written: str, meant: date) -> None:
    assert read_day(written) == meant
    assert in_file(當事人生日=written)["people"][0]["birth_date"] == meant.isoformat()
    assert posted(people=[{"role": "subject", "birth_date": written}]).people[0].birth_date == meant


@pytest.mark.parametrize(("written", "code"), ASKED_DAYS.items())
def test_a_day_that_is_not_one_alone_is_asked_in_files_and_in_the_api(written: str, code: str) -> None:
    with pytest.raises(ValueError, match=f"^{code}: "):
        read_day(written)
    assert refused(相對人出生日期=written) == {"/people/1/birth_date": code}
    with pytest.raises(Unprocessable) as caught:
        posted(people=[{"role": "subject", "birth_date": written}])
    assert [entry["code"] for entry in caught.value.errors] == [code]


@pytest.mark.parametrize("written", ["1" * 200_000 + "x", "1," * 100_000, "115/11/20 " * 20_000, "(" * 200_000])
def test_what_is_far_too_long_is_looked_at_no_further(written: str) -> None:
    with pytest.raises(ValueError, match=r"^not_a_time: "):
        read_time(written, TAIWAN)
    assert headed([written]) == ([None], [1])


@pytest.mark.parametrize("day", ["1900-01-01", "1911-01-01", "1912-01-01", "001/01/01", "1901-01-01", "1970-01-01"])
def test_a_day_that_stands_for_none_is_flagged(day: str) -> None:
    report = posted(people=[{"role": "subject", "birth_date": day}])
    assert [flag.at for flag in flags_of(report, NOW.date())] == ["/people/0/birth_date"]
    entry = RosterListing.model_validate({"county": "chiayi-county", "name": "林小美", "birth_date": day})
    assert [flag.at for flag in entry_flags(entry, NOW.date())] == ["/birth_date"]


@pytest.mark.parametrize("at", ["1970-01-01T00:00:00Z", "1970-01-01T08:00:00+08:00", "1911-01-01T00:00:00+08:00"])
def test_a_time_that_stands_for_none_is_flagged_and_no_duty_is_late_by_it(at: str) -> None:
    report = posted(known_at=at)
    assert [(flag.at, flag.reason) for flag in flags_of(report, NOW.date())] == [("/known_at", "date_unlikely")]
    duty = duty_of(report, "police", NOW, duties())  # type: ignore[arg-type]
    assert duty is not None and (duty.due_at, duty.met) == (None, None)


IDS = {
    "A123456789": "A123456789", "Ａ１２３４５６７８９": "A123456789", "a123456789": "A123456789",
    " A12345 6789　": "A123456789", "A-123-456-789": "A123456789", "A1234‐56789": "A123456789",
    "A123\u200b456789\ufeff": "A123456789", "ａ１２３－４５６７８９": "A123456789",
    "ab12345677": "AB12345677", "ＡＢ－１２３４５６７７": "AB12345677", "A8 0000 0014": "A800000014",
    "'A128394702": "A128394702", "A128394702.": "A128394702", "A128394702、": "A128394702",
    "(A128394702)": "A128394702", "A·128394702": "A128394702", "“A128394702”": "A128394702",
    "A12839470２；": "A128394702",
}  # fmt: skip


@pytest.mark.parametrize(("written", "folded"), IDS.items())
def test_an_identity_number_is_one_however_it_is_typed(written: str, folded: str) -> None:
    assert fold_id(written) == folded
    assert check_digit_holds(written)
    report = posted(people=[{"role": "subject", "national_id": written}])
    assert report.people[0].national_id == folded
    assert [flag.reason for flag in flags_of(report, NOW.date())] == ["national_id_sample"] * is_sample(folded)
    columns, _ = headed(["縣市", "身分證字號"], "roster")
    entry = RosterListing.model_validate(entry_of(columns, ["嘉義縣", written]))
    assert entry.national_id == folded


@pytest.mark.parametrize("written", ["AB12345678", "A123456788", "X1234567", "-", "Ａ１２３４５６７８", "居留證"])
def test_what_is_no_identity_number_is_kept_and_flagged(written: str) -> None:
    report = posted(people=[{"role": "subject", "national_id": written}])
    assert [flag.reason for flag in flags_of(report, NOW.date())] == ["national_id_check_digit"]


FLAGS = {
    True: ["是", "有", "TRUE", "true", "✓", "✔️", "☑", "V", "ｖ", "Ｙ", "y", "Yes", "1", "１",
           "■是 □否", "☑ 是 ☐ 否", "[V]是 [ ]否", "( )無 (v)有", "√", "✅", "ˇ", "∨", "☒是 ☐否",
           "√是 □否", "是。"],
    False: ["否", "無", "FALSE", "Ｎ", "no", "0", "０", "X", "×", "□是 ■否", "□", "❌", "☐是 ☒否", "否。"],
}  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), [(each, meant) for meant, told in FLAGS.items() for each in told])
def test_yes_and_no_are_read_however_they_are_ticked(written: str, meant: bool) -> None:
    assert in_file(責任通報=written)["reporter"] == {"mandated": meant}


@pytest.mark.parametrize("written", ["可能", "■是 ■否", "2", "○"])
def test_what_is_neither_yes_nor_no_is_asked(written: str) -> None:
    assert refused(責任通報=written) == {"/reporter/mandated": "not_true_or_false"}


NUMBERS = {"9": 9, "9.0": 9, "９": 9, "９．０": 9, " 12 ": 12, "1,042": 1042, "9.": 9}


@pytest.mark.parametrize(("written", "meant"), NUMBERS.items())
def test_a_whole_number_is_read_as_spreadsheets_write_it(written: str, meant: int) -> None:
    assert in_file(流水號=written)["sequence"] == meant


@pytest.mark.parametrize("written", ["9.5", "九", "9/15", "9.0E+00", "1" * 19])
def test_what_is_no_whole_number_is_asked(written: str) -> None:
    assert refused(流水號=written) == {"/sequence": "not_a_whole_number"}


PHONES = {
    "912345678.0": ["0912345678"], "912345678": ["0912345678"], "０９１２－３４５－６７８": ["0912-345-678"],
    "'0912345678": ["0912345678"], '="0912345678"': ["0912345678"], "0912345678；113": ["0912345678", "113"],
    "0912345678/0922333444": ["0912345678", "0922333444"], "05-2267890/91": ["05-2267890/91"],
    "0912345678\n05-2267890": ["0912345678", "05-2267890"], "0912345678或912345679": ["0912345678", "0912345679"],
}  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), PHONES.items())
def test_a_telephone_number_is_read_as_spreadsheets_and_people_write_it(written: str, meant: list[str]) -> None:
    assert in_file(當事人電話=written)["people"][0]["phones"] == meant


def test_the_telephone_of_who_reports_is_read_alike() -> None:
    assert in_file(通報人電話="912345678.0")["reporter"] == {"phone": "0912345678"}


def test_a_number_that_a_spreadsheet_cut_short_is_kept_and_flagged() -> None:
    told = in_file(當事人電話="9.12E+08")["people"]
    assert [flag.reason for flag in flags_of(posted(people=told), NOW.date())] == ["phone_unrecognised"]


@pytest.mark.parametrize("written", ["不詳", "未知", "N/A", "無", "－", "NULL", "NaN", "待查", "不清楚", "N.A.", "？",
                                     "拒答", "查無", "——"])  # fmt: skip
def test_what_nobody_knows_is_left_out_and_no_reason_to_refuse(written: str) -> None:
    told = in_file(當事人生日=written, 當事人電話=written, 當事人身分證字號=written, 發生時間=written, TIPVDA=written)
    assert told == {"people": [{"role": "subject"}]}


WORDS = {"女": "female", "Ｆ": "female", "男性": "male", "FEMALE": "female", "不詳": "unknown"}


@pytest.mark.parametrize(("written", "meant"), WORDS.items())
def test_a_word_of_a_list_is_read_in_any_width_and_case(written: str, meant: str) -> None:
    assert in_file(當事人性別=written)["people"][0]["sex"] == meant
    assert in_file(受理縣市=" 臺 南市")["county"] == in_file(受理縣市="台南市")["county"] == "tainan-city"


@pytest.mark.parametrize("written", ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#SPILL!", "########", "#n/a"])
def test_an_error_of_a_spreadsheet_is_told_and_never_taken_for_nothing(written: str) -> None:
    assert refused(相對人姓名=written, 流水號=written) == {"/people/1/name": "cell_error", "/sequence": "cell_error"}


@pytest.mark.parametrize("written", ["=VLOOKUP(A1,B:B,1,0)", "=", "=B2", "=+A1", '=IF(A1="","",A1)'])
def test_a_formula_without_its_result_is_told(written: str) -> None:
    assert refused(相對人姓名=written) == {"/people/1/name": "formula"}


def test_signs_that_only_look_like_a_formula_are_text() -> None:
    told = in_file(案情陳述="=====\n爭吵", 當事人姓名='="林小美"')
    assert (told["event"]["narrative"], told["people"][0]["name"]) == ("=====\n爭吵", "林小美")
