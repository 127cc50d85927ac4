"""Whether an English message asks for anything: a question, a request, a wish, or a trouble that wants an end."""

import re
from itertools import chain

from kith.persona.language.gate import LONGEST_READ

__all__ = ["GATE", "wants_something"]

GATE = "asking 1"
"""Changes whenever the same message may be judged differently."""

FILLERS = "and|but|so|ok|okay|hey|hi|hello|also|then|now|well|oh|please|pls|kindly|just"
"""Words that people put in front of a sentence."""

MODAL = "can|could|would|will"
AUXILIARY = f"is|are|was|do|does|did|should|shall|may|has|have|{MODAL}"
ASKED = "i|you|we|they|it|there|he|she|my|our|your|the|this|that|these|those|any|anyone|anybody|someone|somebody|people"
VERY = "(?:really |also |just |still )?"

QUESTIONS = (
    "how(?! (?:funny|nice|sweet|lovely|cute|sad|cool|great|awful))",
    "what(?:'?s|'?re)?(?! an?\\b)",
    "which",
    f"(?:who|whose|where|when|why)(?:'?s|'?re| (?:\\w+ ){{0,2}}?(?:{AUXILIARY}))",
    f"(?:is|are|do|does|did) \\w+|(?:{AUXILIARY}) (?:{ASKED})",
    "any(?:one|body)? \\w+",
)
"""How questions begin, whether or not a question mark follows."""

REQUESTS = (
    "add|arrange|book|call (?:me|off|us)|cancel|change|check|close|come up|compare|connect|contact|convert|correct",
    "create|delete|design|draft|edit|end my|explain|extend|find|fix|get (?:me|us|my|rid)|give (?:me|us)|help",
    "keep (?:our|my)|let (?:me|us) (?:know|speak|talk|chat)|list|look up|make|move|need|note|open|order|pick|ping|plan",
    "proofread|put|recommend|refund|register|remember that|remind|remove|rename|rephrase|replace|reschedule|reserve",
    "rewrite|save|schedule|send|set|shorten|show|sign (?:me|us)|stop|suggest|sum up|summari[sz]e|swap|switch|take me",
    "teach|tell|text (?:me|us)|transfer|translate|turn|unsubscribe|update|upgrade|use|wake|want|write",
    "(?:do not|don'?t) (?:let|forget|send|ship|ring|email|contact)",
)
"""How requests begin."""

WISHES = (
    "please|pls|plz|if possible|help (?:me|us)",
    f"(?:{MODAL}) (?:you|i|we|some(?:one|body)|any(?:one|body))",
    f"(?:i|we) {VERY}(?:need|want|wish|have to)",
    f"(?:i|we)'?d {VERY}(?:like|love|rather|prefer)",
    f"(?<!he )(?<!they )would {VERY}(?:like|love|rather|prefer)",
    "(?:i ?'?a?m|we'?re|we are) (?:after|organi[sz]ing|planning|hosting|throwing|trying|hoping|torn|running late)",
    "looking for|searching for|in search of|(?:thinking|dreaming) (?:of|about)|wondering|trying to|hesitating",
    "always wanted|time (?:to|for)|ideas? for|tips? (?:for|on)|any (?:ideas?|chance|news|updates?)|i'?ll take",
    "(?:can'?t|cannot) (?:decide|choose|make up)|(?:don'?t|do not) (?:want|need)|pros and cons|vs|versus",
    "(?:not sure|no idea) (?:how|which|what|if|whether|where)",
    "(?:speak|talk) (?:to|with) (?:an?|the|some\\w+|any\\w+|your)|(?:human|agent|operator)(?=\\W*$)",
)
"""Words that show a wish wherever they stand."""

TROUBLES = (
    "(?:does|do|did|is|has|have|was)(?:n'?t| not) (?:work|load|open|start|connect|charge|fit|close|turn|arriv|respond|"
    "come|receiv)\\w*",
    "(?:won'?t|will not|can'?t|cannot) (?:\\w+ )?(?:log|sign|turn|connect|open|start|load|charge|close|make|pay|come|"
    "find|get|upload|download|install|be|work)",
    "keeps? \\w+ing|(?:stopped|not) working|nothing works|error|crash(?:es|ed|ing)?|stuck|broken|faulty|damaged",
    "cracked|smashed|defective|leak(?:s|ed|ing)|slips|flickers?|drips|drops|(?:wrong|missing)|(?:is|are) down|expired",
    "mistake in|never (?:arrived|came|turned|again|calls?|got|received)|still (?:waiting|no|not|haven'?t|hasn'?t)",
    "(?:says|shows) \\w+|no (?:news|answer|reply|sound|signal|power)|heard nothing|hurts?|aches?|sore|dizzy|swollen",
    "money back|charged (?:me|twice)|overcharged|(?:un|not )acceptable|(?:really|so|very) (?:disappointed|unhappy)",
    "horrible|awful|filthy|terrible|rude|worst|ridiculous|outrageous|rubbish|ashamed|complain\\w*|useless",
    "a joke|fed up|nobody (?:\\w+ ){0,4}?(?:answers?|apologi[sz]ed|cares?|calls?|knows|responds?|seems)",
)
"""Words that tell of something that is not as it should be."""


def _any(*lists: tuple[str, ...]) -> str:
    return "(?:" + "|".join(chain(*lists)) + r")\b"


_spaces = re.compile(r"[^\S\n]+").sub
_lines = re.compile(r" ?\n[ \n]*").sub
_beginning = rf"(?:^|[.!?;:,\n]\s*)(?:(?:{FILLERS})[,!]?\s+)*"
_asks = re.compile(rf"\?|{_beginning}{_any(QUESTIONS, REQUESTS)}|\b{_any(WISHES, TROUBLES)}").search


def wants_something(text: str) -> bool:
    """Whether a message may ask for something. Plain statements, thanks and chatter do not; in doubt, it may."""
    plain = _spaces(" ", text[:LONGEST_READ].lower().replace("\u2019", "'"))
    return _asks(_lines("\n", plain)) is not None
