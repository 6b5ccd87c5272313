"""A programme is proved before anybody enters it; what is wrong is told with its line and how to correct it."""

from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import process_time

import pytest
from network.programmes.__main__ import main
from network.programmes.domain.grammar import codes
from network.programmes.reading import ProgrammeError, read
from network.programmes.versions.store import names

from tests.drafts_that_bomb import ANYWHERE
from tests.unit.network_programme import SMALL, programmes


def wrong(old: str, new: str) -> list[tuple[int, str, str]]:
    assert old in SMALL
    with pytest.raises(ProgrammeError) as error:
        read(SMALL.replace(old, new, 1))
    return [(each.line, each.path, each.en) for each in error.value.wrong]


CLOCK = "due: 30d, source: of the tests, verified: false"
STAGE = "  lost:\n    tasks: [{id: decide, due: 30d, source: of the tests, verified: false}]\n    next: {well: end}\n"
ENDS = "next: {well: end}"
LATER = "later}\n  later:\n    next: {well: end}\n    contacts: [{id: talk, "
SIX, TWELVE = (f"follow_up: {{months: {each}, source: of the tests, verified: false}}\n" for each in (6, 12))
AGAIN, ALIKE = "stages.later.contacts.0", "is written otherwise in another stage"


@pytest.mark.parametrize(
    ("old", "new", "path", "says"),
    [
        ("well: end", "well: nowhere", "stages.serving.next.well", "there is no nowhere; write one of serving, end"),
        ("well: end", "well: serving", "stages.serving.next", "the end cannot be reached"),
        ("pausable:", f"{STAGE}pausable:", "stages.lost", "no answer leads to lost"),
        ("id: decide, due: 30d", "id: decide, due: 30d, contact: talk", "stages.serving.tasks", "owed here by a day"),
        ("id: decide, due: 30d", "id: decide, due: 30d, start: ends", "stages.serving.tasks", "owed here by a day"),
        ("due: 30d", "due: soon", "stages.serving.tasks.0.due", "'soon' is no span"),
        ("due: 30d", "every: fortnight", "stages.serving.tasks.0.every", "any day of it"),
        ("due: 30d", "every: week", "stages.serving.tasks.0", "needs the contact that settles it"),
        (CLOCK, "due: 30d, verified: false", "stages.serving.tasks.0.source", "missing"),
        (CLOCK, "due: 30d, source: x", "stages.serving.tasks.0.verified", "missing"),
        ("contact: talk", "contact: chat", "stages.serving.tasks.1.contact", "there is no chat; write one of talk"),
        ("contact: talk", "by: nobody, contact: talk", "stages.serving.tasks.1.by", "there is no nobody"),
        ("{id: talk,", "{id: talk, with: [navy],", "stages.serving.contacts.0.with", "there is no navy"),
        ("{id: talk,", "{id: talk, measures: [mood],", "stages.serving.contacts.0.measures", "there is no mood"),
        ("{count: begun}", "{count: answers, answer: ill}", "figures.served.answer", "there is no ill"),
        ("{count: begun}", "{count: begun, kind: visit}", "figures.served.kind", "begun is not counted by kind"),
        ("{count: begun}", "{ratio: [served, all]}", "figures.served", "there is no all"),
        ("{count: begun}", "{sum: [served]}", "figures.served", "it is counted from itself"),
        ("figures:", "entry: {age: {at_least: 3}}\nfigures:", "entry.age", "there is no such fact"),
        ("figures:", "ages: [18, 12]\nfigures:", "ages", "write [from, below]"),
        ("  small: [小, Small]\n", "", "programme", "small has no words: add small: [中文, English]"),
        ("[小, Small]", "[小, Small, indeed]", "words.small", "with quotes around words that have a comma"),
        ("unit: health", "unit: navy", "unit", "there is no navy"),
        ("of: person", "of: person\ncolour: red", "colour", "there is no such word here"),
        ("of: person\n", "of: [\n", "", "correct the YAML"),
        ("unit: health", "unit: health\nunit: police", "", "unit stands in line 8 already: drop one"),
        ("  ends: {kind: day}", "  ends: {kind: code}", "facts.ends", "a code needs its values"),
        ("programme: small", "programme: programme", "programme", "means something else"),
        ("due: 3wd", "every: -7d", "stages.serving.tasks.1.every", "write 1 or more"),
        ("due: 3wd", "every: 0d", "stages.serving.tasks.1.every", "write 1 or more"),
        ("due: 3wd", "every: week, until: -7d", "stages.serving.tasks.1.until", "write 1 or more"),
        ("due: 3wd", "due: 3wd, until: 2d", "stages.serving.tasks.1.until", "anything else can be done late"),
        ("due: 30d", "due: -30d", "stages.serving.tasks.0.due", "only from a day that start names"),
        ("longest: 3mo", "longest: -3mo", "pausable.longest", "write 1 or more"),
        (ENDS, f"{ENDS[:-1]}, ill: {LATER}kind: [visit, telephone], with: [police]}}]", AGAIN, ALIKE),
        (ENDS, f"{ENDS[:-1]}, ill: {LATER}kind: visit}}]", AGAIN, ALIKE),
        (ENDS, f"{SIX}    {ENDS[:-1]}, ill: {LATER}kind: visit}}]\n    {TWELVE}", "stages.later.follow_up", ALIKE),
        ("well: end", "well: {to: end, needs: [paid]}", "stages.serving.next.well.needs", "nothing can be paid"),
    ],
)  # fmt: skip
def test_each_fault_is_told_where_it_stands_and_how_to_mend_it(old: str, new: str, path: str, says: str) -> None:
    found = wrong(old, new)
    assert [each for each in found if each[1] == path and says in each[2]], found


@pytest.mark.parametrize(
    ("amount", "field", "says"),
    [
        ("least: 30000, most: 10000", "most", "most is below least (30,000)"),
        ("per_time: 900, per_year: 800", "per_year", "per_year is below per_time (900)"),
        ("once_per_cause: true", "", "nothing bounds it"),
    ],
)
def test_amounts_hold_together(amount: str, field: str, says: str) -> None:
    found = wrong("pausable:", f"amounts:\n  aid: {{{amount}, source: x, verified: false}}\npausable:")
    assert [each for each in found if each[1] == f"amounts.aid{'.' if field else ''}{field}" and says in each[2]], found


def test_the_line_is_the_one_to_correct() -> None:
    [(line, path, _)] = wrong("well: end", "well: end, ill: nowhere")[:1]
    assert SMALL.splitlines()[line - 1].strip() == "next: {well: end}", (line, path)


def test_every_shipped_programme_is_proved(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0, capsys.readouterr().out


def test_every_code_of_a_shipped_programme_has_words_on_its_pages_units_too() -> None:
    for it in programmes().values():
        wordless = {f"{it.programme}.{code}" for code, _ in codes(it)} - names(it).keys()
        assert not wordless, it.programme


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(SMALL.replace("well: end", "well: nowhere"), "utf-8")
    assert main([str(file)]) == 1
    assert "there is no nowhere; write one of serving, end" in capsys.readouterr().out
    assert main([str(tmp_path / "none.yaml")]) == 1


HUGE = "9" * 4_000
BOMBS = ANYWHERE | {
    "40,000 parts": SMALL + "x: [" + "a," * 40_000 + "]\n",
    "4,000 digits": SMALL.replace("version: 1", f"version: {HUGE}", 1),
    "a span of 4,000 digits": SMALL.replace("due: 30d", f"due: {HUGE}d", 1),
    "a name of 90,000 signs": SMALL.replace("id: decide", f"id: {'d' * 90_000}", 1),
    "a line that is turned": SMALL + "# \u202e otherwise\n",
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_draft_that_bombs_is_refused_in_words_and_takes_no_memory(what: str) -> None:
    began, before = process_time(), getrusage(RUSAGE_SELF).ru_maxrss
    with pytest.raises(ProgrammeError) as error:
        read(BOMBS[what])
    assert all(each.en and len(str(each)) < 1_000 for each in error.value.wrong[:100])
    assert process_time() - began < 12
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < 100 * 2**10
