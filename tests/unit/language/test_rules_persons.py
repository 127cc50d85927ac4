"""Texts in the third person: about the person by name, and about others, which make relations."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

Facts: TypeAlias = set[tuple[str, str, str]]
Told: TypeAlias = Callable[..., Facts]
NOTHING: Facts = set()


@pytest.mark.parametrize(
    ("text", "name", "facts"),
    [
        (
            "Alice is a software engineer who loves hiking and photography.",
            "alice",
            {("likes", "hiking", "holds"), ("likes", "photography", "holds"), ("role", "software engineer", "holds")},
        ),
        ("Alice is a software engineer who loves hiking and photography.", "bob", NOTHING),
        (
            "Alice lives in Oulu. She works at Novamet.",
            "alice",
            {("lives_in", "oulu", "holds"), ("works_at", "novamet", "holds")},
        ),
        (
            "Alice lives in Oulu with her sister Mia.",
            "alice",
            {("family", "mia", "holds"), ("lives_in", "oulu", "holds")},
        ),
        ("Alice's husband works at Novamet.", "alice", {("family", "husband", "holds")}),
        ("Alice has a dog called Biscuit.", "alice", {("has_pet", "biscuit", "holds")}),
        ("Alice's cat is called Pixel.", "alice", {("has_pet", "pixel", "holds")}),
        ("Alice met Mia. She lives in Oulu.", "alice", NOTHING),
        ("Alice doesn't live in Oulu any more.", "alice", {("lives_in", "oulu", "ended")}),
        ("Does Alice live in Oulu?", "alice", NOTHING),
        ("If Alice lived in Oulu, she would ski.", "alice", NOTHING),
        ("Alice used to live in Oulu.", "alice", NOTHING),
        ("Alice might be allergic to nuts.", "alice", NOTHING),
        ("Alice is allergic to nuts.", "alice", {("allergic_to", "nut", "holds")}),
        (
            "Alice speaks Finnish and Swedish.",
            "alice",
            {("speaks", "finnish", "holds"), ("speaks", "swedish", "holds")},
        ),
        ("Alice's birthday is on 12 March.", "alice", {("birthday", "12 march", "holds")}),
        ("Alice wants to learn the cello.", "alice", {("goal", "learn cello", "holds")}),
        ("Alice is moving to Ghent in September.", "alice", {("plans", "move to ghent", "holds")}),
        ("Bob says Alice loves opera.", "alice", NOTHING),
        ("Alice, I love your plan.", "alice", NOTHING),
        ("Hi, I'm Alice and I live in Oulu.", "alice", {("lives_in", "oulu", "holds")}),
        ("Dear Alice, your order was sent.", "alice", NOTHING),
        ("I met Alice in Oulu.", "alice", NOTHING),
        ("Alice and Bob live in Oulu.", "alice", {("lives_in", "oulu", "holds")}),
        (
            "Alice Novak is a nurse at Marlow House.",
            "alice",
            {("role", "nurse", "holds"), ("works_at", "marlow house", "holds")},
        ),
        ("I will move to Oulu next month.", "will", {("plans", "move to oulu", "holds")}),
        ("I live in Oulu since May.", "may", {("lives_in", "oulu", "holds")}),
        ("Alice's friend Bob loves chess.", "alice", NOTHING),
        ("Her sister loves chess.", "alice", NOTHING),
        ("Alice said she loves chess.", "alice", {("likes", "chess", "holds")}),
        ("Alice is Bob's sister.", "alice", NOTHING),
        (
            "Alice is a vegetarian and doesn't eat eggs.",
            "alice",
            {("diet", "no egg", "holds"), ("diet", "vegetarian", "holds")},
        ),
        ("Lucía lives in Porto.", "lucia", {("lives_in", "porto", "holds")}),
        ("Noor Ahmed teaches at Hillside School.", "noor ahmed", {("works_at", "hillside school", "holds")}),
        ("Alice, a nurse from Oulu, loves tea.", "alice", {("likes", "tea", "holds"), ("role", "nurse", "holds")}),
        ("alice loves tea", "alice", {("likes", "tea", "holds")}),
        ("Alice owns two kayaks and a canoe.", "alice", {("owns", "canoe", "holds"), ("owns", "kayak", "holds")}),
        ("Alice Springs is hot.", "alice", NOTHING),
        ("Alice prefers tea to coffee.", "alice", {("prefers", "tea", "holds")}),
    ],
)
def test_texts_about_the_person_by_name(told: Told, text: str, name: str, facts: Facts) -> None:
    assert told(text, name) == facts


@pytest.mark.parametrize(
    ("text", "name", "facts"),
    [
        ("I met Alice in Oulu.", "alice", NOTHING),
        ("Alice and Bob live in Oulu.", "alice", {("bob", "lives_in", "oulu")}),
        ("Alice's friend Bob loves chess.", "alice", NOTHING),
    ],
)
def test_others_in_texts_about_the_person(related: Told, text: str, name: str, facts: Facts) -> None:
    assert related(text, name) == facts


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Alice is a software engineer who loves hiking and photography.", NOTHING),
        ("My sister Lea works at the Linden Pharmacy.", {("family", "lea", "holds")}),
        ("Bob works at Novamet.", NOTHING),
        ("Bob's wife Ana is kind.", NOTHING),
        ("Ana is Tom's sister.", NOTHING),
        ("Bob and Ana live in Oulu.", NOTHING),
        ("My brother Tom lives in Ghent.", {("family", "tom", "holds")}),
        ("Bob worked at Novamet.", NOTHING),
        ("Bob doesn't work at Novamet.", NOTHING),
        ("Does Bob work at Novamet?", NOTHING),
        ("Bob might work at Novamet.", NOTHING),
        ("If Bob works at Novamet, call him.", NOTHING),
        ("Bob works at night.", NOTHING),
        ("Bob works from home.", NOTHING),
        ("Bob is a nurse at Marlow House.", NOTHING),
        ("My husband Ivo is a teacher at Hillside School.", {("family", "ivo", "holds")}),
        ("My husband, Ivo, works for Novamet.", {("family", "ivo", "holds")}),
        ("I work with Bob at Novamet.", {("works_at", "novamet", "holds")}),
        ("Ana is married to Tom.", NOTHING),
        ("Ana and Tom are married.", NOTHING),
        ("Ana's boss Tom is loud.", NOTHING),
        ("She thinks Bob works at Novamet.", NOTHING),
        ("Someone told me Bob works at Novamet.", NOTHING),
        ("Bob used to work at Novamet.", NOTHING),
        ('"Bob works at Novamet" is a song.', NOTHING),
        ("The shop works at Novamet.", NOTHING),
        ("Our daughter Mia studies at Bergen.", {("family", "mia", "holds")}),
        ("Bob no longer works at Novamet.", NOTHING),
        ("Bob works for Ana.", NOTHING),
        ("Tom's brother lives in Ghent.", NOTHING),
        ("Bob's mother, Ana, lives in Ghent.", NOTHING),
    ],
)
def test_texts_about_others_tell_of_the_writer_only_whom_they_know(told: Told, text: str, facts: Facts) -> None:
    assert told(text) == facts


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Alice is a software engineer who loves hiking and photography.", NOTHING),
        ("My sister Lea works at the Linden Pharmacy.", {("lea", "works_at", "linden pharmacy")}),
        ("Bob works at Novamet.", {("bob", "works_at", "novamet")}),
        ("Bob's wife Ana is kind.", {("bob", "family:wife", "ana")}),
        ("Ana is Tom's sister.", {("tom", "family:sister", "ana")}),
        ("Bob and Ana live in Oulu.", {("ana", "lives_in", "oulu"), ("bob", "lives_in", "oulu")}),
        ("My brother Tom lives in Ghent.", {("tom", "lives_in", "ghent")}),
        ("Bob worked at Novamet.", NOTHING),
        ("Bob doesn't work at Novamet.", NOTHING),
        ("Does Bob work at Novamet?", NOTHING),
        ("Bob might work at Novamet.", NOTHING),
        ("If Bob works at Novamet, call him.", NOTHING),
        ("Bob works at night.", NOTHING),
        ("Bob works from home.", NOTHING),
        ("Bob is a nurse at Marlow House.", {("bob", "works_at", "marlow house")}),
        ("My husband Ivo is a teacher at Hillside School.", {("ivo", "works_at", "hillside school")}),
        ("My husband, Ivo, works for Novamet.", {("ivo", "works_at", "novamet")}),
        ("I work with Bob at Novamet.", NOTHING),
        ("Ana is married to Tom.", {("ana", "family:spouse", "tom")}),
        ("Ana and Tom are married.", {("ana", "family:spouse", "tom")}),
        ("Ana's boss Tom is loud.", NOTHING),
        ("She thinks Bob works at Novamet.", NOTHING),
        ("Someone told me Bob works at Novamet.", NOTHING),
        ("Bob used to work at Novamet.", NOTHING),
        ('"Bob works at Novamet" is a song.', NOTHING),
        ("The shop works at Novamet.", NOTHING),
        ("Our daughter Mia studies at Bergen.", NOTHING),
        ("Bob no longer works at Novamet.", NOTHING),
        ("Bob works for Ana.", {("bob", "works_at", "ana")}),
        ("Tom's brother lives in Ghent.", NOTHING),
        ("Bob's mother, Ana, lives in Ghent.", {("ana", "lives_in", "ghent"), ("bob", "family:mother", "ana")}),
    ],
)
def test_texts_about_others_make_relations(related: Told, text: str, facts: Facts) -> None:
    assert related(text) == facts
