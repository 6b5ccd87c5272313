"""LINE's message objects and the push request (https://developers.line.biz/en/reference/messaging-api/)."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, ConfigDict, Tag, with_config
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from line_standin.actions import Action, ImageAction, QuickReplyAction, TemplateAction
from line_standin.flex import Container
from line_standin.limits import STRICT, ByType, Items, MediaUrl, Text, check_length, utf16_units

AltText = Annotated[str, Text(1500, count=utf16_units)]
LongText = Annotated[str, Text(5000, count=utf16_units)]


@with_config(STRICT)
class QuickReplyItem(TypedDict):
    type: Literal["action"]
    imageUrl: NotRequired[MediaUrl]
    action: QuickReplyAction


@with_config(STRICT)
class QuickReply(TypedDict):
    items: Annotated[list[QuickReplyItem], Items(1, 13)]


@with_config(STRICT)
class Sender(TypedDict, total=False):
    name: Annotated[str, Text(20)]
    iconUrl: MediaUrl


class Common(TypedDict):
    """What every message may carry."""

    quickReply: NotRequired[QuickReply]
    sender: NotRequired[Sender]


@with_config(STRICT)
class TextMessage(Common):
    type: Literal["text"]
    text: LongText
    emojis: NotRequired[Annotated[list[dict[str, Any]], Items(0, 20)]]
    quoteToken: NotRequired[str]


@with_config(STRICT)
class TextMessageV2(Common):
    type: Literal["textV2"]
    text: LongText
    substitution: NotRequired[dict[str, dict[str, Any]]]
    quoteToken: NotRequired[str]


@with_config(STRICT)
class StickerMessage(Common):
    type: Literal["sticker"]
    packageId: str
    stickerId: str
    quoteToken: NotRequired[str]


@with_config(STRICT)
class ImageMessage(Common):
    type: Literal["image"]
    originalContentUrl: MediaUrl
    previewImageUrl: MediaUrl


@with_config(STRICT)
class VideoMessage(Common):
    type: Literal["video"]
    originalContentUrl: MediaUrl
    previewImageUrl: MediaUrl
    trackingId: NotRequired[Annotated[str, Text(100)]]


@with_config(STRICT)
class AudioMessage(Common):
    type: Literal["audio"]
    originalContentUrl: MediaUrl
    duration: int


@with_config(STRICT)
class LocationMessage(Common):
    type: Literal["location"]
    title: Annotated[str, Text(100)]
    address: Annotated[str, Text(100)]
    latitude: float
    longitude: float


@with_config(ConfigDict(extra="allow", strict=True))
class OtherMessage(Common):
    """Imagemap and coupon: accepted by their type alone, since nothing here sends them."""

    type: Literal["imagemap", "coupon"]


class Pictured(TypedDict):
    """The picture and the title, which leave less room for the text."""

    text: str
    title: NotRequired[Annotated[str, Text(40)]]
    thumbnailImageUrl: NotRequired[MediaUrl]
    imageBackgroundColor: NotRequired[str]
    defaultAction: NotRequired[Action]


@with_config(STRICT)
class ButtonsTemplate(Pictured):
    type: Literal["buttons"]
    imageAspectRatio: NotRequired[Literal["rectangle", "square"]]
    imageSize: NotRequired[Literal["cover", "contain"]]
    actions: Annotated[list[TemplateAction], Items(1, 4)]


@with_config(STRICT)
class ConfirmTemplate(TypedDict):
    type: Literal["confirm"]
    text: Annotated[str, Text(240)]
    actions: Annotated[list[TemplateAction], Items(2, 2)]


@with_config(STRICT)
class CarouselColumn(Pictured):
    actions: Annotated[list[TemplateAction], Items(1, 3)]


def _room_for_text(plain: int, pictured: int) -> AfterValidator:
    def check(part: dict[str, Any]) -> dict[str, Any]:
        most = pictured if part.keys() & {"title", "thumbnailImageUrl"} else plain
        check_length(part["text"], most, kind="line_text")
        return part

    return AfterValidator(check)


def _same_buttons(columns: list[Any]) -> list[Any]:
    if len({len(column["actions"]) for column in columns}) > 1:
        raise PydanticCustomError("line", "The number of actions must be the same in all columns")
    return columns


@with_config(STRICT)
class CarouselTemplate(TypedDict):
    type: Literal["carousel"]
    columns: Annotated[
        list[Annotated[CarouselColumn, _room_for_text(120, 60)]], Items(1, 10), AfterValidator(_same_buttons)
    ]
    imageAspectRatio: NotRequired[Literal["rectangle", "square"]]
    imageSize: NotRequired[Literal["cover", "contain"]]


@with_config(STRICT)
class ImageColumn(TypedDict):
    imageUrl: MediaUrl
    action: ImageAction


@with_config(STRICT)
class ImageCarouselTemplate(TypedDict):
    type: Literal["image_carousel"]
    columns: Annotated[list[ImageColumn], Items(1, 10)]


Template = Annotated[
    Annotated[ButtonsTemplate, _room_for_text(160, 60), Tag("<buttons>")]
    | Annotated[ConfirmTemplate, Tag("<confirm>")]
    | Annotated[CarouselTemplate, Tag("<carousel>")]
    | Annotated[ImageCarouselTemplate, Tag("<image_carousel>")],
    ByType,
]


@with_config(STRICT)
class TemplateMessage(Common):
    type: Literal["template"]
    altText: AltText
    template: Template


@with_config(STRICT)
class FlexMessage(Common):
    type: Literal["flex"]
    altText: AltText
    contents: Container


Message = Annotated[
    Annotated[TextMessage, Tag("<text>")]
    | Annotated[TextMessageV2, Tag("<textV2>")]
    | Annotated[StickerMessage, Tag("<sticker>")]
    | Annotated[ImageMessage, Tag("<image>")]
    | Annotated[VideoMessage, Tag("<video>")]
    | Annotated[AudioMessage, Tag("<audio>")]
    | Annotated[LocationMessage, Tag("<location>")]
    | Annotated[TemplateMessage, Tag("<template>")]
    | Annotated[FlexMessage, Tag("<flex>")]
    | Annotated[OtherMessage, Tag("<imagemap>")]
    | Annotated[OtherMessage, Tag("<coupon>")],
    ByType,
]
Messages = Annotated[list[Message], Items(1, 5)]


@with_config(STRICT)
class PushRequest(TypedDict):
    """The body of `POST /v2/bot/message/push`."""

    to: str
    messages: Messages
    notificationDisabled: NotRequired[bool]
    customAggregationUnits: NotRequired[Annotated[list[Annotated[str, Text(30)]], Items(0, 1)]]


@with_config(STRICT)
class ReplyRequest(TypedDict):
    """The body of `POST /v2/bot/message/reply`."""

    replyToken: str
    messages: Messages
    notificationDisabled: NotRequired[bool]


@with_config(STRICT)
class ValidateRequest(TypedDict):
    """The body of `POST /v2/bot/message/validate/push`."""

    messages: Messages
