"""How to correct a parameter or field that FastAPI refuses: words for Pydantic's kinds of error."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from contracts.languages import Said
from contracts.times import HOW
from pydantic import BaseModel
from pydantic.fields import FieldInfo

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


def correction(error: Mapping[str, Any], model: Any = None) -> Said:
    """How to correct one error, in both languages; it may name our limits, never what was sent.

    Of a field that a body does not have, the names of those that it has are told, where its `model` is given.

    A model that raises `ValueError(Said(...))` says it in its own words; a time that `contracts.times` cannot read is
    told how a time is written.
    """
    kind, ours = str(error["type"]), getattr(error.get("ctx", {}).get("error"), "args", ())
    if ours and isinstance(ours[0], Said):
        return ours[0]
    if ours and str(ours[0]).partition(":")[0] in HOW:
        return _FAMILIES["datetime"]
    if kind == "extra_forbidden" and (names := _names(model, error["loc"][:-1])):
        return Said(
            f"沒有這個欄位：可填 {'、'.join(names)}。", f"There is no such field: there are {', '.join(names)}."
        )
    words = _WORDS.get(kind) or _FAMILIES.get(kind.partition("_")[0]) or _OTHERWISE
    limits = error.get("ctx", {})
    return Said(words.zh.format_map(limits), words.en.format_map(limits))


def _names(model: Any, steps: Sequence[int | str]) -> tuple[str, ...]:
    """The fields of the model at a place within another."""
    found = list(_models(model))
    for step in (each for each in steps if isinstance(each, str)):
        fields = [field for each in found for name, field in _fields(each) if name == step]
        found = [inner for field in fields for inner in _models(field.annotation)]
    return tuple(dict.fromkeys(name for each in found for name, _ in _fields(each)))


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """The fields of a model, as a body names them."""
    for name, field in model.model_fields.items():
        yield field.alias or name, field


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
