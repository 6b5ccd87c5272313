"""The check digit of Taiwanese identity numbers: national ids, and residence certificates of the old and new form."""

import re

_FORM = re.compile(r"[A-Z](?:[1289]|[A-D])\d{8}", re.ASCII)
# The order in which letters got their two-digit codes: A is 10, B is 11, and so on.
_CODE = {letter: number for number, letter in enumerate("ABCDEFGHJKLMNPQRSTUVXYWZIO", 10)}
_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)


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


def is_national_id(text: str) -> bool:
    """Whether a number identifies a person for good: a national id or a resident certificate of the new form.

    The old form does not: its bearer has had another number since 2021, and two numbers would make two people.
    """
    return text[1:2].isdigit() and check_digit_holds(text)
