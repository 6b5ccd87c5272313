"""Tests come after one another in the same databases, and meet nothing but indexes there."""

import pytest
from pymongo import MongoClient

from tests.parts import Parts, Sweeper

pytestmark = pytest.mark.real


def test_a_database_is_given_again_empty_with_its_indexes_and_is_gone_in_the_end(parts: Parts) -> None:
    with MongoClient(parts.mongo) as client, Sweeper.at(parts) as sweeper:
        with sweeper.names() as first, sweeper.names() as beside:
            things = client[first.databases + "kit"]["things"]
            things.create_index("name", name="by_name")
            things.insert_one({"name": "left behind"})
        with sweeper.names() as other, sweeper.names() as again:
            assert {other.databases, again.databases} == {first.databases, beside.databases}
            assert len({each.topics for each in (first, beside, other, again)}) == 4
            assert things.count_documents({}) == 0
            assert "by_name" in things.index_information()
    with MongoClient(parts.mongo) as client:
        assert first.databases + "kit" not in client.list_database_names()
