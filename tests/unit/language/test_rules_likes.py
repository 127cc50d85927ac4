"""What a text says that its person likes, dislikes and prefers, and what it only seems to say."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

Facts: TypeAlias = set[tuple[str, str, str]]
Told: TypeAlias = Callable[..., Facts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I've learned to love olives.", {("likes", "olive", "holds")}),
        ("I happen to like sprouts.", {("likes", "sprout", "holds")}),
        ("I've loved comics since I was a kid.", {("likes", "comic book", "holds")}),
        ("I love jazz.", {("likes", "jazz", "holds")}),
        ("I really enjoy hiking and photography.", {("likes", "hiking", "holds"), ("likes", "photography", "holds")}),
        ("I'm obsessed with sudoku.", {("likes", "sudoku", "holds")}),
        ("I'm a huge fan of brutalist architecture", {("likes", "brutalist architecture", "holds")}),
        ("I just can't get enough of Korean food.", {("likes", "korean food", "holds")}),
        ("I'm hooked on crosswords", {("likes", "crossword puzzle", "holds")}),
        ("Coffee is life.", {("likes", "coffee", "holds")}),
        ("I love me some tacos.", {("likes", "taco", "holds")}),
        ("Nothing beats ramen for me.", {("likes", "ramen", "holds")}),
        ("Honestly, nothing beats a cold swim.", {("likes", "cold swim", "holds")}),
        ("I could eat pizza every day.", {("likes", "pizza", "holds")}),
        ("I could listen to Bach for hours.", {("likes", "listening to bach", "holds")}),
        ("I've got a soft spot for old trams.", {("likes", "old tram", "holds")}),
        ("I have a weakness for dark chocolate.", {("likes", "dark chocolate", "holds")}),
        ("I've always had a passion for astronomy.", {("likes", "astronomy", "holds")}),
        ("I'm a sucker for romantic comedies.", {("likes", "romantic comedy", "holds")}),
        ("I'm a massive Arsenal fan.", {("likes", "arsenal", "holds")}),
        ("I'm a bit of a film buff.", {("likes", "film", "holds")}),
        ("I can't resist cheesecake.", {("likes", "cheesecake", "holds")}),
        ("I can't live without coffee.", {("likes", "coffee", "holds")}),
        ("I live for Friday night football.", {("likes", "friday night football", "holds")}),
        ("I'm all about techno these days.", {("likes", "techno", "holds")}),
        ("I fell in love with ceramics last winter.", {("likes", "ceramics", "holds")}),
        ("I take pleasure in long walks.", {("likes", "long walk", "holds")}),
        ("I get a kick out of solving puzzles.", {("likes", "solving puzzle", "holds")}),
        ("I go crazy for mangoes.", {("likes", "mango", "holds")}),
        ("My hobbies are climbing and chess.", {("likes", "climbing", "holds"), ("likes", "chess", "holds")}),
        ("My hobbies include pottery and baking.", {("likes", "pottery", "holds"), ("likes", "baking", "holds")}),
        ("Gardening is my happy place.", {("likes", "gardening", "holds")}),
        ("My passion is model railways.", {("likes", "model railway", "holds")}),
        ("What I love most is sailing.", {("likes", "sailing", "holds")}),
        ("Hiking is something I really enjoy.", {("likes", "hiking", "holds")}),
        ("There's nothing I love more than camping.", {("likes", "camping", "holds")}),
        ("I like nothing more than a long bath.", {("likes", "long bath", "holds")}),
        ("The thing I enjoy most is cooking for friends.", {("likes", "cooking", "holds")}),
        ("I've really been enjoying pottery.", {("likes", "pottery", "holds")}),
        ("I'm loving pilates!", {("likes", "pilates", "holds")}),
        ("My favourite band is Wilco.", {("likes", "wilco", "holds")}),
        ("Rhubarb is my favourite, by the way.", {("likes", "rhubarb", "holds")}),
        ("I love the sea and the mountains.", {("likes", "sea", "holds"), ("likes", "mountain", "holds")}),
        ("I love the smell of rain.", {("likes", "smell of rain", "holds")}),
        ("I love the night sky.", {("likes", "night sky", "holds")}),
        ("I like the cello.", {("likes", "cello", "holds")}),
        ("I love the Scottish Highlands.", {("likes", "scottish highlands", "holds")}),
        ("I gave up climbing.", {("likes", "climbing", "ended")}),
        ("I'm done with climbing.", {("likes", "climbing", "ended")}),
        ("I don't like opera any more.", {("likes", "opera", "ended")}),
    ],
)
def test_what_is_liked(told_in_may: Told, text: str, expected: Facts) -> None:
    assert told_in_may(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'm no fan of jazz.", {("dislikes", "jazz", "holds")}),
        ("I can't stand techno.", {("dislikes", "techno", "holds")}),
        ("I hate ironing.", {("dislikes", "ironing", "holds")}),
        ("I'm sick of rom-coms.", {("dislikes", "rom-com", "holds")}),
        ("I'm fed up with small talk.", {("dislikes", "small talk", "holds")}),
        ("I'm not into escape rooms.", {("dislikes", "escape room", "holds")}),
        ("Golf isn't my cup of tea.", {("dislikes", "golf", "holds")}),
        ("Olives aren't for me.", {("dislikes", "olive", "holds")}),
        ("I don't like surprises.", {("dislikes", "surprise", "holds"), ("likes", "surprise", "denied")}),
        ("My least favourite chore is ironing.", {("dislikes", "ironing", "holds")}),
        ("I detest waiting rooms.", {("dislikes", "waiting room", "holds")}),
        ("I prefer tea to coffee.", {("prefers", "tea", "holds")}),
        ("I prefer cycling to driving.", {("prefers", "cycling", "holds")}),
        ("I'd rather have tea than coffee.", {("prefers", "tea", "holds")}),
        ("I like trains more than planes.", {("prefers", "train", "holds")}),
        ("I'd take a book over a film.", {("prefers", "book", "holds")}),
    ],
)
def test_what_is_disliked_and_preferred(told_in_may: Told, text: str, expected: Facts) -> None:
    assert told_in_may(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Do I like jazz?",
        "What do you like?",
        "If I liked opera, I'd buy a season ticket.",
        "I'd love a coffee.",
        "I would like to try that.",
        "I like that idea.",
        "Love it, thanks!",
        "I love your plan.",
        "I like the look of it.",
        "I like the harness fitting day.",
        "I like the physio running check.",
        "I like the blue jacket.",
        "I like the jacket.",
        "I hate the new layout.",
        "I like the trip to Ghent.",
        'He said "I love jazz".',
        "Nothing beats this.",
        "I could eat a horse.",
        "I could watch the kids all day.",
        "I can't live without you.",
        "I can't live without my phone.",
        "I can't resist.",
        "I have a thing at six.",
        "I have a soft spot on my knee.",
        "I fell in love with Tom.",
        "My old hobby was fencing.",
        "My hobby is none of your business.",
        "Life is good.",
        "Deadlines are my life",
        "I'm no football fan.",
        "People love coffee.",
        "You love jazz, don't you?",
        "I'm loving this.",
        "I'm enjoying my coffee.",
        "We're enjoying dinner.",
        "I used to love jazz.",
        "I loved the film.",
        "Maybe I like jazz.",
        "I guess I like jazz.",
        "Oh great, I just love Mondays.",
        "This isn't for me.",
        "That's not my cup of tea.",
        "What I like about you is your honesty.",
        "I like to think so.",
        "I don't have a passion for anything.",
        "Tom is a coffee lover.",
        "My boss says I love meetings.",
        "I wish I liked running.",
        "Is coffee life?",
        "I go crazy.",
        "I take comfort in that.",
    ],
)
def test_what_tells_of_no_liking(told_in_may: Told, text: str) -> None:
    assert told_in_may(text) == set()
