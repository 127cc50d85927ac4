"""What the parser is known to misread, put right before the rules read it."""

from dataclasses import replace

from kith.persona.language.grammar import Parse

__all__ = ["put_right"]

_FEELINGS = {
    "loves": "love",
    "loved": "love",
    "likes": "like",
    "enjoys": "enjoy",
    "adores": "adore",
    "hates": "hate",
    "hated": "hate",
    "dislikes": "dislike",
    "loathes": "loathe",
    "prefers": "prefer",
}
"""Forms that are taken for other words now and then, and what they are forms of."""


def put_right(parse: Parse) -> Parse:
    """The parse with "hates" as a form of hate, and with "loves climbing" as what somebody loves to do: "loves" is no
    auxiliary of the climbing."""
    feelings = [word for word in parse.words if word.lower in _FEELINGS and word.pos in ("VERB", "AUX")]
    if not feelings:
        return parse
    words = list(parse.words)
    for word in feelings:
        words[word.place] = replace(word, lemma=_FEELINGS[word.lower])
        done = parse.head(word)
        if word.relation != "aux" or done.tag != "VBG" or word.place > done.place:
            continue
        head = done.head if done.head != done.place else word.place
        words[word.place] = replace(words[word.place], pos="VERB", relation=done.relation, head=head)
        words[done.place] = replace(done, relation="xcomp", head=word.place)
        for child in parse.children(done):
            if child.place < word.place:
                words[child.place] = replace(child, head=word.place)
    return Parse(parse.text, tuple(words), parse.named, parse.sentences)
