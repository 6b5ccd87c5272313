"""How to correct a parameter or field that FastAPI refuses: words for Pydantic's kinds of error."""

from collections.abc import Mapping
from typing import Any

from contracts.languages import Said

_WORDS: Mapping[str, Said] = {
    "missing": Said("此欄位必填。", "This field is required."),
    "extra_forbidden": Said("沒有這個欄位：請移除。", "There is no such field: leave it out."),
    "json_invalid": Said("內容不是有效的 JSON。", "The body is not valid JSON."),
    "string_too_short": Said("至少 {min_length} 個字。", "Write at least {min_length} character(s)."),
    "string_too_long": Said("最多 {max_length} 個字。", "Write at most {max_length} characters."),
    "string_pattern_mismatch": Said("含有不可使用的字元。", "Some characters may not be used here."),
    "literal_error": Said("請填下列其中之一：{expected}。", "Write one of {expected}."),
    "enum": Said("請填下列其中之一：{expected}。", "Write one of {expected}."),
    "greater_than_equal": Said("請填 {ge} 以上。", "Write {ge} or more."),
    "less_than_equal": Said("請填 {le} 以下。", "Write {le} or less."),
    "too_short": Said("至少列出 {min_length} 項。", "List at least {min_length}."),
    "too_long": Said("最多列出 {max_length} 項。", "List at most {max_length}."),
    "timezone_aware": Said("請加上時區，如 +08:00。", "Add the time zone, such as +08:00."),
}
_FAMILIES: Mapping[str, Said] = {
    "datetime": Said("時間請寫成 2026-11-20T21:40:00+08:00。", "Write a time as 2026-11-20T21:40:00+08:00."),
    "date": Said("日期請寫成 2026-11-20。", "Write a day as 2026-11-20."),
    "int": Said("請填整數。", "Write a whole number."),
    "bool": Said("請填 true 或 false。", "Write true or false."),
    "string": Said("請填文字。", "Write text."),
}
_OTHERWISE = Said("與 /openapi.json 的說明不符。", "This does not match /openapi.json.")


def correction(error: Mapping[str, Any]) -> Said:
    """How to correct one error, in both languages; it may name our limits, never what was sent.

    A model that raises `ValueError(Said(...))` says it in its own words.
    """
    kind, ours = str(error["type"]), getattr(error.get("ctx", {}).get("error"), "args", ())
    if ours and isinstance(ours[0], Said):
        return ours[0]
    words = _WORDS.get(kind) or _FAMILIES.get(kind.partition("_")[0]) or _OTHERWISE
    limits = error.get("ctx", {})
    return Said(words.zh.format_map(limits), words.en.format_map(limits))
