"""In which band of age somebody is counted, and what the bands are called."""

import pytest
from rules.ages import BANDS, LAST, WORDS, band


@pytest.mark.parametrize(
    ("age", "of"),
    [(0, "under_6"), (5, "under_6"), (6, "6_to_11"), (17, "12_to_17"), (18, "18_to_29"), (64, "50_to_64"), (65, LAST)],
)
def test_ages_fall_in_bands(age: int, of: str) -> None:
    assert band(age) == of


def test_every_band_has_words_and_they_are_in_order() -> None:
    assert [*BANDS, LAST] == list(WORDS)
    assert WORDS["6_to_11"] == ("6至11歲", "6 to 11", "6至11歲")
    assert WORDS[LAST] == ("65歲以上", "65 and over", "65歲以上")
