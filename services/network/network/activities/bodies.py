"""What people send to have something recorded: the bodies of the API, which the page's forms fill as well."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Literal, Self

from contracts.languages import Said
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from rules.calendars import NATIONAL
from rules.places import villages_of
from rules.spans import TAIPEI

from network.activities.domain.record import Content
from network.activities.lists import codes, due_within, typed_ones
from network.services import one_of

_CONTENT: TypeAdapter[Content] = TypeAdapter(Content)
MOST = 1_000_000
Count = Annotated[int, Field(ge=0, le=MOST)]
Year = Annotated[int, Field(ge=2000, le=2100)]
Name = Annotated[str, Field(max_length=60)]
Text = Annotated[str, Field(max_length=200)]


def _among(known: Callable[[], tuple[str, ...]]) -> AfterValidator:
    def check(code: str) -> str:
        if code not in known():
            raise ValueError(one_of(known()))
        return code

    return AfterValidator(check)


Kind = Annotated[str, _among(lambda: codes("activities"))]
Place = Annotated[str, _among(lambda: codes("sites"))]
Of = Annotated[str, _among(lambda: codes("bases"))]
Role = Annotated[str, _among(lambda: codes("roles"))]
Course = Annotated[str, _among(lambda: codes("courses"))]


def _month(text: str) -> str:
    try:
        return f"{date.fromisoformat(f'{text}-01'):%Y-%m}"
    except ValueError:
        raise ValueError(Said("月份請寫成 2021-07。", "Write the month as 2021-07.")) from None


Month = Annotated[str, AfterValidator(_month)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class ActivityBody(Body):
    """Sessions of one kind on a day; of a series where it is named."""

    of: Literal["activity"]
    kind: Kind
    day: date
    sessions: Annotated[int, Field(ge=1, le=MOST)] = 1
    people: Count | None = None
    organiser: Name = ""
    funds: Name = ""
    series: Name = ""
    place: Name = ""
    township: Name = ""


class CoverageBody(Body):
    of: Literal["coverage"]
    site: Place
    year: Year
    township: Name
    sites: Count
    communities: Count = 0


class BaseBody(Body):
    of: Literal["base"]
    name: Of
    year: Year
    count: Annotated[int, Field(ge=1, le=MOST)]


class PopulationBody(Body):
    """The sexes add up to all people, where they are said."""

    of: Literal["population"]
    month: Month
    people: Annotated[int, Field(ge=1, le=30 * MOST)]
    male: Annotated[int, Field(ge=0, le=30 * MOST)] | None = None
    female: Annotated[int, Field(ge=0, le=30 * MOST)] | None = None
    ages: dict[Annotated[str, Field(pattern=r"^[0-9_]{1,9}$")], Annotated[int, Field(ge=0, le=30 * MOST)]] | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.male is not None and self.female is not None and self.male + self.female != self.people:
            raise ValueError(Said("男女合計須等於總人口。", "Men and women must add up to all people."))
        return self


class PostsBody(Body):
    of: Literal["posts"]
    group: Name
    role: Role
    month: Month
    posts: Count
    filled: Count


class GrowthBody(Body):
    of: Literal["growth"]
    group: Name
    year: Year
    more: Count


class FundingBody(Body):
    of: Literal["grant"]
    purpose: Place
    body: Name
    year: Year
    amount: Annotated[int, Field(ge=0, le=100_000 * MOST)]
    state: Literal["asked", "granted"]


class SessionBody(Body):
    of: Literal["session"]
    course: Course
    day: date
    places: Annotated[int, Field(ge=1, le=1000)]


class NeedBody(Body):
    """Without `due`, as long after `started` as rules/activities.yaml says for the course."""

    of: Literal["need"]
    course: Course
    name: Annotated[str, Field(min_length=1, max_length=60)]
    post: Name = ""
    started: date
    due: date | None = None
    taken: date | None = None

    @model_validator(mode="after")
    def _is_due(self) -> Self:
        if self.due is None:
            began = datetime(self.started.year, self.started.month, self.started.day, tzinfo=TAIPEI)
            self.due = NATIONAL.due(due_within(self.course), began).date()
        return self


class TypedBody(Body):
    """A share of 1, or its two parts."""

    of: Literal["typed"]
    indicator: Annotated[str, _among(typed_ones)]
    year: Year
    value: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)] | None = None
    part: Count | None = None
    whole: Annotated[int, Field(ge=1, le=MOST)] | None = None

    @model_validator(mode="after")
    def _is_said_once(self) -> Self:
        parts = self.part is not None and self.whole is not None
        if parts == (self.value is not None):
            raise ValueError(Said("請填比率，或分子與分母，擇一。", "Write the value, or its part and whole."))
        return self


What = Annotated[
    ActivityBody | CoverageBody | BaseBody | PopulationBody | PostsBody | GrowthBody | FundingBody | SessionBody
    | NeedBody | TypedBody,
    Field(discriminator="of"),
]  # fmt: skip


class RecordBody(Body):
    """`unit` records, by default the caller's own; `source`: where a number was read."""

    county: Annotated[str, Field(max_length=40)]
    unit: Annotated[str, Field(max_length=80)] | None = None
    what: What
    source: Text = ""

    @model_validator(mode="after")
    def _is_here(self) -> Self:
        township, known = getattr(self.what, "township", ""), villages_of(self.county)
        if township and known and township not in known:
            raise ValueError(one_of(tuple(known)))
        if self.what.of == "typed" and not self.source:
            raise ValueError(Said("人工填報的指標請寫出處。", "Say where a typed value was read, in `source`."))
        return self


class CorrectionBody(Body):
    what: What
    source: Text = ""


class ReasonBody(Body):
    reason: Annotated[str, Field(min_length=1, max_length=200)]


def content(what: BaseModel) -> Content:
    """What was sent, as it is kept."""
    return _CONTENT.validate_python(what.model_dump(mode="json"))
