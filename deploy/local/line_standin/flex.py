"""LINE's Flex Message layout (https://developers.line.biz/en/reference/messaging-api/#flex-message)."""

import json
from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, Tag, with_config
from pydantic_core import PydanticCustomError
from typing_extensions import TypeAliasType, TypedDict

from line_standin.actions import Action, FlexButtonAction
from line_standin.limits import STRICT, ByType, Items, MediaUrl

Colour = str
Length = str
Vertical = Literal["top", "bottom", "center"]
Horizontal = Literal["start", "end", "center"]
BUBBLE_BYTES = 30 * 1024
CAROUSEL_BYTES = 50 * 1024


class Placed(TypedDict):
    """What every component may set about its place."""

    flex: NotRequired[int]
    margin: NotRequired[Length]
    position: NotRequired[Literal["relative", "absolute"]]
    offsetTop: NotRequired[Length]
    offsetBottom: NotRequired[Length]
    offsetStart: NotRequired[Length]
    offsetEnd: NotRequired[Length]


@with_config(STRICT)
class Gradient(TypedDict):
    type: Literal["linearGradient"]
    angle: str
    startColor: Colour
    endColor: Colour
    centerColor: NotRequired[Colour]
    centerPosition: NotRequired[str]


@with_config(STRICT)
class Box(Placed):
    type: Literal["box"]
    layout: Literal["horizontal", "vertical", "baseline"]
    contents: "list[Component]"
    spacing: NotRequired[Length]
    width: NotRequired[Length]
    maxWidth: NotRequired[Length]
    height: NotRequired[Length]
    maxHeight: NotRequired[Length]
    backgroundColor: NotRequired[Colour]
    background: NotRequired[Gradient]
    borderColor: NotRequired[Colour]
    borderWidth: NotRequired[Length]
    cornerRadius: NotRequired[Length]
    paddingAll: NotRequired[Length]
    paddingTop: NotRequired[Length]
    paddingBottom: NotRequired[Length]
    paddingStart: NotRequired[Length]
    paddingEnd: NotRequired[Length]
    justifyContent: NotRequired[
        Literal["center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"]
    ]
    alignItems: NotRequired[Literal["center", "flex-start", "flex-end"]]
    action: NotRequired[Action]


@with_config(STRICT)
class Button(Placed):
    type: Literal["button"]
    action: FlexButtonAction
    style: NotRequired[Literal["primary", "secondary", "link"]]
    color: NotRequired[Colour]
    height: NotRequired[Literal["md", "sm"]]
    gravity: NotRequired[Vertical]
    adjustMode: NotRequired[Literal["shrink-to-fit"]]
    scaling: NotRequired[bool]


@with_config(STRICT)
class Image(Placed):
    type: Literal["image"]
    url: MediaUrl
    size: NotRequired[str]
    align: NotRequired[Horizontal]
    gravity: NotRequired[Vertical]
    aspectRatio: NotRequired[str]
    aspectMode: NotRequired[Literal["cover", "fit"]]
    backgroundColor: NotRequired[Colour]
    animated: NotRequired[bool]
    action: NotRequired[Action]


@with_config(STRICT)
class Icon(Placed):
    type: Literal["icon"]
    url: MediaUrl
    size: NotRequired[str]
    aspectRatio: NotRequired[str]
    scaling: NotRequired[bool]


@with_config(STRICT)
class Span(TypedDict):
    type: Literal["span"]
    text: NotRequired[str]
    size: NotRequired[str]
    color: NotRequired[Colour]
    weight: NotRequired[Literal["regular", "bold"]]
    style: NotRequired[Literal["normal", "italic"]]
    decoration: NotRequired[Literal["none", "underline", "line-through"]]


@with_config(STRICT)
class FlexText(Placed):
    type: Literal["text"]
    text: NotRequired[str]
    contents: NotRequired[list[Span]]
    size: NotRequired[str]
    align: NotRequired[Horizontal]
    gravity: NotRequired[Vertical]
    color: NotRequired[Colour]
    weight: NotRequired[Literal["regular", "bold"]]
    style: NotRequired[Literal["normal", "italic"]]
    decoration: NotRequired[Literal["none", "underline", "line-through"]]
    wrap: NotRequired[bool]
    lineSpacing: NotRequired[Length]
    maxLines: NotRequired[int]
    adjustMode: NotRequired[Literal["shrink-to-fit"]]
    scaling: NotRequired[bool]
    action: NotRequired[Action]


@with_config(STRICT)
class Separator(TypedDict):
    type: Literal["separator"]
    margin: NotRequired[Length]
    color: NotRequired[Colour]


@with_config(STRICT)
class Filler(TypedDict):
    type: Literal["filler"]
    flex: NotRequired[int]


def _has_words(text: dict[str, Any]) -> dict[str, Any]:
    if not text.get("text") and not text.get("contents"):
        raise PydanticCustomError("line_text", "must be non-empty text")
    return text


Component = TypeAliasType(
    "Component",
    Annotated[
        Annotated[Box, Tag("<box>")]
        | Annotated[Button, Tag("<button>")]
        | Annotated[Image, Tag("<image>")]
        | Annotated[Icon, Tag("<icon>")]
        | Annotated[FlexText, AfterValidator(_has_words), Tag("<text>")]
        | Annotated[Separator, Tag("<separator>")]
        | Annotated[Filler, Tag("<filler>")],
        ByType,
    ],
)


@with_config(STRICT)
class BlockStyle(TypedDict, total=False):
    backgroundColor: Colour
    separator: bool
    separatorColor: Colour


@with_config(STRICT)
class BubbleStyles(TypedDict, total=False):
    header: BlockStyle
    hero: BlockStyle
    body: BlockStyle
    footer: BlockStyle


@with_config(STRICT)
class Bubble(TypedDict):
    type: Literal["bubble"]
    size: NotRequired[Literal["nano", "micro", "deca", "hecto", "kilo", "mega", "giga"]]
    direction: NotRequired[Literal["ltr", "rtl"]]
    header: NotRequired[Box]
    hero: NotRequired[Annotated[Annotated[Box, Tag("<box>")] | Annotated[Image, Tag("<image>")], ByType]]
    body: NotRequired[Box]
    footer: NotRequired[Box]
    styles: NotRequired[BubbleStyles]
    action: NotRequired[Action]


def _whole_bubble(bubble: dict[str, Any]) -> dict[str, Any]:
    if not bubble.keys() & {"header", "hero", "body", "footer"}:
        raise PydanticCustomError("line", "At least one block must be specified")
    return _at_most(bubble, BUBBLE_BYTES)


def _at_most(container: dict[str, Any], most: int) -> dict[str, Any]:
    if len(json.dumps(container, ensure_ascii=False).encode()) > most:
        raise PydanticCustomError("line", "Size must be between 0 and {most}", {"most": most})
    return container


WholeBubble = Annotated[Bubble, AfterValidator(_whole_bubble)]


@with_config(STRICT)
class Carousel(TypedDict):
    type: Literal["carousel"]
    contents: Annotated[list[WholeBubble], Items(1, 12)]


Container = Annotated[
    Annotated[WholeBubble, Tag("<bubble>")]
    | Annotated[Carousel, AfterValidator(lambda carousel: _at_most(carousel, CAROUSEL_BYTES)), Tag("<carousel>")],
    ByType,
]
