"""The ledger as pages: each day's equation, and the monthly sheet; empty until an agency's own key fetches its data."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from contracts.words import OUTCOMES
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from web.catalogues import pairs

from intake.form.pages import HEADERS, LANGUAGES, language_of

HERE = Path(__file__).parent
VIEWS = ("days", "teaching")
_TAGS = {"zh": "zh-Hant-TW", "en": "en"}

router = APIRouter(include_in_schema=False)


@router.get("/days")
async def days(request: Request) -> Response:
    return _answer(request, "days")


@router.get("/teaching")
async def teaching(request: Request) -> Response:
    return _answer(request, "teaching")


def static() -> StaticFiles:
    """The pages' script and style."""
    return StaticFiles(directory=HERE / "static")


def page(view: str, lang: str) -> str:
    """A page in a language, without anybody's data."""
    other = LANGUAGES[1 - LANGUAGES.index(lang)]
    words = {key: pair[LANGUAGES.index(lang)] for key, pair in _words().items()}
    return (
        _templates()
        .get_template("ledger.html")
        .render(t=words.__getitem__, view=view, views=VIEWS, lang=lang, tag=_TAGS[lang], other=other,
                other_tag=_TAGS[other], words=json.dumps(words, ensure_ascii=False))
    )  # fmt: skip


def _answer(request: Request, view: str) -> Response:
    lang = language_of(request)
    return HTMLResponse(page(view, lang), headers=HEADERS | {"Content-Language": _TAGS[lang]})


@cache
def _words() -> Mapping[str, tuple[str, str]]:
    """The pages' own words, and those of the outcomes."""
    return {str(outcome): (said.zh, said.en) for outcome, said in OUTCOMES.items()} | pairs(HERE / "locale")


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
