"""Whether a clause is asserted: no question, no condition, no guess, not what others say."""

from dataclasses import dataclass

from kith.persona.language.grammar import Parse, Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.about import People
from kith.persona.language.rules.unmeant import unmeant
from kith.persona.language.rules.unsaid import FORGETTING, taken_back

__all__ = ["Scope"]

_CONDITIONS = words_of("if unless whether lest provided supposing assuming suppose like than until till once")
_HEDGES = words_of(
    """
    maybe perhaps possibly probably apparently supposedly allegedly hopefully presumably theoretically
    hypothetically ideally potentially mayb prolly imagine suppose technically
    """
)
_OWN_WORD = words_of(
    """
    know say tell mention note admit confess remember mean realise realize add swear promise warn state point
    repeat announce discover see find forget notice declare inform see_that keep bear
    """
)
_TOLD = words_of("know note remember keep forget mind consider see say bear remind assume_that")
_SAYING = words_of(
    """
    say tell think claim believe insist hear read feel assume guess ask joke write swear shout reply answer argue
    suggest suspect reckon know decide figure sing announce state
    """
)
_INVERTED = words_of(
    """
    do does did am is are was were have has had will would can ca could should shall may might don't dont doesnt
    """
)
_ASKED_ABOUT = words_of("you there it they i we anyone u that")
_HOW_MANY = words_of("'s many much about")
_QUESTION_WORDS = words_of("what which who whom whose where when why how")
_TAGS = words_of(
    """
    right no yes correct huh eh ok okay innit or not it i i'm is are am do don't n't ca what you know isn't we
    """
)
_REASONS = words_of("because since as so though although while cause cos cuz but whereas and")
_LINKS = frozenset({",", ";", ":", "-", "--", "\u2013", "\u2014", "...", "\u2026", "(", ")"})
_OPAQUE_NOUNS = words_of(
    """
    idea rumour rumor chance claim belief impression dream possibility theory thought wish hope lie question
    """
)
_ORDERS = words_of(
    """
    write translate proofread compose draft rewrite correct paraphrase summarise summarize edit say repeat type
    post tweet sing
    """
)
_UNSURE = words_of(
    """
    possible likely unlikely rumored rumoured sure afraid worried hopeful unclear doubtful if probable convinced
    """
)
_FICTION = words_of("game dream theory universe fantasy play film movie novel story head imagination")
_LIVES = words_of("another past previous former next other parallel")
_AHEAD = words_of("will 'll wo")
_STEPS = 12


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a text is said in earnest, and by the person."""

    parse: Parse
    people: People
    unmeant: frozenset[int]
    within: frozenset[int] | None = None
    """The places of the only words that count, whatever stands around them; None for all."""

    @classmethod
    def of(cls, parse: Parse, people: People) -> "Scope":
        """The scope of one text."""
        return cls(parse, people, unmeant(parse))

    def asserts(self, verb: Word) -> bool:
        """Whether the clause of this verb is told as true."""
        if self.within is not None:
            return verb.place in self.within
        if verb.place in self.unmeant or self._dictated(verb) or self._asked(verb) or self._wondered(verb):
            return False
        if taken_back(self.parse, verb) or self._in_fiction(verb):
            return False
        current = verb
        for _ in range(_STEPS):
            if self._doubted(current, own=current is verb):
                return False
            head = self.parse.head(current)
            if head is current:
                return True
            if current.relation in ("ccomp", "xcomp", "pcomp") and not self._vouched(current, head):
                return False
            if current.relation in ("acl", "relcl") and head.lemma in _OPAQUE_NOUNS:
                return False
            current = head
        return False

    def _dictated(self, verb: Word) -> bool:
        """Whether it is another's: "Write a story: I live in Rome", "according to the form I live in Rome"."""
        first, _ = self.parse.sentence(verb)
        before = self.parse.words[first : verb.place]
        sources = [*before, *self.parse.children(verb, "prep", "advmod")]
        going_by = [word.lower for word in before[:2]] == ["going", "by"]
        if going_by or any(word.lower == "according" for word in sources):
            return True
        return any(word.lower in _ORDERS for word in before[:2]) and any(word.text == ":" for word in before)

    def _in_fiction(self, verb: Word) -> bool:
        """As in "In the game I'm a doctor", "in another life I'm a baker"."""
        fronted = [one for one in self.parse.children(verb, "prep") if one.lower == "in" and one.place < verb.place]
        for word in [one for prep in fronted for one in self.parse.children(prep, "pobj")]:
            lives = word.lemma == "life" and any(one.lower in _LIVES for one in self.parse.children(word))
            if lives or word.lemma in _FICTION:
                return True
        return False

    def mentions(self, noun: Word) -> bool:
        """Whether a thing is spoken of in earnest, in whatever clause."""
        return noun.place not in self.unmeant and (self.within is None or noun.place in self.within)

    def _doubted(self, verb: Word, *, own: bool) -> bool:
        """By a mark of its own: "if", "as if", "maybe"."""
        for child in self.parse.children(verb, "mark", "advmod", "intj", "prep", "dep"):
            if child.lower in _CONDITIONS and child.relation in ("mark", "advmod") and child.place < verb.place:
                return not self._compared(child)
            if child.lower == "when" and own and self._to_come(verb):
                return True
            if child.lower in _HEDGES and (own or self.parse.children(verb, "nsubj")) and self._over(child, verb):
                return True
        return verb.lower in ("imagine", "suppose", "pretend", "wish", "dreaming", "imagining", "wishing") and not own

    def _to_come(self, verb: Word) -> bool:
        """As in "When I'm a doctor I'll buy a house"."""
        later = self.parse.children(self.parse.head(verb), "aux")
        return verb.relation == "advcl" and any(one.lower in _AHEAD for one in later)

    def _over(self, hedge: Word, verb: Word) -> bool:
        return abs(hedge.place - verb.place) < 15

    def _compared(self, mark: Word) -> bool:
        """As in "more than I like": what is compared is no condition."""
        return mark.lower in ("than",) and mark.relation == "advmod"

    def _vouched(self, clause: Word, head: Word) -> bool:
        """Whether what hangs on a verb of saying is said by the person as true."""
        if head.pos not in ("VERB", "AUX") and head.tag not in ("JJ", "VBG"):
            return True
        if clause.relation == "xcomp" or self._set_apart(clause, head):
            return True
        beside = clause.place < head.place and not self.parse.children(clause, "mark")
        lemma = head.lemma.lower()
        if beside and lemma not in _SAYING:
            return True
        subjects = self.parse.children(head, "nsubj", "nsubjpass")
        if lemma == "turn" and any(one.lower == "out" for one in self.parse.children(head, "prt", "advmod")):
            return not any(self.parse.children(head, "neg"))
        if lemma == "be" or head.tag == "JJ":
            return self._plain_fact(head, subjects)
        if beside and self.people.whose(subjects) in ("i", "we"):
            return True
        return self._own_word(head, subjects)

    def _own_word(self, head: Word, subjects: list[Word]) -> bool:
        """Whether a verb of saying makes it the person's own word: "I must say …", "note that …"."""
        lemma, denied = head.lemma.lower(), any(self.parse.children(head, "neg"))
        if not subjects and head.relation == "xcomp":
            subjects = self.parse.children(self.parse.head(head), "nsubj")
        if not subjects:
            ordered = lemma == "say" and not self.parse.children(head, "aux")
            return lemma in _TOLD and not ordered and (denied == (lemma == "forget"))
        told = any(one.relation == "nsubjpass" for one in subjects)
        if self.people.whose(subjects) is None or told or self._inverted(head):
            return False
        return lemma in _OWN_WORD and not denied and lemma != "forget" and not self._told_others(head)

    def _set_apart(self, clause: Word, head: Word) -> bool:
        """Whether it stands for itself: "it's settled: we're moving", "strike that, I'm not vegan"."""
        first, _ = self.parse.sentence(clause)
        between = self.parse.words[head.place + 1 : clause.place]
        forgetting = head.lower in FORGETTING and any(word.text == "," for word in between)
        if self.parse.words[first].lower == "contrary" or (forgetting and not self.parse.children(clause, "mark")):
            return True
        at = next((word.place for word in between if word.text in (":", ";", "\u2013", "\u2014", "-", "--")), None)
        if at is None:
            return False
        told_first = any(word.pos in ("VERB", "AUX") for word in self.parse.words[head.place + 1 : at])
        return head.lemma not in _SAYING or told_first

    def _plain_fact(self, head: Word, subjects: list[Word]) -> bool:
        """As in "The thing is I hate mornings"; not "the question is whether", nor "it's possible that"."""
        if any(self.parse.children(head, "neg")) or any(one.lemma in _OPAQUE_NOUNS for one in subjects):
            return False
        words = [head, *self.parse.children(head, "acomp", "attr")]
        return not any(word.lower in _UNSURE for word in words)

    def _told_others(self, head: Word) -> bool:
        """As in "I told my boss I love meetings" is no word to us; "I told you I'm vegan" is."""
        hearers = self.parse.children(head, "dobj", "dative")
        return head.lemma in ("tell", "say") and any(one.lower not in ("you", "u") for one in hearers)

    def _inverted(self, verb: Word) -> bool:
        """Whether a verb asks by its order: an auxiliary, or "be" itself, before the subject."""
        subjects = self.parse.children(verb, "nsubj", "nsubjpass", "expl")
        if not subjects:
            return False
        subject = subjects[-1]
        if verb.relation not in ("relcl", "advcl", "csubj", "pcomp"):
            opening = self.parse.children(verb, "advmod", "dobj", "attr", "nsubj", "prep")
            if any(one.tag in ("WP", "WRB", "WDT") and one.place < verb.place for one in opening):
                return True
        fronts = [*self.parse.children(verb, "aux", "auxpass"), verb]
        inverted = any(one.lower in _INVERTED and one.place < subject.place for one in fronts)
        known = subject.pos == "PRON" or subject.place in self.people.theirs
        return inverted and known and not self._emphatic(verb, subject)

    def _emphatic(self, verb: Word, subject: Word) -> bool:
        """As in "Not only do I love it", "so do I"."""
        before = [word.lower for word in self.parse.words[max(0, subject.place - 4) : subject.place]]
        return "only" in before or before[-2:-1] == ["so"]

    def _asked(self, verb: Word) -> bool:
        """Whether the clause itself, or one it is part of, asks."""
        current = verb
        for _ in range(_STEPS):
            if self._inverted(current):
                return True
            if any(child.lower in _REASONS for child in self.parse.children(current, "mark")):
                return False
            head = self.parse.head(current)
            if head is current or current.relation not in ("ccomp", "xcomp", "acl", "relcl", "conj"):
                return False
            own_subject = any(self.parse.children(current, "nsubj"))
            if own_subject and (current.relation in ("conj", "relcl") or self._beside(current, head)):
                return False
            current = head
        return False

    def _beside(self, clause: Word, head: Word) -> bool:
        return clause.place < head.place and not self.parse.children(clause, "mark")

    def _wondered(self, verb: Word) -> bool:
        """Whether it stands in the last part of a sentence that ends in a question mark, or before "right?"."""
        _, end = self.parse.sentence(verb)
        words = self.parse.words[verb.place : end]
        asked = next((at for at, word in enumerate(words) if "?" in word.text), None)
        if asked is None:
            return False
        if any(child.lower in _REASONS for child in self.parse.children(verb, "mark")):
            return False
        parts = self._parts(words[1:asked])
        later = [part for part in parts[1:] if part]
        return all(len(part) <= 3 and all(word.lower in _TAGS for word in part) for part in later)

    def _parts(self, words: tuple[Word, ...]) -> list[list[Word]]:
        """The rest of a sentence, cut where another clause or an aside may begin."""
        parts: list[list[Word]] = [[]]
        for at, word in enumerate(words):
            following = words[at + 1].lower if at + 1 < len(words) else ""
            asks = word.lower in _INVERTED and following in _ASKED_ABOUT
            asks = asks or (word.lower in _QUESTION_WORDS and following in _INVERTED | _HOW_MANY)
            if word.text in _LINKS:
                parts.append([])
                continue
            if asks and parts[-1]:
                parts.append([])
            parts[-1].append(word)
        return parts
