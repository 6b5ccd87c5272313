"""Passwords: argon2id for new ones, and the hashes that older settings hold."""

import json

import pytest
from structlog.testing import capture_logs
from web.passwords import PASSWORDS, Scrypt, is_hash
from web.people import People

OLD = "16384$8$1$MDEyMzQ1Njc4OWFiY2RlZg==$"


def listed(**password: str) -> People:
    return People(json.dumps([{"username": "wang", "name": "王", "role": "officer", "counties": ["*"]} | password]))


def test_a_new_hash_is_argon2id_of_the_published_cost() -> None:
    assert PASSWORDS.hash("correct horse").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(
    "stored",
    [
        {"password_hash": PASSWORDS.hash("密碼 right")},
        {"password_scrypt": Scrypt().hash("密碼 right")},
        {"password_hash": Scrypt().hash("密碼 right")},
    ],
    ids=["new", "old name", "old hash under the new name"],
)
async def test_the_right_password_opens_whatever_hash_a_setting_holds(stored: dict[str, str]) -> None:
    people = listed(**stored)
    assert await people.with_password("wang", "密碼 right") == people.named("wang")
    assert await people.with_password("wang", "密碼 wrong") is None
    assert await people.with_password("nobody", "密碼 right") is None


def test_hashes_of_the_old_kind_are_counted_in_the_log_without_a_name() -> None:
    with capture_logs() as logs:
        listed(password_hash=PASSWORDS.hash("x"))
        listed(password_scrypt=Scrypt().hash("x"))
    assert [(each["event"], each["count"]) for each in logs] == [("passwords_hashed_the_old_way", 1)]


@pytest.mark.parametrize("stored", [{}, {"password_hash": "secret in the clear"}, {"password_hash": OLD}])
def test_a_password_that_is_not_hashed_keeps_the_service_from_starting_and_says_who(stored: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"wang has no password_hash; make one: python -m dispatch password"):
        listed(**stored)


def test_what_is_a_hash() -> None:
    assert is_hash(PASSWORDS.hash("x"))
    assert is_hash(Scrypt().hash("x"))
    assert not is_hash("$2b$12$" + "x" * 53)
