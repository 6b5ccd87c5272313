"""Who hears of an enrolment: the units that its stage calls, at once; nobody where it calls none."""

from datetime import UTC, datetime

from contracts.enrolments import EnrolmentAdvanced, EnrolmentBegun, EnrolmentContacted
from notify.domain.notices import LAST, notices_of, rank_of

AT = datetime(2026, 11, 29, 6, tzinfo=UTC)
OF = {
    "enrolment_id": "e1",
    "county": "chiayi-county",
    "programme": "school_self_harm",
    "version": 2,
    "unit": "u",
    "stage": "crisis",
}
UNITS = ("chiayi-county/education", "chiayi-county/mental_health")


def test_an_act_is_told_to_the_school_and_to_mental_health_before_anything_else() -> None:
    event = EnrolmentAdvanced(**OF, answer="is_act", advanced_at=AT, calls=UNITS, priority=1, due_at=AT, rule="by_act")
    told = notices_of(event)
    assert [each.unit for each in told] == [*UNITS] and {rank_of(each) for each in told} == {1}
    assert {(each.template, each.about, each.due_at, each.report_id) for each in told} == {
        ("enrolment_called", "e1", AT, None)
    }


def test_what_calls_nobody_tells_nobody() -> None:
    assert notices_of(EnrolmentBegun(**OF, entered_by="referral", begun_at=AT)) == ()
    common = {name: value for name, value in OF.items() if name != "stage"}
    assert notices_of(EnrolmentContacted(**common, what="care", kind="visit", reached=True, contacted_at=AT)) == ()
    [one] = notices_of(EnrolmentBegun(**OF, entered_by="rule", begun_at=AT, calls=UNITS[:1]))
    assert one.priority == LAST, "what is not urgent waits for the messages about new reports"
