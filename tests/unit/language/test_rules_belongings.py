"""What a text says that its person owns or owns no more, and what it only seems to say."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

Facts: TypeAlias = set[tuple[str, str, str]]
Told: TypeAlias = Callable[..., Facts]
Spans: TypeAlias = set[tuple[str, str, str | None, str | None]]
Dated: TypeAlias = Callable[[str], Spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I own three guitars.", {("owns", "guitar", "holds")}),
        ("I finally own a proper raincoat.", {("owns", "proper raincoat", "holds")}),
        ("I possess a rare stamp collection.", {("owns", "rare stamp collection", "holds")}),
        ("We have a greenhouse out the back.", {("owns", "greenhouse", "holds")}),
        ("I've got a Fender Stratocaster.", {("owns", "fender stratocaster", "holds")}),
        ("I have a Leica M6.", {("owns", "leica m6", "holds")}),
        ("I have a metal detector.", {("owns", "metal detector", "holds")}),
        (
            "I've got a wok, a rice cooker and a bamboo steamer.",
            {("owns", "wok", "holds"), ("owns", "rice cooker", "holds"), ("owns", "bamboo steamer", "holds")},
        ),
        ("I have a vintage theodolite on the landing.", {("owns", "vintage theodolite", "holds")}),
        ("I've got a big garden to look after.", {("owns", "big garden", "holds")}),
        ("I have my own darkroom.", {("owns", "darkroom", "holds")}),
        ("I'm the proud owner of a campervan.", {("owns", "campervan", "holds")}),
        ("I picked up a second-hand loom.", {("owns", "second-hand loom", "holds")}),
        ("Got myself a standing desk.", {("owns", "standing desk", "holds")}),
        ("My air purifier just arrived.", {("owns", "air purifier", "holds")}),
        ("My new espresso machine arrived today!", {("owns", "new espresso machine", "holds")}),
        ("I treated myself to a new pair of skates", {("owns", "skate", "holds")}),
        ("I splurged on a KitchenAid mixer.", {("owns", "kitchenaid mixer", "holds")}),
        ("I upgraded to an OLED TV.", {("owns", "oled tv", "holds")}),
        ("We invested in a heat pump.", {("owns", "heat pump", "holds")}),
        ("I've finally got my hands on a vintage Leica.", {("owns", "vintage leica", "holds")}),
        ("I was given a telescope for my birthday.", {("owns", "telescope", "holds")}),
        ("My uncle's friend gave me a microwave.", {("owns", "microwave", "holds"), ("family", "uncle", "holds")}),
        ("My landlord left us a piano", {("owns", "piano", "holds")}),
        ("I snagged a pair of studio headphones.", {("owns", "studio headphone", "holds")}),
        ("I scored a vintage typewriter at the flea market.", {("owns", "vintage typewriter", "holds")}),
        ("I bought the Salt House pass last week.", {("owns", "salt house pass", "holds")}),
        ("I bought a Salt House pass", {("owns", "salt house pass", "holds")}),
        ("I've recently purchased a sewing machine.", {("owns", "sewing machine", "holds")}),
        ("I built myself a workbench.", {("owns", "workbench", "holds")}),
        ("I own a small bakery.", {("owns", "small bakery", "holds")}),
        ("just got myself a waffle iron", {("owns", "waffle iron", "holds")}),
    ],
)
def test_belongings(told_in_may: Told, text: str, expected: Facts) -> None:
    assert told_in_may(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I sold my bike.", {("owns", "bicycle", "ended")}),
        ("I sold the boat.", {("owns", "boat", "ended")}),
        ("I no longer have a car.", {("owns", "car", "ended")}),
        ("We don't own a television any more.", {("owns", "television", "ended")}),
        ("I got rid of the treadmill.", {("owns", "treadmill", "ended")}),
        ("I gave my old camera to a neighbour.", {("owns", "old camera", "ended")}),
        ("I gave away my bread machine", {("owns", "bread machine", "ended")}),
        ("I flogged my old drum kit on Gumtree.", {("owns", "old drum kit", "ended")}),
        ("I swapped my electric guitar for a banjo", {("owns", "electric guitar", "ended")}),
        ("My bike got stolen.", {("owns", "bicycle", "ended")}),
        ("My new phone was stolen.", {("owns", "new phone", "ended")}),
        ("Someone stole my scooter.", {("owns", "scooter", "ended")}),
        ("I lost my umbrella on the train.", {("owns", "umbrella", "ended")}),
        ("We threw out the sofa.", {("owns", "sofa", "ended")}),
        ("I broke my phone.", {("owns", "phone", "ended")}),
        ("We don't own a television.", {("owns", "television", "denied")}),
        ("I haven't got a printer.", {("owns", "printer", "denied")}),
    ],
)
def test_what_is_owned_no_more(told_in_may: Told, text: str, expected: Facts) -> None:
    assert told_in_may(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Do I own a bike?",
        "Have you got a printer?",
        "If I had a boat, I'd sail away.",
        "I wish I had a garden.",
        "I want a new phone.",
        "I might get a tablet.",
        "I have a meeting at noon.",
        "I've got a headache.",
        "I have a feeling that it will rain.",
        "I have a ticket for tonight.",
        "I got a coffee and a bun.",
        "My neighbour has a chainsaw.",
        "My boss bought a yacht.",
        "I borrowed a ladder.",
        "I rented a van for the day.",
        "I bought Tom a watch.",
        "I bought a bike for a friend.",
        "I nearly bought a piano.",
        "I almost sold my car.",
        "I have to buy a fridge.",
        'He said, "I own a tank."',
        "Oh great, I have a flat tyre again.",
        "I had a car back then.",
        "I used to own a motorbike.",
        "I got a taxi to the airport.",
        "I took a train.",
        "I have a table booked for eight.",
        "I have the car today.",
        "I have a drill in the morning.",
        "I have a pen in my hand.",
        "I picked up a cold on the plane.",
        "I picked up the guitar again.",
        "I picked up a parcel.",
        "I treated myself to a massage.",
        "My train just arrived.",
        "My parcel arrived today.",
        "I own this mistake.",
        "I lost my temper.",
        "I broke my promise.",
        "I sell cars for a living.",
        "My friend gave me a hand.",
        "She gave me a ring.",
        "I have a cleaner.",
        "I own shares in a brewery.",
        "I got a great deal on flights.",
        "Imagine I owned a castle.",
        "Nobody here owns a car.",
        "I haven't bought a piano.",
        "Someone stole her bike.",
        "My bike wasn't stolen.",
        "Maybe I own a spare tent.",
        "My laptop is slow.",
    ],
)
def test_what_tells_of_no_belonging(told_in_may: Told, text: str) -> None:
    assert told_in_may(text) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I've had this watch since 2010.", {("owns", "watch", "2010-01-01", None)}),
        ("We bought a tandem in April.", {("owns", "tandem", "2024-04-01", None)}),
        ("I've owned a piano for ten years.", {("owns", "piano", "2014-05-15", None)}),
        ("Someone stole my bike last week.", {("owns", "bicycle", None, "2024-05-06")}),
        ("I sold my kayak in 2021.", {("owns", "kayak", None, "2021-01-01")}),
    ],
)
def test_since_and_until_when(dated_in_may: Dated, text: str, expected: Spans) -> None:
    assert dated_in_may(text) == expected
