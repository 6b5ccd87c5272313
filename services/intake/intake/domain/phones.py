"""Whether a phone number can be called from Taiwan."""

import re

import phonenumbers
from phonenumbers import PhoneMetadata

SHORT_CODES = frozenset({"110", "112", "113", "119", "1922", "1925", "1957", "1966", "1980", "1991", "1995", "1999"})
HOME = "TW"


def _usual() -> re.Pattern[str]:
    """Mobiles and landlines as people write them: the library's own patterns, without its 20 us of parsing."""
    plan = PhoneMetadata.metadata_for_region(HOME)
    assert plan is not None
    kinds = (plan.mobile, plan.fixed_line)
    return re.compile("|".join(f"0(?:{kind.national_number_pattern})" for kind in kinds if kind), re.ASCII)


_USUAL = _usual()


def recognised(written: str) -> bool:
    """Whether the number is dialable: a mobile, a landline, an international number, or a public short code."""
    return bool(_USUAL.fullmatch(written)) or written.strip() in SHORT_CODES or _dialable(written)


def _dialable(written: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(written, HOME))
    except phonenumbers.NumberParseException:
        return False
