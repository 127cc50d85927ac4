"""Which texts are worth a parse: those in English that may tell of a person or name something."""

import re
from collections.abc import Callable

from kith.persona.phrases import NEVER, STARTERS, words_of

__all__ = ["LONGEST_READ", "beginning", "opening", "opens_sentence", "readable", "worth_parsing"]

LONGEST_READ = 20_000
"""Characters of a text that are read at most."""

LONGEST_GAP = 8
LONGEST_WORD = 256
"""Blanks and other characters in a row of which the rest is left out: it says nothing, and patterns go slow on it."""

FEWEST_ASKED = 16
"""Letters of a text below which it is not asked in what language it is: it counts as English."""

LONGEST_LOOKED_AT = 2_000
"""Characters of a text that are looked at to tell its language."""


ENGLISH = words_of(
    """
    about after again all always and any anything are aren't because been before but can't could did didn't does doesn't
    don't dont each every everything from get getting give go going good got great had hasn't have haven't he's her here
    him his how i i'd i'll i'm i've if isn't it it's its just know let's like liked love loved make maybe more much my
    myself need never new nice not of only or other our please really she should some something still than thanks thank
    that that's the their them then there there's these they they're thing things think this those to today tomorrow
    too very want wanted was wasn't we're we've week weekend were what what's when where which while who why will with
    without won't work would yes yesterday you you're your
    """
)
"""Words that show a text to be English, most of them found in no other language."""

ELSEWHERE = words_of(
    """
    aber auch auf bei bitte danke das dein dich dir doch ein eine einen einer es etwas für habe haben hast heute hier
    hilft ich ihr im ist ja jetzt kann kein keine könnte kurze mein meine mich mir mit morgen nach nicht noch nur oder
    schon sehr sein sich sie sind über und uns vielen vielleicht vom von vor wann war warum weil wenn wie wieder wir
    wird wo zu zum zur
    ahora algo aquí así bien buenos buenas busco como con cuando cuánto cuándo del donde dónde ella ellos ella en eres
    esta está estaba estamos este estoy esto gracias gusta hace hasta hay hola hoy las lo los llama mañana más mi mis
    mucho muchas muy nada nos nosotros para pero por porque pregunta puedo que qué quiero sabes semana ser si sí sin
    sobre son soy su también te tengo tiene todo tu tus un una vivo vez voy ya yo
    ai alors assez au aussi avec avez beaucoup bien bonjour bonsoir ça c'est ces cette chez comme comment combien dans
    des déjà depuis du elle elles encore est et être fait faut il ils j'ai j'aime je jamais jour l'on leur lui ma mais
    merci mes moi mon n'est notre nous où oui par parce pas peu peut plus pour pourquoi quand quel quelle quelque qu'il
    sa salut ses sœur sont suis sur toi ton toujours tous tout très trop tu une vais veux voilà voulait vous vraiment
    anche che chi ciao come cosa così cui della delle di dove grazie ho il loro ma molto nel nella non perché più però
    quando questa questo sei sempre sono sta stato tutto una uno vorrei
    ainda aqui até bom ele ela eles em então eu isso já mais mas meu minha muito não nós obrigado obrigada onde ou para
    porque quero sou também tem tenho um uma você
    aan alleen als bedankt ben dan dat de deze dit een en geen gaat goed graag heb hebben heeft het hoe hun ik jij
    jullie kan maar met mij mijn moet naar niet nog ook om onze op te toch uit van veel voor waar waarom wat weer
    wel wij wil zijn zo zou
    att av det där eller från för hade han har här hon inte jag kan mycket när och också på sig som till tack vad var
    vara vi är
    """
)
"""Words of German, Spanish, French, Italian, Portuguese, Dutch and Swedish that are seldom seen in English."""

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_SPACED_WORD = re.compile(r"(?<![^\s(\[\"'\u201c\u2018*_-])[^\W\d_][^\s]*")
_LATIN = re.compile(r"[A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff\ufb00-\ufb06]")
_SENTENCE_END = re.compile(r"[.!?\n]\s")
_LONG_RUN = re.compile(rf"(\s{{{LONGEST_GAP}}})\s+|(\S{{{LONGEST_WORD}}})\S+")
_INVERTED = re.compile(r"[\u00bf\u00a1]")
_OPENS = re.compile(r"(?:[.!?:\n\u2026\")]|^\W{0,7})[\s\"'\u201c\u2018(*_-]*$")
_THIRD_PERSON = re.compile(
    r"(?:^|[.!?\n]\s{0,9})"
    + f"(?!(?:{'|'.join(sorted(word.capitalize() for word in STARTERS | NEVER))})\\b)"
    + r"""[A-Z][\w'\u2019-]*(?:\ [A-Z][\w'\u2019-]*)?\ (?:is|has|had|was|lives|works|loves|likes|hates|enjoys|prefers
    |owns|speaks|plans|moved|wants|hopes|thinks|says|said|got|went|can't|doesn't|isn't|and)\b""",
    re.VERBOSE,
)
"""A sentence that says of somebody by name what they are or do."""

_TELLING = re.compile(
    r"""
    \d | \#\w
    | \b(?:i|me|my|mine|myself|we|us|our|ours|im|ive|i['\u2019](?:m|ve|d|ll))\b
    | \b(?:actually|correction|scratch\ that|forget\ (?:that|it|what)|no\ longer|any\ ?more|favou?rites?
        |(?:the|next)\ (?:plan|goal|aim)|can['\u2019]?t\ (?:get\ enough|stand)|not\ a\ fan|done\ with)\b
    | \b(?:allerg\w+|intoleran\w+|vegan|vegetarian|pescatarian|veggie|halal|kosher|keto|(?:gluten|dairy|lactose)\S*)\b
    | ^\W*(?:still\ |just\ |also\ |really\ |absolutely\ |currently\ |recently\ )*
      (?:love|loving|loved|hate|hating|hated|adore|enjoy|enjoying|prefer|like|dislike|living|live|lives|moved|moving
        |working|work|works|started|joined|quit|left|bought|sold|own|speak|learning|training|saving|planning|hoping
        |allergic|born|married|grew|got|have|went|visited|booked)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""A first person, a figure, a hashtag, a correction, what one doesn't eat, or a statement that left its "I" out."""


def beginning(text: str) -> str:
    """All of a text, or up to the last end of a sentence within `LONGEST_READ` characters."""
    if len(text) <= LONGEST_READ:
        return text
    ends = [match.end() for match in _SENTENCE_END.finditer(text, 0, LONGEST_READ)]
    return text[: ends[-1] if ends else LONGEST_READ]


def opening(text: str) -> str:
    """What is read of a text: its beginning, with long runs of blanks and of anything else cut short."""
    return _LONG_RUN.sub(lambda run: run[1] or run[2], beginning(text))


def worth_parsing(text: str) -> bool:
    """Whether rules may find anything in a text: it speaks of a first person, names something, or corrects itself.

    Everything else, for the most part chatter, is spared the parse.
    """
    return _TELLING.search(text) is not None or _may_name(text)


def readable(text: str, language_of: Callable[[str], str | None]) -> bool:
    """Whether a text is English. `language_of` is asked only where the words themselves do not show it.

    Letters that for the most part are not Latin: no. A short text, or one that nothing speaks against: yes.
    """
    looked_at = text[:LONGEST_LOOKED_AT]
    if not looked_at.isascii():
        letters = sum(map(str.isalpha, looked_at))
        if letters and 2 * len(_LATIN.findall(looked_at)) < letters:
            return False
    words = [word.lower().replace("\u2019", "'") for word in _WORD.findall(looked_at)]
    english = sum(word in ENGLISH for word in words)
    elsewhere = sum(word in ELSEWHERE for word in words) + (2 if _INVERTED.search(looked_at) else 0)
    if english > max(elsewhere, 1) or (not elsewhere and len("".join(words)) < FEWEST_ASKED):
        return True  # one word alone may be another language's too: "i", "to"
    if elsewhere >= 2 and elsewhere > 2 * english:
        return False
    return language_of(looked_at) in (None, "en")


def _may_name(text: str) -> bool:
    """Whether some word has a capital that it would not have merely for standing first."""
    for match in _SPACED_WORD.finditer(text):
        if match[0][0].isupper() and _bare(match[0]) not in NEVER and not opens_sentence(text, match.start()):
            return True
    return _THIRD_PERSON.search(text) is not None


def _bare(word: str) -> str:
    return word.lower().replace("\u2019", "'").rstrip(".,;:!?)\"'*_")


def opens_sentence(text: str, start: int) -> bool:
    """Whether what begins here is the first word of a sentence."""
    return start == 0 or _OPENS.search(text[max(0, start - 8) : start]) is not None
