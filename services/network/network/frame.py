"""What every page of network is made of."""

from pathlib import Path

from fastapi.staticfiles import StaticFiles
from web.frame import Pages
from web.sites import Sites

from network import words

HERE = Path(__file__).parent


def static() -> StaticFiles:
    return StaticFiles(directory=HERE / "static")


def pages(sites: Sites) -> Pages:
    """Its pages, from which one gets to those of other services."""
    return Pages(HERE, words.speech, sites)
