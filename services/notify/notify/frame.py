"""What every page of notify is made of."""

from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from web import door as entrance
from web import pages as shared
from web.frame import Pages, Site
from web.sites import Sites

from notify import words

HERE = Path(__file__).parent


def install(app: FastAPI, door: entrance.Door, sites: Mapping[str, str]) -> None:
    """Give an application its way in, and what its pages are made of; they lead to the other services' at `sites`."""
    shown = Pages(HERE, words.speech, Sites(sites, "notify"))
    app.state.site = Site(shown, door)
    entrance.install(app, door, shown.sign_in)
    app.mount(shared.STATIC, shared.static())
    app.mount("/static", StaticFiles(directory=HERE / "static"))
