"""The ledger as pages: each day's equation, and the monthly sheet; empty until an agency's own key fetches its data."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from contracts.languages import Lang, Said
from contracts.words import OUTCOMES
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from web.catalogues import pairs
from web.language import language, spoken
from web.pages import Templates

from intake.form.pages import HEADERS

HERE = Path(__file__).parent
VIEWS = ("days", "teaching")

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


def page(view: str, lang: Lang) -> str:
    """A page in a language, without anybody's data."""
    words = {key: said.in_(lang) for key, said in _words().items()}
    return _templates().page("ledger.html", lang, view=view, views=VIEWS, words=json.dumps(words, ensure_ascii=False))


def _answer(request: Request, view: str) -> Response:
    lang = language(request)
    return spoken(HTMLResponse(page(view, lang), headers=HEADERS), lang)


@cache
def _words() -> Mapping[str, Said]:
    """The pages' own words, and those of the outcomes."""
    return {str(outcome): said.full for outcome, said in OUTCOMES.items()} | pairs(HERE / "locale")


@cache
def _templates() -> Templates:
    return Templates(HERE)
