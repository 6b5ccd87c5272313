"""The net of a family as nodes and lines: what is another's stays a shape without a name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from network.graph.acts import Seen
from network.graph.bodies import EdgeView, EvidenceView, FactView, GraphView, LinkView, NodeView
from network.graph.domain.net import Link
from network.graph.rules import rules
from network.known.entry import Known, Named


def window_of(entry: Known) -> str:
    """Whom to call about what is another's: the county's window, which says nothing of what it is."""
    return f"{entry.county}/window"


def view(seen: Seen) -> GraphView:
    net = Net.of(seen)
    return GraphView(
        nodes=tuple(net.nodes.values()), edges=net.edges, links=tuple(link_view(each, seen) for each in seen.it.links),
        kinship=tuple(map(FactView.of, seen.facts)), left_out=seen.it.left_out,
    )  # fmt: skip


def link_view(link: Link, seen: Seen) -> LinkView:
    answer, mine = seen.answers.get(link.id), link.other.id in seen.it.open
    evidence = tuple(EvidenceView(kind=each.kind, shared_by=each.shared_by) for each in link.evidence)
    return LinkView(
        link_id=link.id, rule=link.rule, evidence=evidence, shared_by=max(each.shared_by for each in link.evidence),
        verdict=answer.verdict if answer else None, case_id=link.other.source if mine else None,
        county=link.other.county, unit=link.other.unit if mine else window_of(link.other),
    )  # fmt: skip


@dataclass(frozen=True)
class Net:
    """Nodes by their own key, each with a number of its own on the outside; `edges` between those numbers."""

    nodes: Mapping[str, NodeView]
    edges: tuple[EdgeView, ...]

    def number(self, key: str) -> int:
        """Of a node, as picture and list both say it."""
        return int(key[1:])

    @classmethod
    def of(cls, seen: Seen) -> "Net":
        nodes: dict[str, NodeView] = {}
        lines: dict[tuple[str, str, str], None] = {}
        for entry in (seen.it.case, *seen.it.near):
            for node, others in _of_entry(entry, seen):
                key = node.id
                nodes.setdefault(key, node)
                lines |= dict.fromkeys((key, other, kind) for other, kind in others)
        held: dict[str, set[str]] = {}
        for one, other, kind in lines:
            if kind in ("lives", "calls"):
                held.setdefault(other, set()).add(one)
        # A house or a number of one person alone tells nothing; what is left out of the picture has no line either.
        drawn = {key for key, node in nodes.items() if node.kind not in ("home", "phone") or len(held.get(key, ())) > 1}
        number = {key: f"n{n}" for n, key in enumerate(key for key in nodes if key in drawn)}
        shown = {number[key]: nodes[key].model_copy(update={"id": number[key]}) for key in number}
        edges = (
            EdgeView(source=number[one], target=number[other], kind=kind)
            for one, other, kind in lines
            if one in number and other in number
        )
        return cls(shown, tuple(edges))


def _of_entry(entry: Known, seen: Seen) -> Iterator[tuple[NodeView, list[tuple[str, str]]]]:
    """An entry, whose it is, and the people in it; of another's the shape, and people whom one's own case names."""
    mine = entry.id in seen.it.open
    unit = entry.unit if mine else window_of(entry)
    told = {"source": entry.source, "since": entry.since, "until": entry.until} if mine else {}
    yield (
        NodeView(id=entry.id, kind=entry.kind if mine else "masked", masked=not mine, unit=unit, **told),
        [
            (f"unit {unit}", "serves"),
            *((each, "part") for each in entry.within if mine and each != entry.id),
        ],
    )
    yield NodeView(id=f"unit {unit}", kind="unit", masked=False, unit=unit), []
    for person in entry.people:
        own = seen.it.case.named(person.keys)
        if person.keys and (own or mine):
            yield from _of_person(own[0] if own else person, entry, seen)


def _of_person(person: Named, entry: Known, seen: Seen) -> Iterator[tuple[NodeView, list[tuple[str, str]]]]:
    most, holders = rules().most_holders, seen.it.holders
    homes, phones = (
        [each for each in values if holders.get(each, 0) <= most] for values in (person.homes, person.phones)
    )
    yield NodeView(
        id=person.keys[0], kind="person", masked=False, role=person.role or None, relation=person.relation,
        sex=person.sex, birth_year=person.birth_year,
    ), [(entry.id, "in"), *((each, "lives") for each in homes), *((each, "calls") for each in phones)]  # fmt: skip
    for each in homes:
        yield NodeView(id=each, kind="home", masked=False), []
    for each in phones:
        yield NodeView(id=each, kind="phone", masked=False), []
