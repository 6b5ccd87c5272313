"""A county is data: its centres, its words and its settings come from one file, and a new one is added there alone."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from contracts.cases import CaseId, CaseReturned
from contracts.codes import names
from contracts.reports import ReportId
from dispatch import policy
from dispatch.domain.report.news import news_of
from dispatch.domain.report.report import Assignee
from dispatch.domain.triage.facts import Facts
from dispatch.policy import policies
from dispatch.site import words as dispatch_words
from dispatch.window.shifts.shifts import morning_after
from network import words as network_words
from notify.wording import load_wording
from pydantic import ValidationError
from rules import counties
from rules.cells import TableError
from rules.counties import Centre, county, unit_words
from rules.spans import TAIPEI

ADDED = """
  taitung-county:
    source: made up for a test
    verified: false
    serving: welfare_centre.beach
    settings: {claim_idle: 40m, night_ends_at: 6, decided_again_within: 1h, supervisor_from_return: 3}
    centres:
      welfare_centre.beach: {zh: 海邊, en: Beach, townships: [臺東市]}
      welfare_centre.hills: {zh: 山上, en: Hills, townships: [延平鄉]}
"""


@pytest.fixture
def taitung(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A third county, in a rules file that has nothing else added."""
    file = tmp_path / "counties.yaml"
    file.write_text(counties.FILE.read_text("utf-8") + ADDED, "utf-8")
    monkeypatch.setattr(counties, "FILE", file)
    _forget()
    yield "taitung-county"
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    for read in (counties._document, counties.counties, counties._that_set_nothing, policy._teams):
        read.cache_clear()


def test_a_county_that_is_added_works_here(taitung: str) -> None:
    assert taitung in policies().counties
    assert county(taitung).unit_ids == tuple(
        f"{taitung}/{name}" for name in ("protection", "welfare_centre.beach", "welfare_centre.hills")
    )


def test_its_families_go_to_its_own_centres(taitung: str) -> None:
    policy = policies().in_force(taitung, date(2026, 11, 20))
    lives = [Facts("consultation_adult", "police", taitung, residence_township=each) for each in ("延平鄉", "綠島鄉")]
    assert [policy.office.centre_of(each.residence_township) for each in lives] == [
        "welfare_centre.hills", "welfare_centre.beach"]  # fmt: skip


def test_it_sets_what_it_does_otherwise_and_shares_the_rest(taitung: str) -> None:
    own, shared = county(taitung).settings, county("yunlin-county").settings
    assert (own.claim_idle, own.night_ends_at) == (timedelta(minutes=40), 6)
    assert (shared.claim_idle, shared.night_ends_at) == (timedelta(minutes=15), 8)
    assert own.sender_answers_within == shared.sender_answers_within == timedelta(hours=4)


def test_its_nights_end_and_its_window_decides_again_when_it_says(taitung: str) -> None:
    evening = datetime(2026, 11, 22, 23, tzinfo=TAIPEI)
    assert morning_after(taitung, evening).hour == 6
    given_back = CaseReturned(case_id=CaseId("c"), version=2, county=taitung, report_id=ReportId("r"),
                              unit=f"{taitung}/protection", reason="wrong_area", returned_by="x",
                              returned_at=evening)  # fmt: skip
    first, *_ = news_of("cause", given_back, Assignee())
    assert (first.changes["promise"].due_at, first.often_from) == (evening + timedelta(hours=1), 3)


def test_its_centres_are_called_the_same_on_the_board_and_at_the_joint_case(taitung: str) -> None:
    unit = f"{taitung}/welfare_centre.hills"
    assert (dispatch_words.unit(unit, "zh"), dispatch_words.unit(unit, "en")) == (
        "山上社福中心",
        "Hills welfare centre",
    )
    assert network_words.of(unit) == ("山上社福中心", "Hills welfare centre")
    assert unit_words(unit) == ("山上社會福利服務中心", "Hills welfare centre", "山上社福中心")


def test_a_message_to_its_units_names_their_kind_alone(taitung: str) -> None:
    wording = load_wording()
    assert [wording.stream_of(unit) for unit in county(taitung).unit_ids] == ["保護科", "社福中心", "社福中心"]


@pytest.mark.parametrize("code", counties.counties())
def test_every_county_that_has_set_something_is_a_county_and_says_where_from(code: str) -> None:
    assert code in names("counties", date.max)
    assert county(code).source
    assert county(code).settings.source


def test_no_township_is_served_by_two_centres_of_a_county() -> None:
    for each in counties.counties().values():
        served = [township for centre in each.centres.values() for township in centre.townships]
        assert len(served) == len(set(served))


def test_a_centre_that_names_no_township_serves_them_all_where_it_takes_the_family() -> None:
    city = county("chiayi-city")
    assert {city.centre_of(township) for township in ("東區", "西區", None)} == {"family_team"}
    assert city.centre_of("東區", takes=lambda name: name != "family_team") == "adult_team"
    assert unit_words("chiayi-city/family_team") == ("家庭服務組", "Family team", "家庭服務組")


def test_what_a_team_takes_is_read_as_strictly_as_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = county("chiayi-city").model_copy(update={"centres": {"x": Centre(when={"shoe_size": {"is": True}})}})
    monkeypatch.setattr("dispatch.policy.set_by", lambda _: odd)
    policy._teams.cache_clear()
    with pytest.raises(TableError, match="there is no such fact"):
        policy._teams("chiayi-city")
    policy._teams.cache_clear()


def test_what_no_county_may_set_is_refused() -> None:
    with pytest.raises(ValidationError, match="serving: name one of the centres"):
        counties._county({"code": "x", "source": "x", "verified": False, "serving": "welfare_centre.nowhere",
                          "centres": {"welfare_centre.beach": {"zh": "海邊", "en": "Beach"}}})  # fmt: skip
    with pytest.raises(ValidationError, match="write a length of time as 15m, 4h or 28d"):
        counties._county({"code": "x", "source": "x", "verified": False, "settings": {"claim_idle": "a while"}})
