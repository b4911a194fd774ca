"""Messages into sentences: typing habits evened out, contractions undone, questions marked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sleep.recall.english import table, word_set
from sleep.recall.lexicon import PEOPLE
from sleep.recall.pasted import own_words
from sleep.recall.running_on import apart, punctuated
from sleep.recall.texting import fuller
from sleep.recall.tokens import in_dictionary
from sleep.recall.turned import told_to_keep
from sleep.recall.uncapitalised import capitalised
from sleep.recall.words import has_tag, lemmas, verb_readings

# Chat spellings, whole words, lower case. General English habits, nothing about any person.
_SPELLINGS: dict[str, str] = table("words")["spellings"]
_FOLK = frozenset({"gf", "bf"})
_DROPPED = word_set("dropped")
_QUESTION_OPENERS = word_set("question_openers")
_QUOTES = str.maketrans(
    {
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("’‘`", "'"),
        **dict.fromkeys("—–", " - "),
        "…": ".",
        "\u00a0": " ",
    }
)
# "6am – 2pm": from when to when, which is one thing.
_FROM_TO = re.compile(r"(?<=\d)[–—](?=\d)|(?:(?<=\d[ap]m)|(?<=[:.]\d\d)) ?[-–—] ?(?=\d)")
_FROM_TILL = re.compile(
    r"\bfrom (\d{1,2}(?:[:.]\d\d)?(?:am|pm)?) (?:to|until|till) "
    r"(\d{1,2}(?:[:.]\d\d)?(?:am|pm)\b|\d{1,2}[:.]\d\d\b)",
    re.IGNORECASE,
)
_ABBREVIATIONS = re.compile(
    r"\b(Mr|Mrs|Ms|Dr|St|Prof|Jr|Sr|vs|etc|e\.g|i\.e|a\.m|p\.m|approx|No)\.", re.I
)
# "I love jazz, do you like it?": the question apart from what is told before it.
_TRAILING_QUESTION = re.compile(
    r"(?<!\bI)(?<!\bwe)(?<!\bthey)(?<!\byou),?\s+(?:(?:so|and|but)\s+)?"
    r"(?!where (?:I|we|my \w+) (?:live|work|stud|grew|was|were))"
    r"(?!(?:who|which) (?:is|are) (?!(?:he|she|it|they|the|that|this|your|you|best|right)\b))"
    r"((?:do|does|did|can|could|would|will|should|have|are|is|any|what|where|when|who|how|which|why)"
    r"(?: \w+)? (?:you|i|it|we|there|should|do|is|are|about|ideas|recommendations)\b[^.!?]*\?)",
    re.IGNORECASE,
)
_QUESTION_AFTER_ALL = re.compile(
    r",\s+(?:so|and|but)\s+((?:do|does|did|can|could|would|will|should|is|are|what|where|when|who|how|"
    r"which|why)\b(?! (?:I|we) \w+(?:ed|ing)\b)[^.!?]*\?)",
    re.IGNORECASE,
)  # "..., so what could one use instead?"
# "I fly to Oslo on Friday, any tips?": the question apart from what is told before it.
_ASKED_LAST = re.compile(
    r"((?:^|(?<=[.!?] ))(?!(?:if|what|which|how|who|where|when|why|is|are|do|does|did|can|could|"
    r"should|would|will|tell|give|write|make|help|please|i wonder|i was wondering)\b)"
    r"(?:(?:[\w']+[, ]+){0,4}?"
    r"(?:I|I'm|I've|I'd|my|we|we're|we've|our|there's|it's|he's|she's|he|she)\b|"
    r"(?:allergic|intolerant|diagnosed|moved|got|bought|lost|broke|started|born|retired|vegan|"
    r"vegetarian|pregnant|diabetic|married|divorced)\b)[^.!?]*), "
    r"((?:(?:so|and|but) )?(?:any|got any|what|what's|which|where|how|who|when|why|is|isn't|are|do|"
    r"does|did|can|could|should|would|will|ideas|tips|thoughts|worth|gift|recipe|book|"
    r"\w+ (?:ideas|tips|suggestions|recommendations|advice))\b[^.!?,]*\?)",
    re.IGNORECASE,
)
# Dictated: "... so what do I cook for them".
_ASKED_UNMARKED = re.compile(
    r"(?<!know)(?<!wonder)(?<!me)(?<!sure)(?<!see),? (?:(?:so|and|but) )?"
    r"((?:what|how|where|when|which|who|why)(?: (?:much|many|long|often|else|kind of \w+))?"
    r" (?:do|does|did|should|can|could|would|is|are|will|am)"
    r" (?:I|we|you|it|he|she|they|there)\b[^.!?]*)$",
    re.IGNORECASE,
)
# "How do I bake without eggs, my son can't have them": what is told after what is asked.
_ASKED_FIRST = re.compile(
    r"((?:^|(?<=[.!?] ))(?i:(?:(?:so|and|but|also|well|ok|okay|anyway),? )?(?:what|how|where|when|"
    r"which|who|why) (?:do|does|did|should|can|could|would|is|are|will|am)) (?:I|we|you|it|there)\b"
    r"[^,.!?]*), "
    r"(?=(?:I|I'm|I've|we|we're|we've|my|our|he's|she's|they're)\b[^?]*$)",
)
_MAY_I = re.compile(
    r",\s+((?:can|could|should|would|will|do|does|did|is|are|am) (?:I|we|they|he|she|you)\b"
    r"[^,.!?]*)$",
    re.IGNORECASE,
)
_ITS = re.compile(
    r"\bits (?=(?:an?|the|my|our|not|just|so|called|due|in|with|on|at|from|been|got|really|very|"
    r"too|pretty)\b|\d)",
    re.IGNORECASE,
)
# "moms a nurse, dads 70": so with "is".
_BARE_IS = re.compile(
    rf"(^|[,.;] |\b(?:and|but|so|my) )({'|'.join(sorted(word_set('bare_people')))})s "
    r"(?=an? |called |\d+(?!st|nd|rd|th)\b|from |allergic |really |retired |pregnant |the )",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r",? (?:by the way|since you ask|if you must know|mind you|"
    r"in case you (?:wonder|were wondering))"
    r"(?=\s*(?:[,.!?]|$))",
    re.IGNORECASE,
)
# "my mums birthday": a genitive typed without its apostrophe.
_BARE_GENITIVE = re.compile(
    rf"\b((?:my|our) (?:{'|'.join(sorted(word_set('bare_people')))}))s "
    r"(?=birthday|name|house|flat|job|car|wedding|dog|cat|phone|number|favou?rite|boyfriend|girlfriend|"
    r"husband|wife|place|birth|friend|mate|boss|neighbour|son|daughter|\d+(?:st|nd|rd|th)\b)",
    re.IGNORECASE,
)
# Not a boy called Jan.
_JANUARY = re.compile(
    r"(?<=\d )jan\b|(?<=th )jan\b|(?<=st )jan\b|(?<=[nr]d )jan\b|\bjan(?= \d)|"
    r"\b(?<=in )jan\b|\b(?<=since )jan\b|\b(?<=next )jan\b|\b(?<=of )jan\b|\b(?<=till )jan\b|"
    r"\b(?<=mid )jan\b|\b(?<=early )jan\b|\b(?<=late )jan\b|\b(?<=last )jan\b",
    re.IGNORECASE,
)
_DRAWN_OUT = re.compile(r"\b(?!(?:x+|i+|w+|a+)\b)[a-zA-Z]*([a-z])\1{2,}[a-zA-Z]*\b(?!\.)")
_AFTER_WH = _QUESTION_OPENERS | {"about", "s", "come", "much", "many"}
_LONGEST = 90  # words of a sentence
_DOT = "\u2024"  # stands for a full stop that ends no sentence
_ODD = re.compile(r"https?://|www\.|[\w.]+@[\w.]+|[{}<>\\|=]{1}|```|^\s*>|[_#]{2}")


@dataclass(frozen=True)
class Sentence:
    """One sentence, normalised. question: asked, not told. position: its place in the message."""

    text: str
    question: bool
    position: int


def normalise(text: str) -> str:
    """Straight quotes, plain spaces, usual spellings; emoji and control characters gone."""
    text = _FROM_TILL.sub(r"from \1-\2", _FROM_TO.sub("-", text))
    text = re.sub(r"(?<=\d) (?=[€$£](?!\d))", "", text)
    text = text.translate(_QUOTES)
    text = re.sub(r"\w{61,}", " ", text)  # no word
    text = _DRAWN_OUT.sub(_shortened, text)
    text = re.sub(r"(?<=\w)\.{2,}|\.{2,}", ". ", text)
    text = _BARE_GENITIVE.sub(r"\1's ", text)
    text = re.sub(r"(?<=[a-z]) ?\+ ?(?=[a-z])", " and ", text)
    text = _JANUARY.sub("January", _ASIDE.sub("", text))
    text = _BARE_IS.sub(r"\1\2 is ", text)
    text = _ITS.sub("it's ", text)
    text = re.sub(
        r"\bin (may|march)\b",
        lambda m: f"in {m.group(1).capitalize()}",
        text,
    )
    text = re.sub(
        r"(?m)^([A-Za-z]{3,}(?: [a-z]+)?) = ([A-Za-z][\w ,'-]*)(?=[.!]|$)", r"\1: \2", text
    )
    text = re.sub(r"\b(\w+) in law\b", _in_law, text)
    text = re.sub(r"\ban (?='\d\d\b)", "a ", text)
    text = re.sub(r"\b(?:till|'til) (?=(?:I|we|he|she|they|it|my|our)\b)", "until ", text)
    text = re.sub(r"(?<!\w)'(\d\d)(?![\d'’]|s\b)", _year, text)
    text = re.sub(r"\b(his|her|its|my|our|their) names (?=\w+(?:[,.!]|$))", r"\1 name is ", text)
    text = re.sub(r"(^|, )were (?=\w+ing\b)", r"\1we're ", text)
    text = re.sub(r"(?<=[a-z.!?,]) +[xX]{1,3}(?=\s*$)", "", text)
    text = _SHORT_DAY.sub(_whole_day, text)
    text = _MONTHLESS.sub(
        lambda m: (m.group(1) or "") + (m.group(2) or m.group(3)).capitalize(), text
    )
    text = "".join(char if char.isprintable() or char == "\n" else " " for char in text)
    text = re.sub(r"[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\u200d]+", " . ", text)
    text = re.sub(r"(?<!\w)[:;=8][-']?[)(DPpOo3/]+(?!\w)|<3", " . ", text)
    out = []
    for word in re.split(r"(\s+)", text):
        core = word.strip(".,!?;:()")
        low = core.lower()
        if core and low in _DROPPED:
            word = word.replace(core, "")
        elif low.removesuffix("'s") in _FOLK and low.endswith("'s"):
            word = word.replace(core, _SPELLINGS[low.removesuffix("'s")] + "'s", 1)
        elif (
            core
            and low in _SPELLINGS
            and _SPELLINGS[low] != core
            and not (len(core) > 1 and core.isupper())
        ):
            word = word.replace(core, _SPELLINGS[low], 1)
        out.append(word)
    return "".join(out)


def _shortened(match: re.Match[str]) -> str:
    """ "sooo", "hellooo", "goood": as the word is spelled."""
    word = match.group(0)
    twice, once = (re.sub(r"([a-zA-Z])\1{2,}", rf"\1{more}", word) for more in (r"\1", ""))
    return twice if in_dictionary(twice.lower()) else once


def _in_law(match: re.Match[str]) -> str:
    """ "brother in law", typed apart."""
    kin = {"mother", "father", "brother", "sister", "son", "daughter"}
    return f"{match.group(1)}-in-law" if match.group(1).lower() in kin else match.group(0)


def _year(match: re.Match[str]) -> str:
    """ "an '88 Ford": 1988."""
    return f"{19 if int(match.group(1)) > 40 else 20}{match.group(1)}"


def _whole_day(match: re.Match[str]) -> str:
    day = next(one for one in (match.group(1), match.group(3), match.group(5)) if one)
    abbreviated = day.lower() in {"tue", "thu", "thur"} and not match.group(6)
    several = bool(match.group(2) or match.group(6)) and not abbreviated
    return _WEEK[day.lower()[:3]] + ("s" if several else "")


def expand(text: str) -> str:
    """Contractions written out, except possessive 's."""
    text = re.sub(r"\b[wW]on't\b", "will not", text)
    text = re.sub(r"\b([cC])an't\b", r"\1an not", text)
    text = re.sub(r"\b(\w+)n't\b", r"\1 not", text)
    text = re.sub(r"\b(can|will|have|has|did|was|is|would|could|should)nae\b", r"\1 not", text)
    text = re.sub(r"\b([Ii])'m\b", r"\1 am", text)
    text = re.sub(r"\b(\w+)'ve\b", r"\1 have", text)
    text = re.sub(r"\b(\w+)'re\b", r"\1 are", text)
    text = re.sub(r"\b(\w+)'ll\b", r"\1 will", text)
    text = re.sub(r"\b(\w+)'d\s+(\w+)", _expand_d, text)
    text = re.sub(r"\b([Ll]et)'s\b", r"\1 us", text)
    text = re.sub(r"\b(have|has) got\b", r"\1", text)
    text = re.sub(r"\b([\w-]+)'s\b(?=(\s+)([\w'\"-]+)(?:\s+([\w'\"-]+))?)?", _expand_s, text)
    return re.sub(r"\b(have|has) got\b", r"\1", text)


def _expand_d(match: re.Match[str]) -> str:
    who, following = match.group(1), match.group(2)
    base = (has_tag(following, "VB") and not has_tag(following, "VBN")) or following in {
        "be",
        "like",
        "love",
        "rather",
    }
    return f"{who} {'would' if base or following in {'really', 'also'} else 'had'} {following}"


_AT_A = re.compile(r"\b(?:at|to|from) (?:(?:an?|the|my|our) )?$")
_AFTER_PLACE = frozenset({"in", "on", "at", "near", "every", "for", "with", "and", "since"})
_BECOME = frozenset(
    {"called", "named", "married", "retired", "allergic", "gone", "based", "obsessed"}
)
_WEEK = {
    day[:3].lower(): day
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
}
_SHORT_DAY = re.compile(
    r"(?:(?<=\bon )|(?<=\bevery )|(?<=\bnext )|(?<=\bthis )|(?<=\bby )|(?<=\btill )|(?<=\buntil )|"
    r"(?<=\bfrom ))(mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(s?)\b(?!-)|"
    r"\b(mon|tue|wed|thu|thur|fri|sat|sun)(s?)(?= (?:mornings?|nights?|evenings?|eves?|afternoons?|"
    r"\d))|\b(mon|fri|sat)(s)\b",
    re.IGNORECASE,
)
_MONTHLESS = re.compile(
    r"\b(\d{1,2}(?:st|nd|rd|th)?(?: of)? )(january|february|march|april|may|june|july|august|"
    r"september|october|november|december)\b|\b(january|february|march|april|may|june|july|august|"
    r"september|october|november|december)(?= (?:the )?\d{1,2}(?:st|nd|rd|th)\b)"
)
_PRONOUN_HOSTS = frozenset(
    ["he", "she", "it", "that", "this", "there", "what", "who", "where", "how", "here", "when"]
)
_AFTER_IS = frozenset(
    [
        "a",
        "an",
        "the",
        "my",
        "our",
        "not",
        "called",
        "named",
        "been",
        "got",
        "in",
        "on",
        "at",
        "from",
        "so",
        "very",
        "really",
        "just",
        "also",
        "now",
        "still",
        "always",
        "his",
        "her",
        "next",
        "this",
        "due",
        "tomorrow",
        "going",
        "with",
        "away",
        "off",
        "out",
        "back",
        "here",
    ]
)


def _expand_s(match: re.Match[str]) -> str:
    host, following, after = (
        match.group(1),
        (match.group(3) or "").lower(),
        (match.group(4) or "").lower(),
    )
    placed = _AT_A.search(match.string[: match.start()]) and following in _AFTER_PLACE
    if placed and host.lower() not in _PRONOUN_HOSTS:
        return match.group(0)  # "at a vet's in Leeds"
    if host.lower() in _PRONOUN_HOSTS:
        done = (
            after if following in {"just", "already", "never", "always", "recently"} else following
        )
        participle = done in {"been", "got", "had", "gone", "become"} or _has_done(match, done)
        return f"{host} {'has' if participle else 'is'}"
    if host.lower() == "name":
        return f"{host} is"
    changing = following in {"getting", "becoming", "being"} and after != ""
    progressive = changing or (
        following.endswith("ing") and bool(verb_readings(following)) and after in _AFTER_IS | {"to"}
    )
    aged = following[:1].isdigit() and not following.endswith(("st", "nd", "rd", "th"))
    alone = after in {"", "and", "but", "so", "because", "now"} and not lemmas(following, "NOUN")
    if host[0].islower() and alone and lemmas(following, "ADJ"):
        return f"{host} is"
    said_of = after in {"to", "with", "from", "of", "and", "but", "so", "because", "now", ""}
    nation = following.endswith(("ian", "ish", "ese", "can", "ench", "utch"))
    if host.lower() in PEOPLE and said_of and (nation or lemmas(following, "ADJ")):
        return f"{host} is"  # "my partner's allergic to latex"
    if following == "due" and after == "date":
        return match.group(0)
    if following in _AFTER_IS or aged or progressive:
        return f"{host} {'has' if following in {'been', 'got'} else 'is'}"
    return match.group(0)


def _has_done(match: re.Match[str], verb: str) -> bool:
    """ "he's missed two days", "she's passed her test": done, with an object."""
    rest = match.string[match.end() :].split(verb, 1)[-1].split() if verb else []
    objects = {"a", "an", "the", "my", "our", "his", "her", "their", "some", "two", "three", "me"}
    plain = has_tag(verb, "VBN") and not has_tag(verb, "VB") and verb not in _BECOME
    begun = rest[:1] != [] and verb in {"started", "begun", "stopped"} and rest[0].endswith("ing")
    return begun or (plain and rest[:1] != [] and (rest[0] in objects or rest[0].isdigit()))


def split(message: str) -> list[Sentence]:
    """Sentences of a message; code, links, quoted and pasted lines come out as nothing."""
    found: list[Sentence] = []
    for line in capitalised(punctuated(own_words(normalise(apart(message))))).split("\n"):
        if _ODD.search(line):
            continue
        for piece in _pieces(line):
            text = expand(piece).strip(" -*•\t")
            text = told_to_keep(text) or text
            if not any(char.isalnum() for char in text):
                continue
            for whole in fuller(text):
                found.append(Sentence(whole, _is_question(whole), len(found)))
    return found


def _pieces(line: str) -> list[str]:
    line = _ABBREVIATIONS.sub(lambda match: match.group(0)[:-1] + _DOT, line)
    line = re.sub(r"\b(?:[A-Za-z]\.){2,}", lambda match: match.group(0).replace(".", _DOT), line)
    line = re.sub(r"(?<=\d)\.(?=\d)", _DOT, line)
    line = re.sub(r'([.!?]+)"', r'"\1', line)
    if re.search(r"\w{2,}.*,[^?]*\?", line):
        line = _QUESTION_AFTER_ALL.sub(r". \1", _TRAILING_QUESTION.sub(r". \1", line))
    line = _MAY_I.sub(r". \1?", _ASKED_UNMARKED.sub(r". \1?", line))
    line = _ASKED_FIRST.sub(r"\1? ", _ASKED_LAST.sub(r"\1. \2", line))
    parts = re.split(r"(?<=[.!?;])\s+|\s+-{1,2}\s+(?=(?:I|we|he|she|they|my|it|our)\b)", line)
    return [cut.replace(_DOT, ".") for part in parts if part for cut in _cuts(part)]


def _cuts(part: str) -> list[str]:
    """A sentence that never ends, in stretches: reading one takes time by the square of it."""
    words = part.split(" ")
    return [" ".join(words[k : k + _LONGEST]) for k in range(0, len(words), _LONGEST)]


def _is_question(text: str) -> bool:
    if text.rstrip('" )').endswith("?"):
        return True
    words = re.findall(r"[A-Za-z']+", text.lower())
    while words and words[0] in {
        "so",
        "and",
        "but",
        "hey",
        "hi",
        "ok",
        "okay",
        "well",
        "oh",
        "also",
        "please",
        "anyway",
    }:
        words = words[1:]
    if len(words) < 2 or words[0] not in _QUESTION_OPENERS:
        return False
    if words[0] in {"when", "where", "how", "what", "who", "which", "why", "whose"}:
        return words[1] in _AFTER_WH
    asked = words[2] if words[1] == "not" and len(words) > 2 else words[1]
    return asked in {
        "you",
        "i",
        "we",
        "it",
        "there",
        "that",
        "this",
        "they",
        "he",
        "she",
        "the",
        "my",
    }
