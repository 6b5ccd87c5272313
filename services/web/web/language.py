"""In which of the two languages a page answers."""

from collections.abc import Mapping

from contracts.languages import LANGUAGES, TAGS, Lang
from fastapi import Request, Response
from kit.problems import preferred

LANGUAGE = "lang"
"""The parameter and the cookie that name it."""
_KNOWN: Mapping[str, Lang] = {lang: lang for lang in LANGUAGES}


def language(request: Request) -> Lang:
    """The language of `?lang=`, else the one chosen before, else the browser's; zh-TW where none of them says."""
    for chosen in (request.query_params.get(LANGUAGE), request.cookies.get(LANGUAGE)):
        if lang := _KNOWN.get(chosen or ""):
            return lang
    return preferred(request, otherwise="zh")


def spoken(answer: Response, lang: Lang) -> Response:
    """The answer with its language named."""
    answer.headers["Content-Language"] = TAGS[lang]
    return answer


def remembering(answer: Response, request: Request, lang: Lang) -> Response:
    """The same, kept for next time where it was asked for: not by a page that must leave no trace of a visit."""
    spoken(answer, lang)
    if LANGUAGE in request.query_params:
        secure = request.url.scheme == "https"
        answer.set_cookie(LANGUAGE, lang, max_age=31_536_000, samesite="strict", secure=secure)
    return answer
