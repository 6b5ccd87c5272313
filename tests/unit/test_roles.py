"""Who may do what: a role that the contract does not list may nothing, whatever its entry says of counties."""

import pytest
from contracts.roles import ROLES, May, may, who


@pytest.mark.parametrize("role", ["clerk", "", "Supervisor", "*"])
def test_a_role_that_is_not_listed_may_nothing(role: str) -> None:
    assert role not in ROLES
    assert not [what for what in May if may(role, what)]


def test_every_deed_is_somebodys() -> None:
    assert all(who(what) for what in May)
