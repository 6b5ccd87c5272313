"""Documents written in a transaction on a real MongoDB: new ones inserted, the others changed, races begun again."""

import asyncio

import pytest
from kit import mongo
from kit.mongo import Session

from tests.parts import Names, Parts

pytestmark = pytest.mark.real
MANY = 40


@pytest.fixture
def database(parts: Parts, names: Names) -> mongo.Database:
    return mongo.database(mongo.connect(parts.mongo), f"{names.databases}kit")


@pytest.mark.parametrize("count", [3, MANY], ids=["few", "many"])
async def test_new_documents_and_known_ones_are_written_in_one_go(database: mongo.Database, count: int) -> None:
    things = database["things"]
    await things.insert_one({"_id": 0, "kept": "yes", "n": -1, "box": [{"id": "first"}]})

    async def write(session: Session) -> None:
        numbers = [*range(count), 1]
        await mongo.upsert(things, [({"_id": n, "n": n}, {"box": [{"id": f"of {n}"}]}) for n in numbers], session)

    await mongo.transact(database.client, write)
    found = {each["_id"]: each async for each in things.find()}
    assert len(found) == count
    assert found[0] == {"_id": 0, "kept": "yes", "n": 0, "box": [{"id": "first"}, {"id": "of 0"}]}
    assert found[1] == {"_id": 1, "n": 1, "box": [{"id": "of 1"}, {"id": "of 1"}]}, "one that comes twice is one"
    assert found[2] == {"_id": 2, "n": 2, "box": [{"id": "of 2"}]}


async def test_who_finds_that_another_was_first_begins_again(database: mongo.Database) -> None:
    things, begun = database["things"], 0
    await things.create_index("n")

    async def write(session: Session) -> None:
        nonlocal begun
        begun += 1
        await things.find_one({}, session=session)
        if begun == 1:  # between the snapshot of this transaction and its write
            await things.insert_many([{"_id": n, "box": [{"id": "another's"}]} for n in range(MANY)])
        await mongo.upsert(things, [({"_id": n, "n": n}, {"box": [{"id": "mine"}]}) for n in range(MANY)], session)

    await mongo.transact(database.client, write)
    assert begun == 2
    assert [each["box"] async for each in things.find()] == [[{"id": "another's"}, {"id": "mine"}]] * MANY


async def test_many_at_once_lose_nothing(database: mongo.Database) -> None:
    things = database["things"]
    await things.create_index("n")

    async def writes(who: str) -> None:
        async def write(session: Session) -> None:
            await mongo.upsert(things, [({"_id": n, "n": n}, {"box": [{"id": who}]}) for n in range(MANY)], session)

        await mongo.transact(database.client, write)

    await asyncio.gather(*(writes(f"writer {n}") for n in range(6)))
    boxes = [sorted(entry["id"] for entry in each["box"]) async for each in things.find()]
    assert boxes == [[f"writer {n}" for n in range(6)]] * MANY


async def test_what_is_known_lets_go_of_a_key_before_what_is_new_takes_it(database: mongo.Database) -> None:
    things = database["things"]
    await things.create_index("keys", unique=True, sparse=True)
    await things.insert_one({"_id": "old", "keys": ["mine"]})
    others = [({"_id": n, "keys": [f"of {n}"]}, {}) for n in range(MANY)]

    async def write(session: Session) -> None:
        taken = [({"_id": "new", "keys": ["mine"]}, {}), ({"_id": "old", "keys": []}, {}), *others]
        await mongo.upsert(things, taken, session)

    await mongo.transact(database.client, write)
    assert (await things.find_one({"keys": "mine"}) or {})["_id"] == "new"


async def test_what_a_transaction_itself_takes_twice_is_no_lost_race(database: mongo.Database) -> None:
    things, begun = database["things"], 0
    await things.create_index("key", unique=True)

    async def write(session: Session) -> None:
        nonlocal begun
        begun += 1
        await mongo.upsert(things, [({"_id": n, "key": "the same"}, {}) for n in range(MANY)], session)

    with pytest.raises(mongo.DatabaseError):
        await mongo.transact(database.client, write)
    assert begun == 1, "it would be as wrong the next time"
