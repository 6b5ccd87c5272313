"""The words of an item or a meeting, by what they belong to: sealed until somebody looks."""

from collections.abc import Iterator, Mapping

from contracts.event import Sealed

from network.meetings.domain.decisions import Decision
from network.meetings.domain.item import Item
from network.meetings.domain.meeting import Meeting


def words_of(item: Item) -> Mapping[str, Sealed]:
    """Every token of an item under the place where it stands, such as `decision:<id>`."""
    return {place: words for place, words in _places(item) if words}


def _places(item: Item) -> Iterator[tuple[str, Sealed | None]]:
    yield "topic", item.words
    for number, reason in enumerate(item.because, 1):
        yield f"because:{number}", reason.note
    for sitting in item.sittings:
        yield f"note:{sitting.meeting_id}", sitting.note
    for number, up in enumerate(item.raised, 1):
        yield f"raised:{number}", up.note
        yield f"answer:{number}", up.answer
    for line in item.history:
        if line.what == "dropped":
            yield "dropped", line.note
        if line.what == "put_off":
            yield f"put_off:{line.about}", line.note
    for each in item.decisions:
        yield from _of_decision(each)


def words_of_meeting(meeting: Meeting) -> Mapping[str, Sealed]:
    """What is written of a meeting itself: what was added to its minutes, why it was moved or cancelled."""
    lines = [each for each in meeting.history if each.what in ("moved", "cancelled") and each.reason]
    found = {f"{each.what}:{number}": each.note for number, each in enumerate(lines, 1) if each.note}
    return found | ({"corrections": meeting.corrections} if meeting.corrections else {})


def _of_decision(decision: Decision) -> Iterator[tuple[str, Sealed | None]]:
    yield f"decision:{decision.id}", decision.words
    for each in decision.dissent:
        yield f"dissent:{decision.id}:{each.unit}", each.words
    for number, said in enumerate(decision.said, 1):
        yield f"outcome:{decision.id}:{number}", said.note
