"""Whether an identity number, as somebody wrote it, can be right."""

from rules import national_id


def check_digit_holds(written: str) -> bool:
    """Whether it is well formed and its last digit is the right one, whatever its case and the spaces around it."""
    return national_id.check_digit_holds(written.strip().upper())
