"""What is noted of a referral between its steps: a kind that is answered for itself, a session, whether it held."""

from dataclasses import replace

from network.referrals.domain.referral import Kept, Part, Referral, Refused, Said, line_of, written

GOES_ON = frozenset({"accepted", "started"})


def part_done(referral: Referral, kind: str, result: str, said: Said) -> Referral:
    """One of the kinds that were asked is done, with its result. Raises Refused."""
    return _part(referral, Part(kind, said.at, result=result), "part_done", said)


def part_refused(referral: Referral, kind: str, reason: str, said: Said) -> Referral:
    """One of the kinds that were asked is not done, for a reason. Raises Refused."""
    return _part(referral, Part(kind, said.at, reason=reason), "part_refused", said)


def session(referral: Referral, said: Said) -> Referral:
    """The person and the service met once more. Raises Refused."""
    _must_go_on(referral)
    return _begun(written(referral, line_of("session", said), sessions=referral.sessions + 1), said)


def kept(referral: Referral, after: str, said: Said, *, holds: bool) -> Referral:
    """Whether what the person got still holds so long after it ended. Raises Refused."""
    if not referral.was_served:
        raise Refused("referral_not_done", referral.id)
    others = tuple(each for each in referral.kept if each.after != after)
    line = line_of("kept" if holds else "not_kept", said, after)
    return written(referral, line, kept=(*others, Kept(after, holds, said.at)))


def _part(referral: Referral, part: Part, what: str, said: Said) -> Referral:
    _must_go_on(referral)
    asked = next((each for each in referral.parts if each.kind == part.kind), None)
    if asked is None:
        raise Refused("part_not_asked", part.kind)
    if not asked.is_open:
        raise Refused("part_answered", part.kind)
    parts = tuple(part if each is asked else each for each in referral.parts)
    after = written(referral, line_of(what, said, part.kind), parts=parts)
    return _begun(after, said) if part.result else after


def _begun(referral: Referral, said: Said) -> Referral:
    return referral if referral.started_at else replace(referral, state="started", started_at=said.at)


def _must_go_on(referral: Referral) -> None:
    if referral.state not in GOES_ON:
        raise Refused(f"referral_is_{referral.state}", referral.id)
