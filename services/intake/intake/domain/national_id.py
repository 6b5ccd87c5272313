"""Whether an identity number, as somebody wrote it, can be right."""

from contracts.people import fold_id
from rules import national_id


def check_digit_holds(written: str) -> bool:
    """Whether it is well formed and its last digit is the right one, however it is typed."""
    return national_id.check_digit_holds(str(fold_id(written)))


def is_sample(written: str) -> bool:
    """Whether it is one that forms print as an example, and that is nobody's own."""
    return national_id.is_sample(str(fold_id(written)))
