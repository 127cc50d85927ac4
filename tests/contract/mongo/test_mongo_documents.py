"""What documents on MongoDB promise besides the port: what is stored, what is refused, what many at once leave.

The server may be another that speaks MongoDB's protocol: then what passes is shown for the driver and the protocol, and
not for MongoDB's own planner, replication or speed.
"""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from threading import Barrier
from typing import Any

import bson
import pytest
from at_once import at_once
from mongo_databases import Client
from pymongo.database import Database

from kith.persona.model import Campaign, Engagement, Message, User
from kith.stores.errors import RecordRefused, Terminal
from kith.stores.mongo_database import MOST_BYTES, MongoDatabase
from kith.stores.mongo_documents import MongoDocuments, open_mongo_documents
from kith.stores.mongo_rows import Document
from kith.stores.mongo_schema import make_ready

SAID = Message(
    "t",
    "ana",
    "hello $where",
    -1,
    conversation_id="c",
    message_id="m",
    role="assistant",
    author="Ana",
    campaign_id="spring",
    intent="greet",
    engagement=Engagement("click", 0.5),
    metadata={"$a.b\0": 2**64},
)


def messages(start: int, many: int, *, text: str = "text", timestamp: int = 1) -> list[Message]:
    return [Message("t", f"u{n % 3}", f"{text} {n}", timestamp, message_id=f"m{n}") for n in range(start, start + many)]


@pytest.fixture
def documents(url: str) -> Generator[MongoDocuments]:
    with closing(open_mongo_documents(url)) as opened:
        yield opened


class TestWhatIsStored:
    def test_a_message_is_fields(self, documents: MongoDocuments, raw: Database[dict[str, Any]]) -> None:
        documents.put_messages("t", [SAID])
        [found] = raw["messages"].find({}, {"_id": 0})
        assert found == {
            "tenant": "t",
            "key": SAID.key,
            "content": SAID.content,
            "version": f"7fffffffffffffff{SAID.content}",
            "moment": f"7fffffffffffffff{SAID.key}",
            "user_id": "ana",
            "text": "hello $where",
            "timestamp": -1,
            "conversation_id": "c",
            "message_id": "m",
            "role": "assistant",
            "author": "Ana",
            "campaign_id": "spring",
            "intent": "greet",
            "engagement": {"kind": "click", "value": 0.5},
            "metadata": '{"$a.b\\u0000":18446744073709551616}',
        }
        assert list(raw["users"].find({}, {"_id": 0})) == [{"tenant": "t", "id": "ana", "name": None, "metadata": "{}"}]

    def test_an_event_has_no_moment(self, documents: MongoDocuments, raw: Database[dict[str, Any]]) -> None:
        documents.put_messages("t", [replace(SAID, text="")])
        assert raw["messages"].count_documents({"moment": {"$exists": False}}) == 1

    def test_each_question_has_its_index(self, documents: MongoDocuments, raw: Database[dict[str, Any]]) -> None:
        documents.put_messages("t", [SAID])
        made = {
            name: {one["name"]: list(one["key"]) for one in raw[name].list_indexes()}
            for name in raw.list_collection_names()
        }
        by_id = {"_id_": ["_id"], "one_of_id": ["tenant", "id"]}
        assert made == {
            "messages": {
                "_id_": ["_id"],
                "one_of_key": ["tenant", "key"],
                "of_user": ["tenant", "user_id", "key"],
                "said": ["tenant", "user_id", "moment", "role"],
                "said_in_conversation": ["tenant", "user_id", "conversation_id", "moment", "role"],
            },
            "users": by_id,
            "campaigns": by_id,
            "format": {"_id_": ["_id"]},
        }

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"$set": {"text": "put in their mouth"}}, "another text"),
            ({"$set": {"user_id": "bo"}}, "another person"),
            ({"$unset": {"role": ""}}, "less than a message"),
            ({"$set": {"metadata": "no JSON"}}, "no JSON"),
            ({"$set": {"engagement": 1}}, "no engagement"),
        ],
    )
    def test_what_another_changed_says_so(
        self, documents: MongoDocuments, raw: Database[dict[str, Any]], change: dict[str, Any], why: str
    ) -> None:
        documents.put_messages("t", [SAID])
        raw["messages"].update_one({}, change)
        with pytest.raises(Terminal, match=f"{SAID.key!r} .* is not as it was written"):
            documents.get_messages("t", [SAID.key])

    def test_people_and_campaigns_too(self, documents: MongoDocuments, raw: Database[dict[str, Any]]) -> None:
        documents.put_users("t", [User("t", "ana")])
        documents.put_campaigns("t", [Campaign("t", "spring", "Spring")])
        for collection in ("users", "campaigns"):
            raw[collection].update_one({}, {"$unset": {"metadata": ""}})
        with pytest.raises(Terminal, match=r"'ana' .* is not as it was written"):
            documents.get_user("t", "ana")
        with pytest.raises(Terminal, match=r"'spring' .* is not as it was written"):
            documents.scan_campaigns("t")


class TestWhatIsRefused:
    def test_what_has_no_place_is_refused_whole_and_named(self, documents: MongoDocuments) -> None:
        far = Campaign("t", "far", "Far", starts=2**63)
        with pytest.raises(RecordRefused, match="campaign 'far'"):
            documents.put_campaigns("t", [Campaign("t", "near", "Near"), far])
        odd = replace(SAID, engagement=Engagement("click", 2**63))
        with pytest.raises(RecordRefused, match=f"message {odd.key!r}"):
            documents.put_messages("t", [*messages(0, 3), odd])
        assert documents.tenants() == []

    def test_a_document_may_be_as_large_as_mongodb_takes(self, documents: MongoDocuments) -> None:
        bare = len(bson.encode({"tenant": "t", "id": "u", "name": "", "metadata": "{}"}))
        largest = User("t", "u", name="x" * (MOST_BYTES - bare))
        documents.put_users("t", [largest])
        assert documents.get_user("t", "u") == largest
        with pytest.raises(RecordRefused, match=f"The user 'u' has {MOST_BYTES + 1:,} bytes"):
            documents.put_users("t", [User("t", "v"), replace(largest, name=f"{largest.name}x")])
        assert documents.scan_users("t") == [largest]


class TestManyAtOnce:
    def test_many_make_the_same_place_at_once(self, url: str) -> None:
        def write(n: int) -> None:
            with closing(open_mongo_documents(url)) as documents:
                documents.put_messages("t", messages(n, 1))

        at_once(6, write)
        with closing(open_mongo_documents(url)) as documents:
            assert documents.count_messages("t") == 6
            assert documents.count_users("t") == 3

    def test_who_is_overtaken_in_making_a_place_finds_it_made(self, url: str) -> None:
        class Overtaken(Database[dict[str, Any]]):
            """Where another makes the place ready after we saw that it was empty."""

            def list_collection_names(self, *args: Any, **kwargs: Any) -> list[str]:
                open_mongo_documents(url).close()
                return super().list_collection_names(*args, **kwargs)

        with Client(url) as client:
            make_ready(Overtaken(client, client.get_default_database().name), "here")
        open_mongo_documents(url).close()

    def test_the_greatest_version_stands_whoever_comes_first(self, url: str) -> None:
        """Each writer has some versions of each message, and opened the database for itself."""
        versions = [messages(0, 20, timestamp=n % 4, text=f"text {n}") for n in range(12)]
        together = Barrier(4)

        def write(start: int) -> None:
            with closing(open_mongo_documents(url)) as documents:
                together.wait()
                for version in versions[start::4]:
                    documents.put_messages("t", version)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(4)))
        greatest = [max(these, key=lambda one: one.version) for these in zip(*versions, strict=True)]
        with closing(open_mongo_documents(url)) as documents:
            assert documents.scan_messages("t") == sorted(greatest, key=lambda one: one.key)

    def test_a_greater_version_that_comes_in_between_stands(self, url: str) -> None:
        first, second, third = (messages(0, 3, timestamp=n) for n in range(3))
        with closing(open_mongo_documents(url)) as other:

            class Overtaken(MongoDatabase):
                """Where another writes between the look at the versions and the writing."""

                def named(self, *args: Any, **kwargs: Any) -> Iterator[Document]:
                    found = list(super().named(*args, **kwargs))
                    other.put_messages("t", third)
                    yield from found

            other.put_messages("t", first)
            with closing(MongoDocuments(Overtaken(url, patience=30))) as documents:
                documents.put_messages("t", second)
            assert other.scan_messages("t") == sorted(third, key=lambda one: one.key)

    def test_people_who_are_put_and_met_at_once_keep_their_names(self, url: str) -> None:
        people = [User("t", f"u{n}", name=f"name {n}") for n in range(3)]
        with closing(open_mongo_documents(url)) as documents, ThreadPoolExecutor(6) as pool:
            together = Barrier(6)

            def write(n: int) -> None:
                together.wait()
                if n % 2:
                    documents.put_users("t", people)
                else:
                    documents.put_messages("t", messages(30 * n, 30))

            list(pool.map(write, range(6)))
            assert documents.scan_users("t") == people
