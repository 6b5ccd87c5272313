"""What messages are made of: texts that can carry a code, a colleague's name and a time, and no more; buttons."""

from string import Formatter
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, Field

Json: TypeAlias = dict[str, Any]

_ALLOWED = frozenset({"code", "name", "at"})


def _only_known_names(text: str) -> str:
    """Raises ValueError for a placeholder that could carry more than a code, a colleague's name or a time."""
    if unknown := {name for _, name, _, _ in Formatter().parse(text) if name is not None} - _ALLOWED:
        raise ValueError(f"a message may not carry {sorted(unknown)}")
    return text


Text = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_only_known_names)]
Label = Annotated[str, Field(min_length=1, max_length=20)]


def box(*contents: Json) -> Json:
    return {"type": "box", "layout": "vertical", "spacing": "sm", "contents": list(contents)}


def text(text: str, **style: object) -> Json:
    return {"type": "text", "text": text, **style}


def button(action: Json, **style: object) -> Json:
    return {"type": "button", **style, "action": action}


def postback(label: str, token: str, said: str) -> Json:
    """What a press sends us, and what the group reads of it."""
    return {"type": "postback", "label": label, "data": token, "displayText": said}
