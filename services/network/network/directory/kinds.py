"""The kinds of place that the public may look up, read from rules/public.yaml and checked once."""

from functools import cache
from importlib.resources import files
from typing import Annotated

import yaml
from limits import parse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from network.services import one_of

FILE = files("network") / "rules" / "public.yaml"


class Kinds(BaseModel):
    """public.yaml explains each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    verified: bool
    since: str
    rate: Annotated[str, AfterValidator(lambda text: str(parse(text)) and text)]
    kinds: tuple[str, ...]


@cache
def public() -> Kinds:
    """Raises pydantic's ValidationError, which says where."""
    return Kinds.model_validate(yaml.safe_load(FILE.read_text("utf-8")))


def _kind(code: str) -> str:
    if code not in public().kinds:
        raise ValueError(one_of(public().kinds))
    return code


PublicKind = Annotated[str, Field(max_length=64), AfterValidator(_kind)]
