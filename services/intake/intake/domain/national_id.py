"""Whether an identity number, as somebody wrote it, can be right."""

from contracts.people import fold_id
from rules import national_id


def check_digit_holds(written: str) -> bool:
    """Whether it is well formed and its last digit is the right one, however it is typed."""
    return national_id.check_digit_holds(str(fold_id(written)))
