"""The bar of every page leads to the pages of other services that its person may come into, and to no others."""

import pytest
from contracts.roles import ENTRANCES, ROLES, entering
from web.sites import Sites

URLS = {name: f"https://{name}.example.gov.tw" for name in ENTRANCES}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("own", ENTRANCES)
def test_a_role_is_led_where_the_door_lets_it_in(role: str, own: str) -> None:
    led = Sites(URLS, own).open_to(role)
    assert set(led) == {name for name in ENTRANCES if name != own and role in entering(name)}


def test_nobody_is_led_nowhere_and_those_at_the_edge_see_no_more_than_theirs() -> None:
    assert not Sites({"dispatch": "", "network": ""}, "notify").open_to("supervisor")
    assert set(Sites(URLS, "").open_to("keeper")) == {"intake", "network"}
    assert set(Sites(URLS, "").open_to("liaison")) == {"dispatch"}
    assert set(Sites(URLS, "").open_to("caseworker")) == {"intake", "dispatch", "network", "notify"}


def test_every_role_comes_in_somewhere() -> None:
    assert {role for name in ENTRANCES for role in entering(name)} == set(ROLES)
