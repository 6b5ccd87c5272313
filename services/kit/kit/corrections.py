"""How to correct a parameter or field that FastAPI refuses: words for Pydantic's kinds of error, English and zh-TW."""

from collections.abc import Mapping
from typing import Any

Words = tuple[str, str]

_WORDS: Mapping[str, Words] = {
    "missing": ("This field is required.", "此欄位必填。"),
    "extra_forbidden": ("There is no such field: leave it out.", "沒有這個欄位：請移除。"),
    "json_invalid": ("The body is not valid JSON.", "內容不是有效的 JSON。"),
    "string_too_short": ("Write at least {min_length} character(s).", "至少 {min_length} 個字。"),
    "string_too_long": ("Write at most {max_length} characters.", "最多 {max_length} 個字。"),
    "string_pattern_mismatch": ("Some characters may not be used here.", "含有不可使用的字元。"),
    "literal_error": ("Write one of {expected}.", "請填下列其中之一：{expected}。"),
    "enum": ("Write one of {expected}.", "請填下列其中之一：{expected}。"),
    "greater_than_equal": ("Write {ge} or more.", "請填 {ge} 以上。"),
    "less_than_equal": ("Write {le} or less.", "請填 {le} 以下。"),
    "too_short": ("List at least {min_length}.", "至少列出 {min_length} 項。"),
    "too_long": ("List at most {max_length}.", "最多列出 {max_length} 項。"),
    "timezone_aware": ("Add the time zone, such as +08:00.", "請加上時區，如 +08:00。"),
}
_FAMILIES: Mapping[str, Words] = {
    "datetime": ("Write a time as 2026-11-20T21:40:00+08:00.", "時間請寫成 2026-11-20T21:40:00+08:00。"),
    "date": ("Write a day as 2026-11-20.", "日期請寫成 2026-11-20。"),
    "int": ("Write a whole number.", "請填整數。"),
    "bool": ("Write true or false.", "請填 true 或 false。"),
    "string": ("Write text.", "請填文字。"),
}
_OTHERWISE = ("This does not match /openapi.json.", "與 /openapi.json 的說明不符。")


def correction(error: Mapping[str, Any]) -> Words:
    """How to correct one error, in both languages; it may name our limits, never what was sent."""
    kind = str(error["type"])
    words = _WORDS.get(kind) or _FAMILIES.get(kind.partition("_")[0]) or _OTHERWISE
    en, zh = (each.format_map(error.get("ctx", {})) for each in words)
    return en, zh
