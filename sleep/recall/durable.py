"""What is worth remembering: why a clause is no lasting fact about the user, if it is none."""

from __future__ import annotations

import re

from sleep.recall import words as w
from sleep.recall.english import word_set
from sleep.recall.lexicon import categories, is_person
from sleep.recall.measures import measure
from sleep.recall.modality import bare_doing, limited, modal_reason
from sleep.recall.ownership import done_to_me, wages
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.syntax import Chunk, Clause
from sleep.recall.telling import Telling

# Thinking, feeling, speaking: what happens in the conversation, not in the life.
_MENTAL = word_set("mental")
_SPEECH = word_set("speech")
_REQUESTED = word_set("requested")
_VERDICTS = word_set("verdicts")
_LASTING_DOINGS = word_set("lasting_doings")
_TALK_TOPICS = word_set("talk_topics")
_EXAGGERATED = frozenset({"die", "cry", "scream", "freeze", "starve", "melt", "boil"})
_MOODS = word_set("moods")
_EVALUATIVE_NOUNS = word_set("evaluative_nouns")
_OPINION = word_set("opinion_verbs")
_SKILLS = word_set("skills")
_MEALS = word_set("meals")
_SIGHT_VERBS = word_set("outing_verbs")
_KEPT_ADVERBS = word_set("kept_adverbs")
_MADE_UP_PLACES = word_set("made_up_places")
_MADE_UP_PEOPLE = word_set("made_up_people")
_CODE_THINGS = word_set("code_things")
_PERHAPS = word_set("perhaps")
_VAGUE_OBJECTS = word_set("vague_objects")
_MEDIA = word_set("media")
_TROUBLES = frozenset({"problem", "issue", "error", "bug", "warning", "question", "query"})
_FOUND = frozenset({"book", "film", "movie", "gift", "present", "restaurant", "song", "series"})
_US = frozenset({"i", "we"})
_TALKING = frozenset(
    {"know", "believe", "thank", "improve", "hear", "solve", "say", "sound", "seem"}
)
_BRIEF = frozenset({"minutes", "seconds"})
_SECOND_PERSON = re.compile(r"\b(you|your|yours|yourself)\b", re.IGNORECASE)


def reason_against(told: Telling, clause: Clause, first_person: bool) -> str:
    """Why the telling is no fact worth keeping, or "" when it is one.

    first_person: the clause is about the user, their people or their things.
    """
    checks = (
        _subject_reason(told, clause, first_person),
        link_reason(clause),
        _lead_reason(clause),
        _address_reason(told, clause),
        modal_reason(told),
        _in_progress(told),
        _verb_reason(told),
        _content_reason(told, clause),
    )
    return next((reason for reason in checks if reason), "")


def _subject_reason(told: Telling, clause: Clause, first_person: bool) -> str:
    subject = told.phrase
    if subject.first == "they" and (wages(told) or done_to_me(told)):
        return ""
    if subject.pronoun and not told.me:
        return "nobody knows who or what it is about"
    if not first_person:
        return "not about the user"
    if subject.head in _MADE_UP_PEOPLE:
        return "made up"
    if subject.head in _CODE_THINGS and not told.me:
        return "about the work at hand"
    timed = subject.head == "time" and told.copula and any(c.text[0].isdigit() for c in told.chunks)
    if subject.head in _TALK_TOPICS and not (told.me or timed or subject.head == "goal"):
        return "about the conversation"
    return ""


def _lead_reason(clause: Clause) -> str:
    """Against "Maybe I ...", "In my dream I ..."."""
    said = [word.lower().rstrip(",") for word in (*clause.lead, *clause.verb.adverbs)]
    if _PERHAPS & set(said):
        return "possibility, not fact"
    places = (text.split()[-1] for text in said if len(text.split()) > 1)
    return "made up" if _MADE_UP_PLACES & set(places) else ""


def link_reason(clause: Clause) -> str:
    """Why what the clause hangs on makes it no fact, or ""."""
    if clause.parent in _OPINION:
        return "thought or feeling of the moment"
    if clause.link == "as" and _causal(clause):
        return ""
    if clause.link in {"if", "unless", "whether", "as"}:
        return "a condition, not a fact"
    if clause.link in {"wh", "reduced"} or (clause.link == "rel" and clause.subject.first in _US):
        return "part of another clause"
    return ""


def _causal(clause: Clause) -> bool:
    """ "..., as I wear glasses": a reason, not a time or a likeness."""
    verb = clause.verb
    own = clause.subject.first in {"i", "we", "my", "our"} and bool(clause.chunks)
    present = not (w.has_tag(verb.main.lower(), "VBD") or verb.finite.lower() in {"was", "were"})
    return own and present and not verb.modal and clause.chunks[0].kind in {"np", "adj"}


def _address_reason(told: Telling, clause: Clause) -> str:
    if _SECOND_PERSON.search(told.rest) and not _SECOND_PERSON.search(
        " ".join(re.findall(r'"[^"]*"', told.rest))
    ):
        return "speaks to the assistant"
    return ""


def _planning(told: Telling) -> bool:
    """ "thinking of moving", "looking for a flat", "looking to learn": plans, not thoughts."""
    heads = [chunk.head for chunk in told.chunks[:2]]
    if told.lemma == "think" and heads[:1] and heads[0] in {"of", "about"}:
        return len(told.chunks) > 1 and told.chunks[1].text.split()[0].endswith("ing")
    if told.main.lower() == "expecting" and told.chunks and told.chunks[0].kind == "np":
        return True
    progressive = told.main.lower() == "looking"
    towards = bool(heads) and (heads[0] in {"for", "into"} or told.chunks[0].kind == "verb")
    return progressive and towards


def _in_progress(told: Telling) -> str:
    """Against "I was climbing when ...": the background of a story."""
    progressive = told.helped and told.main.lower().endswith("ing")
    if progressive and told.me and told.lemma in _EXAGGERATED:
        return "a mood"
    lasting = told.lemma in _LASTING_DOINGS | _MENTAL | {"plan", "consider", "look", "go"}
    return "a passing state" if progressive and told.past and told.me and not lasting else ""


def _verb_reason(told: Telling) -> str:
    lemma = told.lemma
    first = told.chunks[0] if told.chunks else None
    wanted = first.phrase if first is not None and lemma in {"need", "want", "like"} else None
    if wanted is not None and wanted.head in _REQUESTED and not wanted.tokens[0].possessive:
        return "asked of the assistant"
    if _passing(told):
        return "a passing state"
    if _at_hand(told):
        return "about the work at hand"
    odd = lemma in {"buy", "bring", "own"} and not told.particle
    if odd and first is not None and first.kind == "prep":
        return "part of another clause"
    if _planning(told):
        return ""
    if lemma in _MENTAL and not limited(told):
        kind = first.phrase.head if first is not None and first.phrase is not None else ""
        if (
            lemma == "know"
            and kind
            and first is not None
            and first.phrase is not None
            and first.phrase.names
            and not told.negated
        ):
            return ""
        if lemma in {"care"} and told.chunks:
            return ""
        return "thought or feeling of the moment"
    shared = lemma == "share" and any(chunk.head == "with" for chunk in told.chunks[1:])
    spoken = lemma == "speak" and first is not None and first.kind == "np"
    if lemma in _SPEECH and not (spoken or shared):
        return "about the conversation"
    if lemma == "get" and first is not None and first.text == "it":
        return "about the conversation"
    inner = [chunk.head for chunk in told.chunks if chunk.kind == "verb"]
    if set(inner) & (_SPEECH | _TALKING):
        return "about the conversation"
    if lemma in {"find", "make", "consider"} and first is not None and first.text in _VAGUE_OBJECTS:
        return "an opinion of the moment"
    return ""


def _at_hand(told: Telling) -> bool:
    """ "I get an error when ...", "I have a problem with my printer", "I'm looking for a book":
    what the assistant is to help with."""
    phrases = [chunk.phrase for chunk in told.chunks if chunk.phrase is not None]
    if not phrases:
        return False
    if told.lemma == "look" and told.chunks[0].head == "for":
        return phrases[0].head in _REQUESTED | _FOUND
    ill = any({"body", "illness"} & set(categories(t.low)) for p in phrases for t in p.tokens)
    trouble = told.chunks[0].phrase is not None and phrases[0].head in _TROUBLES
    return told.lemma in {"have", "get", "see", "face"} and trouble and not ill


def _passing(told: Telling) -> bool:
    """Whether it is true only for a while: "I need tea before I can think"."""
    lemma = told.lemma
    first = told.chunks[0] if told.chunks else None
    becoming = first is not None and first.head in {"be", "become"}
    if (
        lemma in {"need", "want"}
        and not becoming
        and any(
            chunk.kind == "clause" and chunk.head in {"before", "until", "when"}
            for chunk in told.chunks
        )
    ):
        return True
    brief = measure(first.phrase) if first is not None and first.phrase is not None else None
    if lemma in {"have", "get"} and brief is not None and brief.unit in _BRIEF:
        return True
    lacking = lemma in {"have", "get"} or (told.helped and told.finite in {"have", "has"})
    if told.negated and lacking and "still" in (*told.before, *told.between):
        return True
    if told.main.lower() == "going" and any(
        chunk.phrase is not None and (brief := measure(chunk.phrase)) and brief.unit in _BRIEF
        for chunk in told.chunks
    ):
        return True
    return lemma == "keep" and first is not None and first.kind == "verb"


def _content_reason(told: Telling, clause: Clause) -> str:
    if told.lemma == "be":
        return _copula_reason(told)
    if not told.chunks:
        able = told.lemma in _SKILLS and not told.past and (told.me or told.human)
        return "" if able and bare_doing(told) else "says too little to ask about"
    phrases = [chunk.phrase for chunk in told.chunks if chunk.phrase is not None]
    if phrases and all(
        not phrase.names
        and not (phrase.tokens[0].number and phrase.first != "one")
        and not any({"body", "illness"} & set(categories(token.low)) for token in phrase.tokens)
        and (
            phrase.first in _VAGUE_OBJECTS
            or {phrase.head, w.noun_lemma(phrase.head)} & (_TALK_TOPICS | _EVALUATIVE_NOUNS)
        )
        for phrase in phrases
    ):
        return "nothing definite in it"
    if (
        phrases
        and phrases[0].first in _VAGUE_OBJECTS - {"one", "such", "myself"}
        and told.chunks[0].kind == "np"
    ):
        return "leans on something said before"
    if any(
        chunk.text.lower() in {"this", "that", "these", "those", "there"} or _pointing(chunk.text)
        for chunk in told.chunks
    ):
        return "leans on something said before"
    if not phrases and not any(chunk.kind in {"verb", "adj"} for chunk in told.chunks):
        return "says too little to ask about"
    meal = bool(phrases) and all(
        phrase.head in _MEALS and len(phrase.tokens) < 3 and not phrase.names for phrase in phrases
    )
    just = told.helped and any(adverb.lower() == "just" for adverb in clause.verb.adverbs)
    if (meal and not told.before) or (just and told.lemma in {"have", "eat", "drink", "wake"}):
        return "a meal or a nap"
    heard = told.past or told.main.lower() == "read"
    if told.lemma in {"see", "read", "watch", "hear"} and heard and _of_others(told):
        return "what a text says"
    if told.lemma in _SIGHT_VERBS and told.past and all(_vague(phrase) for phrase in phrases):
        return "too vague to ask for"
    if told.lemma == "see" and not told.past and not told.helped and not _meets(phrases):
        return "an impression"
    if not phrases and told.lemma in {"feel", "get", "become", "stay"}:
        return "a mood"
    return ""


def _of_others(told: Telling) -> bool:
    """ "I saw a documentary about a boy", "I read about a nurse": a story, not the user's life."""
    first = told.chunks[0]
    medium = first.phrase is not None and first.phrase.head in _MEDIA and not first.phrase.names
    return (first.kind == "prep" and first.head == "about") or (medium and "about" in first.text)


def _meets(phrases: list[NounPhrase]) -> bool:
    """ "I see my dad every weekend" is meeting, not seeing; so is seeing a doctor on Friday."""
    if not phrases:
        return False
    first = phrases[0]
    named = bool(first.names) and first.text == first.names[0] and not categories(first.head)
    titled = first.tokens[0].text.endswith(".")
    known = first.tokens[0].possessive or len(phrases) > 1
    return titled or (known and (is_person(first.head) or named))


def _vague(phrase: NounPhrase) -> bool:
    """ "a park", "some scenery", "a lot of pictures": nothing that tells it from others."""
    if phrase.names or phrase.items or phrase.gerund or phrase.tokens[0].possessive:
        return False
    if phrase.first in {"some", "many", "lots"} or phrase.text.lower().startswith(
        ("a lot", "a few")
    ):
        return True
    nouns = [t for t in phrase.tokens if t.noun and not (t.adjective and t.low != phrase.head)]
    timed = any(w.is_time(t.low) or t.number for t in phrase.tokens)
    return phrase.first in {"a", "an"} and len(nouns) <= 1 and not timed


def _pointing(text: str) -> bool:
    words = text.lower().split()
    return (
        len(words) > 1
        and words[0] in {"this", "that", "these", "those", "such"}
        and words[-1] not in w.TIME_NOUNS
    )


def _adjective_reason(told: Telling, first: Chunk, rest: tuple[Chunk, ...]) -> str | None:
    """Why what somebody or something is like is no fact, "" when it surely is one, else None."""
    word = next((chunk.head for chunk in told.chunks if chunk.kind == "adj"), first.head)
    lasting = (
        word in {"afraid", "scared", "interested", "proud", "used", "comfortable"}
        and any(chunk.phrase is not None and not chunk.phrase.pronoun for chunk in rest)
        and not any(chunk.kind == "verb" for chunk in rest)
    )
    if lasting and told.me:
        return ""
    if word in _MOODS and told.me:
        return "a mood"
    owned = told.phrase.tokens[0].possessive or told.phrase.names
    if not told.me and not owned and word != "due":
        return "an impression"
    still = told.helped or any(chunk.text.lower() == "still" for chunk in told.chunks)
    lasting = "body" in categories(told.phrase.head) and still
    if not told.me and word in _VERDICTS and len(rest) < 2 and not lasting:
        return "an impression"
    return None


def _copula_reason(told: Telling) -> str:
    first = told.chunks[0] if told.chunks else None
    if first is None:
        return "says too little to ask about"
    rest = told.chunks[1:]
    if (first.text == "a bit" or first.text.lower() in _KEPT_ADVERBS) and rest:
        first, rest = rest[0], rest[1:]
    if first.kind == "adj" or (first.kind == "adv" and rest):
        settled = _adjective_reason(told, first, rest)
        if settled is not None:
            return settled
    if first.kind == "adv":
        described = told.me and rest and rest[0].kind == "adj"
        return (
            ""
            if described and rest[0].head not in _MOODS | _VERDICTS
            else "says too little to ask about"
        )
    if first.phrase is not None:
        if first.phrase.head == told.phrase.head and first.phrase.tokens[0].possessive:
            return "says too little to ask about"
        judged = first.phrase.head in _VERDICTS and not first.phrase.tokens[0].determiner
        if judged or first.phrase.head in _EVALUATIVE_NOUNS or first.phrase.first in _VAGUE_OBJECTS:
            return "an impression"
        if (
            first.phrase.head in _MOODS
            and len(told.chunks) == 1
            and told.me
            and not first.phrase.tokens[0].determiner
        ):
            return "a mood"
    bare = told.helped and first.head in {"since", "for"}
    if first.kind == "prep" and (not rest or bare):
        return "says too little to ask about"
    if (
        first.kind == "prep"
        and told.me
        and all(
            chunk.phrase is None
            or (
                not chunk.phrase.tokens[0].number
                and chunk.phrase.head
                in _TALK_TOPICS | {"mood", "hurry", "way", "pressure", "stress", "stage"}
            )
            for chunk in rest
        )
    ):
        return "a passing state"
    if first.kind == "verb" and first.text.startswith("to"):
        return "" if told.phrase.head in {"dream", "goal", "plan"} else "not a fact"
    return ""
