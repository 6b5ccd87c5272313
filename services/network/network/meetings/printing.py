"""A pack on paper: the same lines as a PDF, set by Typst, and as a DOCX, which a secretary may go on with in Word."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from contracts.languages import Lang
from web import times
from web.typesetting import typeset

from network import words
from network.meetings.domain.inclusion import CATALOGUE
from network.meetings.domain.item import Because, Item
from network.meetings.known import Fact
from network.meetings.papers import Gathered, Pack, Part
from network.meetings.reading import rulebook
from network.sealing import IN_WORDS

TEMPLATE = Path(__file__).with_name("pack.typ")


def as_pdf(pack: Pack, lang: Lang) -> bytes:
    """Raises Unavailable without a font."""
    return typeset(TEMPLATE, contents(pack, lang))


def as_docx(pack: Pack, lang: Lang) -> bytes:
    from docx import Document

    told, page = contents(pack, lang), Document()
    page.core_properties.title = told["title"]
    page.add_heading(told["title"], 0)
    for line in told["lines"]:
        page.add_paragraph(line)
    for item in told["items"]:
        page.add_heading(item["title"], 1)
        for line in item["lines"]:
            page.add_paragraph(line, style="List Bullet")
        for part in item["parts"]:
            page.add_heading(part["title"], 2)
            for line in part["facts"]:
                page.add_paragraph(line, style="List Bullet")
            for line in part["words"]:
                page.add_paragraph(line)
    written = BytesIO()
    page.save(written)
    return written.getvalue()


def contents(pack: Pack, lang: Lang) -> dict[str, Any]:
    """The lines of both files, in one language."""
    return {
        "lang": lang, "title": _title(pack, lang), "lines": list(_head(pack, lang)),
        "printed": f"{_word('printed_for', lang)} {pack.by.name} · {_clock(pack.at)}",
        "items": [_item(each, lang) for each in pack.items],
    }  # fmt: skip


def said_of(fact: Fact, lang: Lang) -> str:
    """A fact in words: how many, the latest when."""
    what = _word(f"fact.{fact.what}", lang)
    of = f" {_word(f'programme.{fact.of}', lang)}" if fact.of else f" {fact.count}"
    return f"{what}{of}" + (f" ({times.here(fact.at):%Y-%m-%d})" if fact.at else "")


def why(because: Because, lang: Lang) -> str:
    """A rule in words with the values it read, or somebody's reason."""
    rule = rulebook().said(because.rule)
    if rule:
        read = " · ".join(_read(name, value, lang) for name, value in because.facts)
        return f"{rule.in_(lang)}{f' ({read})' if read else ''}"
    return f"{_word(because.reason or because.rule, lang)} · {because.by or ''}"


def named(item: Item, lang: Lang) -> str:
    """What an item is about, without a name."""
    if item.case_id:
        return f"{_word('joint_case', lang)} {item.case_id[:8]}"
    return _word("topic_in_words" if item.topic in (None, IN_WORDS) else item.topic, lang)


def called(name: str, lang: Lang) -> str:
    """What a fact is called that rules read, a tool among them."""
    fact = CATALOGUE.get(name)
    return (fact.zh if lang == "zh" else fact.en) if fact else _word(f"fact.{name}", lang)


def _title(pack: Pack, lang: Lang) -> str:
    purpose = rulebook().purposes.get(pack.meeting.purpose)
    named = (purpose.zh if lang == "zh" else purpose.en) if purpose else _word(pack.meeting.purpose, lang)
    return f"{named} {pack.meeting.day.isoformat()} {_word('pack', lang)}"


def _head(pack: Pack, lang: Lang) -> Iterator[str]:
    meeting = pack.meeting
    chair = f"{_word('chair', lang)} {_word(meeting.chair, lang)}"
    yield " · ".join(filter(None, (_clock(meeting.at), meeting.room or meeting.place, chair)))
    yield _word("parts_counted", lang).format(pack.asked, pack.in_time, len(pack.late))
    for item, part in pack.late:
        state = _word("handed_in_late" if part.paper.handed_in_at else "not_handed_in", lang)
        whose = f"{_word('paper_late', lang)}: {_word(part.paper.unit, lang)} {part.person or ''}".rstrip()
        yield f"{whose} · {item.number}. {named(item.item, lang)} · {state}"


def _item(item: Gathered, lang: Lang) -> dict[str, Any]:
    return {
        "title": f"{item.number}. {named(item.item, lang)} ({_word('minutes_of', lang).format(item.minutes)})",
        "lines": [why(each, lang) for each in item.item.because],
        "parts": [_part(each, lang) for each in item.parts],
    }


def _part(part: Part, lang: Lang) -> Mapping[str, Any]:
    state = _word(f"paper.{part.state}", lang)
    late = f" · {_word('paper_late', lang)}" if part.late else ""
    return {
        "title": f"{_word(part.paper.unit, lang)}: {state}{late}",
        "facts": [said_of(each, lang) for each in part.facts],
        "words": list(_words(part, lang)),
    }


def _words(part: Part, lang: Lang) -> Iterator[str]:
    if part.state == "handed_in" and not part.reads:
        yield _word("for_some_alone", lang)
    elif part.reads and part.paper.words:
        yield part.text or _word("words_erased", lang)
        if part.proposal:
            yield f"{_word('proposal', lang)}: {part.proposal}"


def _read(name: str, value: str, lang: Lang) -> str:
    """One value that a rule read: what is merely true needs no value."""
    said = called(name, lang)
    return said if value == "true" else f"{said} {_word(value, lang)}"


def _word(code: str, lang: Lang) -> str:
    return words.of(code).in_(lang)


def _clock(at: datetime) -> str:
    return f"{times.here(at):%Y-%m-%d %H:%M}"
