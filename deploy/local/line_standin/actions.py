"""LINE's action objects: what a button does (https://developers.line.biz/en/reference/messaging-api/#action-objects)."""

from typing import Annotated, Literal, NotRequired

from pydantic import Tag, with_config
from typing_extensions import TypedDict

from line_standin.limits import STRICT, ByType, Labelled, Link, Text, utf16_units

Label = Annotated[str, Text(40)]
Said = Annotated[str, Text(300)]
Data = Annotated[str, Text(300, count=utf16_units)]


@with_config(STRICT)
class PostbackAction(TypedDict):
    type: Literal["postback"]
    label: NotRequired[Label]
    data: Data
    displayText: NotRequired[Said]
    text: NotRequired[Said]
    inputOption: NotRequired[Literal["closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"]]
    fillInText: NotRequired[Said]


@with_config(STRICT)
class MessageAction(TypedDict):
    type: Literal["message"]
    label: NotRequired[Label]
    text: Said


@with_config(STRICT)
class AltUri(TypedDict):
    desktop: NotRequired[Link]


@with_config(STRICT)
class UriAction(TypedDict):
    type: Literal["uri"]
    label: NotRequired[Label]
    uri: Link
    altUri: NotRequired[AltUri]


@with_config(STRICT)
class DatetimePickerAction(TypedDict):
    type: Literal["datetimepicker"]
    label: NotRequired[Label]
    data: Data
    mode: Literal["date", "time", "datetime"]
    initial: NotRequired[str]
    max: NotRequired[str]
    min: NotRequired[str]


@with_config(STRICT)
class ClipboardAction(TypedDict):
    type: Literal["clipboard"]
    label: NotRequired[Label]
    clipboardText: Annotated[str, Text(1000, count=utf16_units)]


@with_config(STRICT)
class PhoneAction(TypedDict):
    """Camera, camera roll and location: quick replies only."""

    type: Literal["camera", "cameraRoll", "location"]
    label: Label


Action = Annotated[
    Annotated[PostbackAction, Tag("<postback>")]
    | Annotated[MessageAction, Tag("<message>")]
    | Annotated[UriAction, Tag("<uri>")]
    | Annotated[DatetimePickerAction, Tag("<datetimepicker>")]
    | Annotated[ClipboardAction, Tag("<clipboard>")],
    ByType,
]
AnyAction = Annotated[
    Annotated[PostbackAction, Tag("<postback>")]
    | Annotated[MessageAction, Tag("<message>")]
    | Annotated[UriAction, Tag("<uri>")]
    | Annotated[DatetimePickerAction, Tag("<datetimepicker>")]
    | Annotated[ClipboardAction, Tag("<clipboard>")]
    | Annotated[PhoneAction, Tag("<camera>")]
    | Annotated[PhoneAction, Tag("<cameraRoll>")]
    | Annotated[PhoneAction, Tag("<location>")],
    ByType,
]
TemplateAction = Annotated[Action, Labelled(20)]
ImageAction = Annotated[Action, Labelled(12, required=False)]
FlexButtonAction = Annotated[Action, Labelled(40)]
QuickReplyAction = Annotated[AnyAction, Labelled(20)]
