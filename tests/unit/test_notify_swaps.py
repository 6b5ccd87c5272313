"""An exchange of duties: what may be offered, and the rota once two people have confirmed."""

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar
from notify.calendars.calendar import Stretch, calendar_of
from notify.domain.rota import Rota, Shift, final
from notify.domain.swaps import Obstacle, Span, Swap, obstacle, swapped

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
A, B = ("王值班", "陳社工")


def span(day: int) -> Span:
    """A night that begins so many days from now."""
    return Span(NOW + timedelta(days=day), NOW + timedelta(days=day, hours=12))


ROTA = Rota(shifts=tuple(Shift(span(day).start, span(day).end, A if day % 2 else B) for day in range(7)))


def swap(given: Span, back: Span | None = None) -> Swap:
    return Swap("s", "chiayi-county/police", "on_call", A, B, given, back, NOW)


@pytest.mark.parametrize(
    ("given", "back", "why"),
    [(span(1), None, None), (span(1), span(2), None), (span(2), None, "not_yours"), (span(1), span(3), "not_theirs"),
     (span(0), None, "past"), (span(1), span(0), "past"), (Span(span(1).start, span(2).end), None, "not_yours")],
)  # fmt: skip
def test_only_duties_to_come_of_these_two_people_can_be_exchanged(
    given: Span, back: Span | None, why: Obstacle | None
) -> None:
    assert obstacle(swap(given, back), ROTA, NOW) == why


def test_what_two_people_confirmed_goes_before_all_that_was_written_and_cannot_be_given_twice() -> None:
    offer = swap(span(1), span(2))
    after = swapped(ROTA, offer)
    for each, person in ((span(1), B), (span(2), A), (span(3), A)):
        assert {duty.person for duty in final(after, each.start, each.end)} == {person}
    assert {each.swap for each in after.overrides} == {"s"}
    assert obstacle(offer, after, NOW) == "not_yours"


def test_a_calendar_says_on_call_a_kind_of_unit_and_times_and_nothing_else() -> None:
    night = span(1)
    stretches = [Stretch("chiayi-county/welfare_centre.minxiong", "on_call", night.start, night.end),
                 Stretch("chiayi-county/unheard.of", "supervisor", night.start, night.end)]  # fmt: skip
    raw = calendar_of(stretches, NOW)
    assert all(len(line) <= 75 for line in raw.split(b"\r\n")) and raw.endswith(b"END:VCALENDAR\r\n")
    first, second = Calendar.from_ical(raw).walk("VEVENT")
    assert first["summary"] == "值班 On call · 社福中心 Welfare centre"
    assert second["summary"] == "督導 Supervisor"
    assert (first["dtstart"].dt, first["dtend"].dt) == (night.start, night.end)
    assert calendar_of(stretches, NOW) == raw
    for private in ("minxiong", "民雄", "chiayi", A, B):
        assert private.encode() not in raw
    assert {name for event in (first, second) for name in event} == {
        "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "TRANSP"
    }  # fmt: skip
