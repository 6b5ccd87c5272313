"""What every page of the desk is made of."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from contracts.languages import Lang, Said
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from kit.mongo import Database
from web import door as entrance
from web.catalogues import pairs
from web.frame import Pages, Site
from web.sites import Sites
from web.words import Speech, named

from contracts import words as contract
from intake.settings import Settings

HERE = Path(__file__).parent


def door_of(database: Database, settings: Settings) -> entrance.Door:
    """Who may come in: who writes calls down, and who keeps the partners."""
    return entrance.Door.of("intake", database, settings, key=settings.key_bytes("master_key"))


def install(app: FastAPI, door: entrance.Door, sites: Mapping[str, str]) -> None:
    """Give an application its way in, and what its pages are made of."""
    shown = Pages(HERE, speech, Sites(sites, "intake"))
    app.state.site = Site(shown, door)
    entrance.install(app, door, shown.sign_in)
    app.mount("/desk/static", StaticFiles(directory=HERE / "static"))


def speech(lang: Lang, now: datetime) -> Speech:
    """The words of one page."""
    return Speech(of, lang, now)


def of(code: str) -> Said:
    """What a code is called."""
    return named(_words(), code)


@cache
def _words() -> Mapping[str, Said]:
    return {code: said.brief for code, said in contract.every().items()} | pairs(HERE / "locale", "codes")
