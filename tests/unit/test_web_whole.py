"""A number that somebody types, or that stands in an address: whatever it is, it is no fault of ours."""

import pytest
from web.frame import whole


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("１２", 12), ("0", 0), ("", None), (None, None), ("²", None), ("-1", None), ("1.5", None), ("x", None),
     ("9" * 5_000, None), ("1000000", None), ("999999", 999_999)],
)  # fmt: skip
def test_a_number_is_read_or_there_is_none(text: str | None, number: int | None) -> None:
    assert whole(text) == number


def test_a_number_has_a_bound_of_its_own() -> None:
    assert (whole("100", 99), whole("99", 99), whole("12", 9)) == (None, 99, None)
