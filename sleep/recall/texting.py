"""Text messages made fuller: "hey its bex, 31, from hull. moved here in may" is "I am Bex. I am 31
years old. I am from Hull. I moved here in May".

Only what opens plainly with a dropped "I am" or "I" is completed, and only where nobody else was
spoken of just before; what comes out is read and checked like any sentence.
"""

from __future__ import annotations

import re
from collections.abc import Set

from sleep.recall import words as w
from sleep.recall.clauses import clauses
from sleep.recall.english import word_set
from sleep.recall.frames import job
from sleep.recall.labels import CLOCK, DATE
from sleep.recall.lexicon import MEMBERS, categories, is_person
from sleep.recall.phrases import noun_phrase
from sleep.recall.saying_names import KIN, NAME, any_of
from sleep.recall.tokens import Token, tokenise
from sleep.recall.uncapitalised import SEVERAL, is_name


def listed(name: str) -> str:
    """A pattern for the words and, written with "_", phrases of a class."""
    return any_of(word.replace("_", " ") for word in word_set(name))


_NTH = ("first", "second", "third", "th", "dozen")
_COUNT = rf"\d{{1,2}}|{any_of(word for word in w.NUMBER_WORDS if not word.endswith(_NTH))}"
_KIN_OR_PETS = f"{KIN}|{SEVERAL}"
# What stands between two things told in one sentence.
_JOINT = re.compile(r"(,? (?:and|but|so|plus) (?:also |now |just )?|, (?:also |now |just )?)")
_SORTED = "twin|older|younger|elder|eldest|oldest|youngest|big|little|baby|best|half"
_HAVING = re.compile(
    rf"(?:got |have )?(?=(?:{_COUNT}|no) (?:(?!(?:is|are|was|were|of)\b)[a-z]+ ){{0,2}}?"
    rf"(?:{_KIN_OR_PETS})\b"
    r"(?! (?:is|are|was)\b))"
)
# What may follow them when "got" is left out too.
_THEM = re.compile(
    rf"^[^:]*?\b(?:{_KIN_OR_PETS})(?=\s*$|:| called| named| [A-Z]| both| all| aged?\b)"
)
# How a piece opens when "I" or "I am" is left out, and what is put there.
_OPENINGS = [
    (re.compile(pattern), put)
    for pattern, put in (
        (r"been (?=(?:an?|in|at|with|on|off|here|[a-z]+(?:ing|ed|er))\b)", "I have been "),
        (rf"(?=(?:{listed('bare_past')})\b)", "I "),
        (rf"(?=(?:{listed('bare_present')})\b)", "I "),
        (rf"(?=(?:{listed('bare_doings')})\b)", "I am "),
        (r"(?=living in (?:[A-Z]|an? |the |my ))", "I am "),
        (r"(?=start at [A-Z])", "I "),
        (r"(?=starting at [A-Z])", "I am "),
        (
            r"(?=(?:run|own|manage) (?:an? |my |our )(?:[a-z]+ ){0,2}"
            rf"(?:{listed('named_things')})\b)",
            "I ",
        ),
        (rf"(?=(?:{listed('conditions')})$)", "I am "),
        (r"will be (\d+)\b(?! (?:of|in|per|minutes|people|euros?))", r"I will be \1 years old"),
        (rf"(?=(?:{_SORTED}) (?:{listed('bare_people')}|{listed('friends')})\b)", "my "),
        (rf"(?=(?:{listed('named_things')}) is (?:called|open|closed)\b)", "my "),
        (
            r"(?!the |my |our |his |her |a |an )(?=(?:[a-z]+ ){0,2}"
            rf"(?:{any_of(MEMBERS['event'])}) (?:is |was |got |has been )?"
            r"(?:moved|pushed|changed|rescheduled|postponed) )",
            "my ",
        ),
        (r"(\d ?(?:ft|foot)(?: ?\d{1,2})?|\d'\d{1,2})$", r"I am \1 tall"),
        (r"(?=\d{2,3} ?(?:kg|kilos|lbs|stone)$)", "I weigh "),
        (r"(gym|pool) (\d+) ?(?:x|times) (?=(?:a|per) week)", r"I go to the \1 \2 times "),
        (r"([a-z]+(?: [a-z]+)?) on an? ([A-Z][a-z]+day)\b", r"I have \1 on \2s"),
        (r"(?=(?:called|named) (?:it|him|her) [A-Z])", "I "),
        (
            rf"({_COUNT}) (years|months) (?=(?:married|sober|clean|together)$)",
            r"I have been \1 \2 ",
        ),
        (
            r"(?:(?:an?|another|our) )?((?:[a-z]+ )?(?:baby|son|daughter|boy|girl)) "
            r"(?=on the way\b)",
            r"I have a \1 ",
        ),
        (r"((?:[a-z]+ )?[A-Za-z]+) fan (?:till?|until) I die", r"I am a \1 fan"),
        (r"((?:[a-z]+ )?[A-Za-z]+) fan(?= (?:here|since|for|all)\b)", r"I am a \1 fan"),
        (r"(?=\d+ (?:weeks|months) pregnant$)", "I am "),
        (r"(?:the )?(?=(?:eldest|oldest|youngest) is\b)", "my "),
        (r"(?:just |finally )?got (?=(?:diagnosed|an?|my|our)\b)", "I got "),
        (
            r"(?=take (?:an? |my )?[a-z]+(?: [a-z]+)? "
            r"(?:every|each|at (?:\d|night|bedtime)|twice|once|daily|for my|"
            r"in the (?:morning|evening))\b)",
            "I ",
        ),
    )
]
_PLURAL_KIN = frozenset(word_set("plural_kin"))
_OWN = word_set("own_things")
_CLOSE = word_set("close_people") | word_set("bare_people") | word_set("friends")
_SAYING = frozenset({"a", "an", "called"})
_SOMEWHERE = re.compile(
    rf"(?:in|at|from|near|on) (?:an? |the )?(?:[A-Z]|(?:[a-z]+ )?(?:{listed('institutions')})\b)"
)
# "husbands still in india", "my studios in berlin", "tractors a massey": an apostrophe left out.
_BARE_IS = re.compile(
    r"^(?:(my|our|the) )?([a-z]+)s ((an?|called|the|in|at|from|on|near|still|also|only)\b .+)$"
)
# "brother in Nova Scotia", "my nan from Cork": no verb at all.
_PLACED = re.compile(
    rf"^(?:(?:my|our) )?({listed('bare_people')}) "
    r"((?:still |also |now )?(?:(?:in|at|from|near) (?:the )?|(?:called|named) )[A-Z].*)$"
)
_AT_WORK = re.compile(
    r"^[a-z]+(?: [a-z]+){0,2} (?:at|in|on|for|near|from) (?:an? |the )?\w+[^,]* here$"
)
# "no sorry the 19th", "oops i meant fri", "make that 6pm"
_RIGHTED = re.compile(
    r"^(?:(?:no|nah|sorry|oops|wait|actually|i meant?|meant|make (?:that|it)|i mean)[, ]+)+"
    r"(?:it is |its )?"
    rf"(?:on |at |for )?({DATE}|{CLOCK})((?:,? not (?:on |at )?(?:{DATE}|{CLOCK}))?)$",
    re.IGNORECASE,
)
_NATION = re.compile(
    r"^[A-Za-z]+(?:ian|can|ish|ese|ench|utch|ani)\b(?= (?:living|based|from|in)\b|$)"
)
_INTRODUCED = re.compile(
    rf"(?:I am|my name is|I am called) {NAME}$|I am (?:{_COUNT})$|.* years old$"
)
_INTERJECTION = re.compile(
    rf"^(?:(?:{any_of(w.INTERJECTIONS)}|{listed('greetings')})[ ,!.]+)+", re.I
)
_AGE = re.compile(r"(?:aged? )?([1-9]\d)(?: years?)?(?: old| young)?(?: yo| y/o)?$")
_INTRO = re.compile(r"^.{0,20}\b(?:intro|about me): ", re.IGNORECASE)
_YEAR = re.compile(r"(?:\d(?:st|nd|rd|th)|first|second|third|fourth|final) year$")
_ORIGIN = re.compile(r"(?=(?:originally )?from [A-Z])")
_FROM = re.compile(r"(?:originally )?from [A-Z]\w+(?: [A-Z]\w+)?(?: originally)?$")
_STATE = re.compile(rf"(?=(?:{listed('conditions')})\b)")
_PARENT = re.compile(
    r"(?:a )?((?:single |proud |working )?(?:mum|mom|mam|mother|dad|father|parent)) (?:to|of) "
    r"(.+)$"
)
_APPOSED = re.compile(r"^(?:[Mm]y|[Oo]ur) (?:[a-z-]+ ){0,2}[a-z-]+, [A-Z][\w-]+, ")
_AGED = rf"({NAME})(?: is| (?:has )?(?:just )?turned)? (\d{{1,2}})(?: years)?(?: old)?"
_PAIR_AGED = re.compile(rf"(?:^|(?<=, )){_AGED}(?:,? and|,| &) {_AGED}(?=\s*(?:[,.!]|$))")
_OPEN = re.compile(
    r"^(?:if|when|what|how|why|who|where|would|should|could|can|do|does|is|are)\b", re.I
)


def with_ages(text: str) -> list[tuple[str, str]]:
    """ "Alfie is 6 and Poppy just turned 3": names with how old they are, or nothing."""
    match = _PAIR_AGED.search(text)
    return [(match.group(1), match.group(2)), (match.group(3), match.group(4))] if match else []


def fuller(sentence: str) -> list[str]:
    """The sentence with what is left out put in: one or, after an introduction, several."""
    if sentence.rstrip().endswith("?") or _OPEN.match(sentence):
        return [sentence]
    match = _PAIR_AGED.search(sentence)
    if match and match.group(0).count(" is ") < 2:
        both = " and ".join(f"{name} is {age} years old" for name, age in with_ages(sentence))
        rest = [sentence[: match.start()].strip(" ,.!"), sentence[match.end() :].strip(" ,.!")]
        return [both, *(piece for piece in rest if piece)]
    righted = _RIGHTED.match(sentence.rstrip(" .!"))
    if righted:
        preposition = "at" if re.match(CLOCK, righted[1]) else "on"
        return [f"Sorry, it is {preposition} {righted[1]}{righted[2]}"]
    if _APPOSED.match(sentence):
        return [sentence]  # "My brother, Tom, moved to Leeds"
    parts = _JOINT.split(sentence.rstrip(" .!"))
    told = [""]
    introduced = False
    pieces = parts[::2]
    pieces[0] = _INTRO.sub("", pieces[0])
    named = len(pieces) > 1 and pieces[0].isalpha() and is_name(pieces[0].lower())
    if named and _introducing(pieces[1]):
        pieces[0] = f"I am {pieces[0].capitalize()}"
    for joint, piece in zip(["", *parts[1::2]], pieces, strict=True):
        whole = _introducing(piece) if introduced else ""
        if whole:
            told.append(whole)
            continue
        opening = told == [""]
        whole = _own_told(piece[:1].lower() + piece[1:])
        if not whole and (opening or not _of_another(told[-1])):
            whole = completed(piece, opening)
        told[-1] = f"{told[-1]}{joint}{whole or piece}"
        introduced = introduced or _INTRODUCED.match(told[-1]) is not None
    return told if told != [sentence.rstrip(" .!")] else [sentence]


def completed(piece: str, opening: bool = False) -> str:
    """A piece that opens with a verb whose subject can only be I, with it; "" for another.

    opening: it begins the sentence.
    """
    plain = _INTERJECTION.sub("", piece) if opening else piece
    plain = plain[:1].lower() + plain[1:]
    own = _own_told(plain)
    if own:
        return own
    if opening and _ailing(plain):
        return f"I have {plain}"
    if opening and _AT_WORK.match(plain):
        return _working(plain.removesuffix(" here"), {"job", "person"})
    if _FROM.match(plain) and (opening or plain.startswith("ori") or plain.endswith("originally")):
        return f"I am {plain}"
    had = plain.startswith("got ") or (opening and _THEM.match(plain))
    if had and _HAVING.match(plain) and not clauses(tokenise(plain)):
        return f"I have {_HAVING.sub('', plain, count=1).replace(':', ',', 1)}"
    running = plain.split(" ", 1)[0].endswith("ing")  # "living in Oslo I never see the sun"
    for pattern, put in _OPENINGS:
        if pattern.match(plain) and not (running and clauses(tokenise(plain))):
            return pattern.sub(put, plain, count=1)
    return ""


def _own_told(piece: str) -> str:
    """What a piece without a verb says of somebody or something of the user's, with it."""
    placed = _PLACED.match(piece)
    if placed and not clauses(tokenise(piece)):
        return f"my {placed.group(1)} is {placed.group(2)}"
    bare = _BARE_IS.match(piece)
    if bare is None or clauses(tokenise(piece)):
        return ""
    whose, noun, rest, first = bare.groups()
    where = re.sub(r"^(?:still|also|only) ", "", rest)
    if not (first in _SAYING or _SOMEWHERE.match(where)):
        return ""
    several = f"{noun}s" in _PLURAL_KIN and first not in {"a", "an", "called"}
    plural = w.noun_lemma(f"{noun}s") == noun and f"{noun}s" not in w.GRAMMAR_WORDS | w.ADVERBS
    if not (plural or noun in _CLOSE) and (not is_name(noun) or len(noun) < 3):
        return ""
    known = noun in _CLOSE or noun in _OWN or "animal" in categories(noun)
    known = known or (first in {"a", "an"} and not is_person(noun))
    if several or not (known or (whose in {"my", "our"} and tokenise(f"x {noun}")[1].noun)):
        return ""
    if not (whose or is_person(noun)) and is_name(noun):
        return f"{noun.capitalize()} is {rest}"
    return f"my {noun} is {rest}"


def _ailing(piece: str) -> bool:
    """ "gestational diabetes", "shellfish allergy": what one has."""
    words = piece.split()
    return (
        0 < len(words) < 4 and words[-1] not in {"cold", "flu"} and "illness" in categories(piece)
    )


def _of_another(text: str) -> bool:
    """Whether what was told last is of somebody else, who may be meant on."""
    found = clauses(tokenise(text)) if text else []
    if not found:
        return False
    subject = found[-1].subject
    other = subject.first in {"he", "she", "they", "who", "you"} or is_person(subject.head)
    named = bool(subject.names) and subject.first not in {"i", "we"}
    return other or named or "animal" in categories(subject.head)


def _introducing(piece: str) -> str:
    """What a piece after one's own name says of oneself; "" for anything else."""
    age = _AGE.match(piece)
    piece = re.sub(r" here$", "", piece)
    if age:
        return f"I am {age.group(1)} years old"
    if _YEAR.match(piece):
        return f"I am in my {piece}"
    if _ORIGIN.match(piece) or _NATION.match(piece) or _STATE.match(piece):
        return f"I am {piece}"
    parent = _PARENT.match(piece)
    if parent:
        return f"I have {parent.group(2)}"
    whole = completed(piece)
    if whole:
        return whole
    return _working(re.sub(r"^(?:an?) ", "", piece), {"job", "person"})


def _working(piece: str, kinds: Set[str] = frozenset()) -> str:
    """ "nurse in Cork": what one works as, or is besides ("Dutch girl in Lisbon"), by `kinds`."""
    phrase = noun_phrase([Token("x"), *tokenise(piece)], 1) if piece else None
    is_one = phrase is not None and (job(phrase) or bool(kinds & set(categories(phrase.head))))
    if phrase is None or not is_one or phrase.tokens[0].determiner or clauses(tokenise(piece)):
        return ""
    return f"I am {'an' if piece[0].lower() in 'aeiou' else 'a'} {piece}"
