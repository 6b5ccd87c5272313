"""A referral's card in LINE: three answers, the reasons that network knows, a day ahead; nothing of the case."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from contracts.referrals import SEALED, ReferralAccepted, ReferralRefused, ReferralSent, ReferralWithdrawn
from line_standin.messages import PushRequest, ReplyRequest
from network.services import catalogue
from notify.domain.hook import body_of
from notify.domain.message import compose
from notify.domain.notices import notices_of
from notify.domain.referring import FULL, NOT_US, REFUSE, TAKE, Buttons, Over, Said, over_of, reasons_card
from notify.domain.tokens import AcceptTokens
from notify.wording import load_wording
from pydantic import TypeAdapter

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
ID = "5e0f6f0a-2f6d-4b7e-9a51-0c8f2f8e0021"
TO = "chiayi-county/provider.pantry"
OF = {
    "referral_id": ID, "county": "chiayi-county", "service": "food_bank", "unit": TO,
    "from_unit": "chiayi-county/welfare_centre.minxiong", "case_id": "7c1d7c70-58d3-5b7e-8f3e-0c8f2f8e0001",
}  # fmt: skip
SENT = ReferralSent.model_validate(OF | {"answer_due_at": NOW + timedelta(days=2), "sent_at": NOW})
WORDING = load_wording()
WORDS = WORDING.referrals
SITES = {"network": "https://network.example", "dispatch": "", "notify": ""}


def token(answer: str) -> str:
    return AcceptTokens(b"secret").issue("b3f1a7de-93c4-5b62-a7b5-9d6c2c7d0001", NOW, answer)


def card(event: ReferralSent = SENT) -> dict[str, Any]:
    [notice] = notices_of(event)
    return compose(notice, WORDING, token="", sites=SITES, answers=Buttons(WORDS, token, date(2026, 11, 29)))


def actions(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [each["action"] for each in message["contents"]["footer"]["contents"]]


def test_a_card_goes_to_who_is_asked_with_three_answers_and_says_nothing_of_the_case() -> None:
    [notice] = notices_of(SENT)
    assert (notice.unit, notice.template, notice.case_id, notice.report_id) == (TO, "referral_asked", None, None)
    made = card()
    take, not_us, full, look = actions(made)
    read = AcceptTokens(b"secret").read
    assert [read(each["data"], NOW)[0] for each in (take, not_us, full)] == [TAKE, NOT_US, FULL]  # type: ignore[index]
    assert (full["type"], full["min"], full["max"]) == ("datetimepicker", "2026-11-30", "2027-05-27")
    assert look["uri"].startswith(f"https://network.example/referrals/{ID}")
    told = json.dumps(made, ensure_ascii=False)
    assert "實物銀行" in told and "115年12月1日" in told
    assert not [each for each in (str(OF["case_id"]), "7C1D7C70", "minxiong", "民雄") if each in told]
    TypeAdapter(PushRequest).validate_python({"to": "C" + "0" * 32, "messages": [made]})


def test_of_a_sealed_service_nobody_is_told() -> None:
    assert notices_of(SENT.model_copy(update={"service": SEALED})) == ()


def test_no_message_names_a_service_that_tells_what_happened_to_a_family() -> None:
    quiet = {code for code, each in catalogue().services.items() if each.sealed or each.seen_by == "lead"}
    assert quiet and not quiet & set(WORDS.services)
    assert not {"sexual_assault_support", "shelter", "addiction_prevention", "release_support"} & set(WORDS.services)
    assert set(WORDS.services) <= set(catalogue().services)
    shelter = json.dumps(card(SENT.model_copy(update={"service": "shelter"})), ensure_ascii=False)
    assert "shelter" not in shelter and "服務:" not in shelter


def test_the_reasons_and_the_longest_wait_are_those_that_network_takes() -> None:
    assert tuple(WORDS.refusals) == catalogue().refusals
    longest = catalogue().waiting_at_most
    assert (longest.unit, longest.amount) == ("d", WORDS.room_within_days + 1)


def test_the_card_of_reasons_is_one_that_line_takes() -> None:
    made = reasons_card(WORDS, "5E0F6F0A", token)
    assert [each["label"] for each in actions(made)] == list(WORDS.refusals.values())
    TypeAdapter(ReplyRequest).validate_python({"replyToken": "t", "messages": [made]})


@pytest.mark.parametrize(
    ("button", "chosen", "said"),
    [
        (TAKE, None, Said("accepted")),
        (f"{REFUSE}no_capacity", None, Said("refused", "no_capacity")),
        (f"{REFUSE}because", None, None),
        (FULL, "2026-11-30", Said("waiting", expected_on=date(2026, 11, 30))),
        (FULL, "2027-05-27", Said("waiting", expected_on=date(2027, 5, 27))),
        (FULL, "2027-05-28", None),
        (FULL, "2026-11-29", None),
        (FULL, "tomorrow", None),
        (FULL, None, None),
        ("accept", None, None),
    ],
)
def test_what_a_button_says(button: str, chosen: str | None, said: Said | None) -> None:
    assert Said.of(button, chosen, NOW, WORDS) == said


def test_a_day_is_ahead_by_taiwans_calendar() -> None:
    late = datetime(2026, 11, 29, 16, tzinfo=UTC)  # midnight in Taipei
    assert Said.of(FULL, "2026-11-30", late, WORDS) is None
    assert Said.of(FULL, "2026-12-01", late, WORDS)


def test_what_ends_the_asking() -> None:
    accepted = ReferralAccepted.model_validate(
        OF | {"answer": "accepted", "channel": "link", "accepted_at": NOW}
    )  # fmt: skip
    refused = ReferralRefused.model_validate(
        OF | {"answer": "refused", "reason": "no_need", "channel": "line", "refused_at": NOW}
    )
    withdrawn = ReferralWithdrawn.model_validate(OF | {"reason": "not_needed", "withdrawn_at": NOW})
    assert [over_of(each) for each in (accepted, refused, withdrawn, SENT)] == [
        Over(ID, "accepted"), Over(ID, "refused", by_press=True), Over(ID, "withdrawn"), None,
    ]  # fmt: skip


@pytest.mark.parametrize("style", ["notice", "teams", "slack"])
def test_a_webhook_is_told_how_to_answer_since_nobody_presses_there(style: Any) -> None:
    body = body_of(json.dumps(card(), ensure_ascii=False), style, NOW, WORDS.elsewhere).decode()
    assert WORDS.elsewhere in body and f"https://network.example/referrals/{ID}" in body
    assert "我們可受理" not in body and token(TAKE) not in body
