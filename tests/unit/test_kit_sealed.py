"""Personal data: split off, sealed, joined again, and gone with their key."""

import hmac
import json
from typing import Annotated

import pytest
from contracts.event import Model, Personal, Sealed
from contracts.reports import Submission
from hypothesis import given
from hypothesis import strategies as st
from kit import mongo
from kit.sealed import BlindIndexes, KeyVault, Unreadable, join, split

from tests.parts import Names, Parts

BODY = {
    "case_type": "adult_protection",
    "county": "chiayi-county",
    "event": {
        "place": {"township": "民雄鄉", "address": "建國路一段 1 號"},
        "kinds": ["physical_violence"],
        "narrative": "鄰居聽到呼救",
    },
    "people": [
        {
            "role": "subject",
            "name": "林小美",
            "national_id": "Q222222220",
            "birth_date": "79/03/12",
            "phones": ["0912345678"],
            "residence": {"township": "民雄鄉", "address": "建國路二段 2 號"},
        },
        {"role": "alleged_perpetrator", "name": "陳大明"},
    ],
    "reporter": {"name": "王警員", "unit": "民雄分局", "phone": "052261111", "mandated": True},
}
SECRETS = [
    "林小美",
    "Q222222220",
    "1990-03-12",
    "0912345678",
    "建國路",
    "陳大明",
    "鄰居",
    "王警員",
    "052261111",
    "民雄分局",
]


def submission() -> Submission:
    return Submission.model_validate_json(json.dumps(BODY), strict=True, extra="forbid")


def test_the_public_part_names_no_one_and_keeps_what_the_tables_need() -> None:
    public, personal = split(submission())
    text = json.dumps(public, ensure_ascii=False)
    assert not [secret for secret in SECRETS if secret in text]
    assert public["event"] == {"place": {"township": "民雄鄉"}, "kinds": ["physical_violence"]}
    assert personal["report"]["people/0/name"] == "林小美"
    assert set(personal) == {"report", "reporter"}


def test_what_was_split_joins_into_the_same_report() -> None:
    public, personal = split(submission())
    whole = join(join(public, personal["report"]), personal["reporter"])
    assert Submission.model_validate(whole) == submission()


def test_every_personal_field_of_the_report_is_found_by_its_mark() -> None:
    def marked(model: type[Model], seen: set[str]) -> set[str]:
        for name, info in model.model_fields.items():
            if any(isinstance(mark, Personal) for mark in info.metadata):
                seen.add(name)
        return seen

    from contracts.people import Person, Place, Reporter
    from contracts.reports import Occurrence

    assert marked(Person, set()) == {"name", "national_id", "birth_date", "phones"}
    assert marked(Place, set()) == {"address"}
    assert marked(Reporter, set()) == {"name", "unit", "phone"}
    assert marked(Occurrence, set()) == {"narrative"}


class Leaf(Model):
    secret: Annotated[str | None, Personal()] = None
    plain: int = 0


class Tree(Model):
    leaf: Leaf | None = None
    leaves: tuple[Leaf, ...] = ()
    secret: Annotated[tuple[str, ...], Personal("other")] = ()


leaf = st.builds(Leaf, secret=st.none() | st.text(min_size=1), plain=st.integers(0, 9))


@given(st.builds(Tree, leaf=st.none() | leaf, leaves=st.lists(leaf).map(tuple), secret=st.lists(st.text()).map(tuple)))
def test_splitting_and_joining_lose_nothing(tree: Tree) -> None:
    public, personal = split(tree)
    whole = public
    for values in personal.values():
        whole = join(whole, values)
    assert Tree.model_validate(whole) == tree


@pytest.fixture
async def vault(parts: Parts, names: Names) -> KeyVault:
    client = mongo.connect(parts.mongo)
    return KeyVault(mongo.database(client, names.databases + "keyvault")["keys"], b"m" * 32)


async def test_a_sealed_value_opens_until_its_key_is_destroyed(vault: KeyVault) -> None:
    key = vault.new_key("report-1", "report")
    await vault.keep([key])
    token = key.seal({"people/0/name": "林小美"})
    assert "林" not in token
    assert await vault.open([token, token]) == [{"people/0/name": "林小美"}] * 2
    assert await vault.destroy("report-1") == 1
    assert await vault.open([token]) == [None]


async def test_a_token_that_was_altered_or_is_of_another_scope_does_not_open(vault: KeyVault) -> None:
    key, reporter = vault.new_key("report-1", "report"), vault.new_key("report-1", "reporter")
    await vault.keep([key, reporter])
    token = key.seal({"a": 1})
    altered = Sealed(token[:-6] + ("A" if token[-6] != "A" else "B") + token[-5:])
    with pytest.raises(Unreadable):
        await vault.open([altered])
    with pytest.raises(Unreadable):
        await vault.open([reporter.seal({"b": 2})], "report")


def test_equal_values_have_equal_indexes_and_other_kinds_or_keys_do_not() -> None:
    one, other = BlindIndexes(b"k" * 32), BlindIndexes(b"l" * 32)
    assert one.of("phone", "0912345678") == one.of("phone", "0912345678")
    assert (
        one.of("phone", "0912345678")
        == "phone:" + hmac.new(b"k" * 32, b"phone\x1f0912345678", "sha256").hexdigest()[:32]
    )
    assert one.of("phone", "0912345678") != other.of("phone", "0912345678")
    assert one.of("phone", "x") != one.of("national_id", "x")
    assert one.of("name", "ab", "c") != one.of("name", "a", "bc")
