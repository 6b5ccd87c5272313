"""The texts of the messages, read and checked once when the service starts."""

from functools import cache
from importlib.resources import files

import yaml

from notify.domain.message import Wording


@cache
def load_wording() -> Wording:
    """Raises pydantic's ValidationError for a word list that is incomplete or could carry more than it may."""
    return Wording.model_validate(yaml.safe_load((files("notify") / "wording.yaml").read_text("utf-8")))
