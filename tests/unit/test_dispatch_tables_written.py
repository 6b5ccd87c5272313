"""A text that is meant to keep the service busy is refused in a moment, in words."""

from datetime import UTC, datetime
from time import process_time

import pytest
from dispatch.publishing.draft_text import proved

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 20_000,
        "{a: " * 20_000,
        "- " * 20_000,
        "? " * 20_000,
        "county: x\nrows:\n- " + "[" * 20_000,
        "[" + "a," * 90_000 + "]",
    ],
)
def test_what_nests_or_goes_on_for_ever_is_refused_before_it_is_read(text: str) -> None:
    began = process_time()
    (fault,) = proved(text, "chiayi-county", NOW).faults
    assert "nested less deeply" in fault.en
    assert process_time() - began < 10


@pytest.mark.parametrize("number", ["1" + ":1" * 90_000 + ".5", "9" * 150_000, "2026-13-45"])
def test_a_number_that_no_machine_holds_is_a_fault_of_the_text(number: str) -> None:
    (fault,) = proved(f"in_force_from: {number}", "chiayi-county", NOW).faults
    assert fault.en.startswith("table: correct the YAML")
