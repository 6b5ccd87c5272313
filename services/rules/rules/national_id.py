"""The check digit of Taiwanese identity numbers: national ids, and residence certificates of the old and new form."""

import re

from contracts.people import fold_id

_FORM = re.compile(r"[A-Z](?:[1289]|[A-D])\d{8}", re.ASCII)
_FOREIGN = re.compile(r"(?=(?:[A-Z]*\d){6})[A-Z]{0,3}\d{5,}[A-Z0-9]{0,4}", re.ASCII)
# The order in which letters got their two-digit codes: A is 10, B is 11, and so on.
_CODE = {letter: number for number, letter in enumerate("ABCDEFGHJKLMNPQRSTUVXYWZIO", 10)}
_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
_RUNS = ("0123456789" * 2, "9876543210" * 2)
_MADE_UP = frozenset({"12312312", "12341234", "11223344"})
_EXAMPLE = "Q222222220"
"""Of this product's own documents and examples, where it stands for one person."""


def check_digit_holds(number: str) -> bool:
    """Whether an identity number is well formed and its last digit is the right one.

    Forms: a letter and 1 or 2 (nationals), 8 or 9 (residents since 2021-01-02), or A to D (residents before).
    Rule: Ministry of the Interior; the letter's two digits and the others, weighted, sum to a multiple of ten.
    """
    if not _FORM.fullmatch(number):
        return False
    second = number[1] if number[1].isdigit() else str(_CODE[number[1]] % 10)
    digits = f"{_CODE[number[0]]}{second}{number[2:]}"
    return sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 10 == 0


def is_sample(number: str) -> bool:
    """Whether a right number is one that forms print and clerks make up (A123456789, A100000001): it is nobody's own.

    Its digits count up or down, are all the same, or two come again and again, the check digit apart.
    """
    if number == _EXAMPLE or not is_one_of_now(number):
        return False
    own = number[2:9]
    return own[2:] == own[:-2] or number[1:9] in _MADE_UP or any(own in run for run in _RUNS)


def is_national_id(text: str) -> bool:
    """Whether a number identifies a person for good: a national id or a resident certificate of the new form."""
    return is_one_of_now(text) and not is_sample(text)


def is_one_of_now(text: str) -> bool:
    """Whether it is right and of a form that is issued today."""
    return text[1:2].isdigit() and check_digit_holds(text)


def is_old_residence(text: str) -> bool:
    """Whether it is right and of the old form; its bearer has another one since 2021: neither denies the other."""
    return text[1:2].isalpha() and check_digit_holds(text)


def is_foreign(text: str) -> bool:
    """Whether it may be a passport's: some letters and at least six digits, and no identity number, right or wrong."""
    return bool(_FOREIGN.fullmatch(text)) and not _FORM.fullmatch(text) and len(set(re.sub(r"\D", "", text))) > 1


def plain_id(written: str | None) -> str:
    """A number as it is compared, in one width and case, without blanks and hyphens."""
    return str(fold_id(written or "")).strip().upper()
