"""A county's own programme: proposed by one person, proved, and published by another, from a day that is not over."""

from datetime import datetime
from hashlib import sha256

from contracts.roles import Caller
from kit.problems import Conflict, NotFound, Unprocessable
from rules.spans import TAIPEI

from network.programmes.domain.grammar import Programme
from network.programmes.reading import ProgrammeError, read
from network.programmes.versions.store import Version, Versions

MOST_TOLD = 50


async def propose(text: str, county: str, caller: Caller, versions: Versions) -> Version:
    """Raises Unprocessable with every fault, its line and how to correct it; Conflict for a version that there is."""
    programme = _read(text)
    if programme.since < datetime.now(TAIPEI).date():
        raise _wrong("since", "Write today or a later day: nobody is enrolled backwards.", "請填今日或之後的日期。")
    proposed = Version(programme, text, county, "proposed", caller.name)
    await _must_mean_the_same(proposed, versions)
    if await versions.newest(county, programme.programme) >= programme.version or not await versions.propose(proposed):
        raise Conflict(
            "There is such a version: versions are never edited. Give this one a higher number.",
            "此版本已存在，版本不可修改：請用更大的版本號。",
        )
    return proposed


async def approve(code: str, version: int, digest: str, *, county: str, caller: Caller, versions: Versions) -> Version:
    """Published as it was read, and proved again: it may have waited for longer than the checker stayed as it was.

    Raises NotFound, Unprocessable, Conflict for whoever proposed it, where it changed since, a later version was
    published meanwhile, or its first day is over by now.
    """
    waiting = await versions.waiting(county, code, version)
    if waiting is None:
        raise NotFound("Nothing waits for approval under this name and version.", "沒有待核可的此一版本。")
    if waiting.proposed_by == caller.name:
        raise Conflict("Another person than who proposed it approves it.", "須由提案人以外的人核可。")
    if await versions.newest(county, code) >= version:
        raise Conflict(
            "A later version is published already, and this one would never hold: propose it again under a higher "
            "number, if it is still wanted.",
            "已有更新的版本公告，此版本不會再適用：如仍需要，請以更大的版本號重新提案。",
        )
    if waiting.programme.since < datetime.now(TAIPEI).date():
        raise Conflict(
            "Its first day is over, and nobody is enrolled backwards: propose it again from today or a later day.",
            "起始日已過，不得回溯適用：請以今日或之後的日期重新提案。",
        )
    _read(waiting.text)
    await _must_mean_the_same(waiting, versions)
    if digest_of(waiting.text) != digest or not await versions.approve(waiting.id, caller.name, waiting.text):
        raise Conflict("It was changed since you read it: read it again.", "內容已變更：請重新閱讀後核可。")
    published = await versions.get(county, code, version)
    assert published, "it was just published"
    return published


async def _must_mean_the_same(version: Version, versions: Versions) -> None:
    """Raises Unprocessable with every code that is called otherwise elsewhere."""
    faults = [
        {"at": f"/text/words/{code}", "code": "called_otherwise", "about": code,
         "en": f"{code} is called {said.en} ({said.zh}) elsewhere: call it so, or use another code.",
         "zh": f"「{code}」在他處名為「{said.zh}」（{said.en}）：請用相同名稱，或改用其他代碼。"}
        for code, said in (await versions.called_otherwise(version)).items()
    ]  # fmt: skip
    if faults:
        raise Unprocessable("Correct the words below.", "請更正下列名稱。", errors=faults[:MOST_TOLD])


def digest_of(text: str) -> str:
    """What stands for a text that somebody has read."""
    return sha256(text.encode()).hexdigest()


def _read(text: str) -> Programme:
    try:
        return read(text)
    except ProgrammeError as error:
        faults = [
            {"at": f"/text:{each.line}", "code": "fault", "about": each.path, "zh": each.zh, "en": each.en}
            for each in error.wrong[:MOST_TOLD]
        ]
        raise Unprocessable("Correct the lines below.", "請更正下列各行。", errors=faults) from None


def _wrong(field: str, en: str, zh: str) -> Unprocessable:
    entry = {"at": f"/text/{field}", "code": field, "about": field, "en": en, "zh": zh}
    return Unprocessable("Correct the lines below.", "請更正下列各行。", errors=[entry])
