"""Notes without a verb: "Landlord: Mrs Petrova", "dentist Fri 09:15", as whole sentences."""

from __future__ import annotations

import re

from sleep.recall import words as w
from sleep.recall.english import word_set
from sleep.recall.lexicon import MEMBERS, categories, is_person
from sleep.recall.measures import is_when, measure, time_kind
from sleep.recall.phrases import noun_phrase
from sleep.recall.saying_names import KIN, any_of
from sleep.recall.tokens import tokenise

_LABELLED = re.compile(r"^([A-Za-z][\w'-]*(?: [\w'-]+){0,2}?)(?::| =) ([^:=]+)$")
_NO_LABELS = word_set("no_labels")
_EVENTS = any_of({*MEMBERS["event"], *word_set("regular_events")})
_SEEN = (
    "dentist|doctor|GP|vet|physio|hairdresser|optician|barber|plumber|electrician|therapist|haircut|"
    "hospital|midwife|chiropractor|dermatologist|cardiologist|podiatrist|counsellor"
)
_DAYS = any_of(word for word in MEMBERS["weekday"] if word.endswith("day"))
_MONTHS = any_of(MEMBERS["month"])
_SHORT = r"(?:Mon|Tues?|Wed|Thurs?|Fri|Sat|Sun)"
CLOCK = r"\d{1,2}[:.]\d{2} ?(?:am|pm)?|\d{1,2} ?(?:am|pm)"
DATE = (
    rf"(?:(?:{_DAYS}|{_SHORT})(?: (?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?![:.\d]))?|"
    rf"\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{_MONTHS})|(?:{_MONTHS}) \d{{1,2}}(?:st|nd|rd|th)?|"
    rf"the \d{{1,2}}(?:st|nd|rd|th))"
)
_TIMED = re.compile(
    rf"^(?:(?:got|have|had) )?(?:an? |my |the )?"
    rf"((?:[\w-]+'s )?(?:(?!got |have |is |was )[a-z-]+ ){{0,2}}(?:{_EVENTS})|{_SEEN}),?"
    rf" (?:on )?({DATE})(?:,? (?:at )?({CLOCK}))?(?=[,.!]|$| (?:in|at|with|for)\b)",
    re.IGNORECASE,
)
# What a list under a label says of the user.
_LISTS = {
    **dict.fromkeys(("allergies", "allergy", "allergic", "allergic to"), "I am allergic to"),
    **dict.fromkeys(("meds", "medication", "medications", "medicines"), "I take"),
    **dict.fromkeys(("languages", "languages spoken"), "I speak"),
    "hobbies": "My hobbies are",
    "pets": "I have",
}
_CHILD = re.compile(r"^(?:baby |little )?([A-Z][\w'-]+)(?:,? \(?(?:aged? )?(\d{1,2})\)?)?$")
_WHOLE_DAYS = {
    day[:3].lower(): day.capitalize() for day in MEMBERS["weekday"] if day.endswith("day")
}


def labelled(sentence: str) -> list[str]:
    """ "Landlord: Mrs Petrova": "my landlord is called Mrs Petrova"; "cat: Luna, 4": two sentences;
    empty for what is no note."""
    match = _LABELLED.match(sentence.strip(" .!"))
    if match is None:
        return []
    label, whole = match.group(1).lower().removeprefix("my "), match.group(2)
    value, *further = [piece.strip() for piece in whole.split(",") if piece.strip()] or [""]
    thing = noun_phrase(tokenise(f"my {label}"), 0)
    if thing is None or thing.text.lower() != f"my {label}" or not value:
        return []
    if set(label.split()) & _NO_LABELS or not tokenise(label)[-1].noun:
        return []
    tokens = tokenise(f"x {value}")[1:]
    named = all(token.name for token in tokens)
    if is_person(thing.head) or "animal" in categories(thing.head):
        plain = re.fullmatch(r"[a-z]{3,}", value) and not categories(value)
        if not (named or plain):
            return []
        called = f"my {label} is called {value.title() if plain else value}"
        return [called, *(told for piece in further for told in _described(label, piece))]
    phrase = noun_phrase([tokens[0], *tokens], 1)
    if phrase is None:
        return []
    if time_kind(phrase, "on") in {"weekday", "date"}:
        return [f"my {label} is on {whole}"]
    valued = (
        named or measure(phrase) is not None or is_when(phrase, "at") or phrase.tokens[0].number
    )
    return [f"my {label} is {value}"] if valued else []


def _described(label: str, piece: str) -> list[str]:
    """What else a note says of somebody: an age, a breed, a job."""
    if re.fullmatch(r"\d{1,2}", piece):
        return [f"my {label} is {piece} years old"]
    if {"animal", "job"} & set(categories(piece)) or piece in {"tabby", "tortoiseshell", "mongrel"}:
        return [f"my {label} is {'an' if piece[0] in 'aeiou' else 'a'} {piece}"]
    return []


def enumerated(sentence: str) -> list[str]:
    """ "Kids: Léa (7) and Noé (4)", "Allergies: nuts, latex" as whole sentences, or []."""
    label, colon, value = sentence.strip(" .!").partition(": ")
    label = re.sub(r"^(?:my|our) ", "", label.lower())
    items = [item.strip() for item in re.split(r",? (?:and|&) |, ?| / ", value) if item.strip()]
    if not colon or not items:
        return []
    said = _LISTS.get(label, "")
    if said and all(_thing(item) for item in items):
        return [f"{said} {_joined(items)}"]
    named = [match for item in items if (match := _CHILD.match(item))]
    lively = w.is_plural(label) and (is_person(label) or "animal" in categories(label))
    if not lively or len(named) < 2 or len(named) != len(items):
        return []
    names = [match.group(1) for match in named]
    ages = [f"{name} is {age} years old" for name, age in (m.groups() for m in named) if age]
    return [f"I have {len(names)} {label}, {_joined(names)}", *ages]


def _joined(items: list[str]) -> str:
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def _thing(item: str) -> bool:
    """Whether an item of a list is a thing, and not "none" or "see below"."""
    tokens = tokenise(f"x {item}")
    phrase = noun_phrase(tokens, 1)
    whole = phrase is not None and phrase.end == len(tokens) and not phrase.pronoun
    return whole and tokens[1].low not in {"none", "no", "nothing", "unknown"}


def appointed(sentence: str) -> str:
    """ "Mother's operation 11 December", "dentist Fri 09:15": the event with its date, or ""."""
    match = _TIMED.match(sentence)
    if match is None:
        return ""
    event, date, clock = match.groups()
    named = "'s " in event and not _kin(event)
    event = event if named else event[0].lower() + event[1:]
    seen = re.fullmatch(_SEEN, event, re.IGNORECASE)
    date = re.sub(rf"^{_SHORT}\b", lambda m: _WHOLE_DAYS[m.group(0)[:3].lower()], date, flags=re.I)
    whole = f"{event} appointment" if seen and event != "haircut" else event
    hour = f" at {clock}" if clock else ""
    return f"{'' if named else 'my '}{whole} is on {date}{hour}{sentence[match.end() :]}"


def _kin(event: str) -> bool:
    return re.match(rf"(?:{KIN})'s ", event, re.IGNORECASE) is not None
