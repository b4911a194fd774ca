"""Candidates by grammar: messages to sentences to clauses to statements with their questions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sleep.memory import Heard, Known
from sleep.recall.aims import aim_questions
from sleep.recall.asides import in_passing, reasons_in, said_in_passing
from sleep.recall.asking import Ask, telling_asks
from sleep.recall.attributes import attribute_questions
from sleep.recall.beside_question import beside_question
from sleep.recall.candidates import Candidate, Day
from sleep.recall.clauses import clauses
from sleep.recall.corrections import corrects, moved_date, only_when, restated
from sleep.recall.durable import link_reason, reason_against
from sleep.recall.english import word_set
from sleep.recall.fragments import whole_sentences, without_brackets
from sleep.recall.frames import frame_questions
from sleep.recall.language import NOT_ENGLISH, english_of
from sleep.recall.lexicon import is_person
from sleep.recall.naming import (
    Naming,
    bare,
    from_aside,
    from_clause,
    from_having,
    from_phrase,
    naming_questions,
)
from sleep.recall.nouns import answer_words
from sleep.recall.occupied import occupied_questions
from sleep.recall.ownership import RESCHEDULING, about_user
from sleep.recall.passing import passing_reason
from sleep.recall.person import to_user
from sleep.recall.phrase_core import NAMING, NounPhrase
from sleep.recall.phrases import noun_phrase
from sleep.recall.plain import plain
from sleep.recall.questions import questions
from sleep.recall.references import References, close_one, phrase_of
from sleep.recall.replies import whole_answer
from sleep.recall.sentences import split
from sleep.recall.synonyms import synonym_questions
from sleep.recall.syntax import Clause
from sleep.recall.tastes import taste_questions
from sleep.recall.telling import Telling, telling
from sleep.recall.texting import with_ages
from sleep.recall.tokens import join, tokenise
from sleep.recall.turned import unfolded
from sleep.recall.views import views

_OPENERS = re.compile(
    r"^(?:(?:please|also|and|oh|just|well|ok|okay|hey|so|but|by the way|so you know|for the record|"
    r"for your information)[, ]+)*"
    r"(?:(?:please )?(?:remember|note|keep in mind|don't forget|do not forget)|you should know|"
    r"i forgot to (?:say|mention|tell you)|i should (?:say|mention|add|tell you)|"
    r"did i (?:say|mention|tell you|ever tell you)|let me tell you|let me (?:think|see)|"
    r"(?:i think )?i (?:already )?told you|"
    r"i want you to (?:know|remember)|just so you know|as you know|i have to tell you|"
    r"(?:it )?turns out|scratch that|correction|no wait|(?:wait )?i misspoke(?: earlier| before)?|"
    r"wait|i meant to say|i meant|i mean|i must correct|sorry|oops|hang on|hold on|"
    r"wrong (?:day|date|time))(?: that|:|,| -)? ",
    re.IGNORECASE,
)


def read_messages(heard: Sequence[Heard], known: Sequence[Known]) -> Day:
    """All candidates of a day.

    It is read twice: names given late in the day help to read its beginning.
    """
    names = References()
    for memory in known:
        _names_of(names, to_user(memory.text))
    first = _pass(heard, names.owners, Day())
    owners = {**names.owners, **first.references.owners}
    for old in first.renamed:
        owners.pop(old, None)
    return _pass(heard, owners, first)


def _names_of(references: References, text: str) -> None:
    for clause in clauses(tokenise(text)):
        for naming in _namings(clause):
            references.name(naming)


def _pass(heard: Sequence[Heard], owners: dict[str, str], before: Day) -> Day:
    """Reads the day. before: the same day as read first, for what it corrects further on."""
    day = Day()
    day.references.owners.update(owners)
    conversation = None
    for message in heard:
        if message.conversation_id != conversation:
            day.references.new_conversation()
            conversation = message.conversation_id
        day.references.new_message()
        day.last = None
        in_english, others = english_of(message.text)
        day.rejected += [(other, NOT_ENGLISH) for other in others]
        for text, sentence in _sentences(replace(message, text=in_english), day.references):
            fresh = text
            begin, moved = len(day.candidates), ""
            for old, new in before.renamed.items() if not corrects(message.text) else ():
                stale, fresh = fresh, re.sub(rf"\b{re.escape(old)}\b", new, fresh, flags=re.I)
                moved = new if fresh != stale and new in before.moved else moved
            fresh, bracketed = without_brackets(fresh)
            fresh, *further = plain(fresh)
            for whole in bracketed:
                read_sentence(day, message, whole)
            read_sentence(day, message, fresh)
            _passing_names(day, message, fresh or sentence)
            beside = whole_sentences(fresh, day.last) if fresh else reasons_in(sentence)
            beside += [] if fresh else unfolded(sentence)[1]
            beside += [*further, *said_in_passing(fresh or sentence)]
            beside += in_passing(fresh or sentence, question=not fresh)
            for whole in beside:
                read_sentence(day, message, whole)
            if moved:
                _redate(day, begin, moved, before.moved[moved])
    return day


def _redate(day: Day, begin: int, date: str, by: Heard) -> None:
    """What was read from place `begin` on with another date, as the message `by` told it: "the trip
    is on the 15th" is new, where the trip goes is not."""
    for k, one in enumerate(day.candidates[begin:], begin):
        if one.told is None or date.lower() not in one.text.lower():
            continue
        short = only_when(one.told, date)
        if short.chunks == one.told.chunks:
            day.candidates[k] = replace(one, heard=by)
        else:
            asks = tuple(_asks(short, day))
            when = tuple(dict.fromkeys(word for ask in asks for word in ask.expect))
            fields = {"text": short.statement, "told": short, "asks": asks, "answer": when}
            day.candidates.append(replace(one, heard=by, **fields))  # type: ignore[arg-type]


def _sentences(message: Heard, references: References) -> Iterator[tuple[str, str]]:
    """(What a sentence tells, the sentence); questions tell nothing.

    A bare answer is made whole by the assistant's question before it.
    """
    references.overhear(message.text, message.previous_reply or "")
    for sentence in split(restated(message.text, references.owners)):
        opener = _OPENERS.match(sentence.text)
        if sentence.question and not (opener and "did i" in opener.group(0).lower()):
            references.glance(tokenise(sentence.text))
            references.note(tokenise(sentence.text))
            yield "", sentence.text
            yield from ((told, told) for told in beside_question(sentence.text))
            continue
        text = sentence.text
        if references.several:
            references.familiar.update(name for name, _ in with_ages(text))
        if sentence.position == 0 and not clauses(tokenise(text)):
            text = whole_answer(text, message.previous_reply) or text
        elif sentence.position == 0:
            first = text.split(", ")[0]
            bare = not clauses(tokenise(first))
            whole = whole_answer(first, message.previous_reply) if bare else ""
            if whole:
                yield whole, whole
        yield text, sentence.text


def _passing_names(day: Day, message: Heard, sentence: str) -> None:
    """Names given where no clause tells them: "picking up my son Kiran"."""
    tokens = tokenise(sentence)
    for start, token in enumerate(tokens):
        phrase = noun_phrase(tokens, start) if token.low in {"my", "our"} else None
        phrase = phrase or close_one(tokens, start)
        if phrase is None:
            continue
        aside = from_aside(tokens, phrase)
        for naming in from_phrase(phrase) or ([aside] if aside is not None else []):
            _add_naming(day, message, sentence, naming, None)


def read_sentence(day: Day, message: Heard, sentence: str) -> None:
    """Adds the candidates of one sentence to the day."""
    text = _OPENERS.sub("", sentence).rstrip("?")
    if not text:
        return
    text = text[0].upper() + text[1:]
    conditional = False
    previous_reason = ""
    tokens = tokenise(text)
    heard_to = 0
    for clause in clauses(tokens):
        begin = clause.subject.start
        day.references.note(tokens[heard_to:begin])
        day.references.glance(tokens[heard_to:begin])
        heard_to = max(heard_to, begin)
        before = day.last
        clause = day.last = day.references.resolve(clause)
        if clause.link in {"if", "unless"}:
            conditional = True
        reason = "a condition, not a fact" if conditional else link_reason(clause)
        if clause.parent in _TELLING and before is not None and not _speaks(before.subject):
            reason = "what a text says"
        if tokens[max(0, begin - 1)].low == "like":
            reason = "a likeness, not a fact"
        if clause.link == "rel" and tokens[max(0, begin - 1)].low in _RELATIVES:
            reason = "part of another clause"  # "which my husband calls ..."
        if clause.inherited and previous_reason in _CARRIED:
            reason = previous_reason
        previous_reason = _clause(day, message, sentence, clause, reason)
        day.references.hear(clause)
    day.references.note(tokens[heard_to:])


_RELATIVES = frozenset({"which", "that", "who", "whom"})
_TELLING = frozenset({"say", "tell", "claim", "state", "read", "write"})
_DECIDING = frozenset({"decide", "pretend", "insist", "joke", "imagine"})  # he is Zorro now
_DOUBTFUL = frozenset({"what a text says", "made up"})


def _speaks(subject: NounPhrase) -> bool:
    """Whether somebody says it, and no text or horoscope or stranger."""
    if subject.first in {"a", "an"} and subject.head not in _FRIENDS:
        return False
    return subject.pronoun or bool(subject.names) or is_person(subject.head)


_FRIENDS = word_set("friends")
_CARRIED = frozenset({"possibility, not fact", "a promise in passing", "a condition, not a fact",
                      "thought or feeling of the moment", "a wish or politeness"})  # fmt: skip


def _clause(day: Day, message: Heard, sentence: str, clause: Clause, reason: str) -> str:
    """Takes or rejects one clause; returns the reason against it, or ""."""
    doubtful = reason in _CARRIED | _DOUBTFUL or clause.parent in _DECIDING
    for naming in [] if doubtful else _namings(clause):
        _add_naming(day, message, sentence, naming, clause)
    if from_clause(clause) is not None:
        described = _described(clause)
        if described is None:
            return ""
        clause = described
    told = telling(clause, sentence)
    if told.copula or not told.negated:
        cue = corrects(message.text) or told.lemma in RESCHEDULING
        old_date, new_date = moved_date(sentence, told, cue, day.candidates)
        if old_date:
            day.renamed[old_date] = new_date
            day.moved[new_date] = message
    familiar = day.references.familiar | set(day.references.owners)
    own = about_user(told, familiar, day.references.told)
    reason = reason or reason_against(told, clause, own) or passing_reason(told, clause)
    if reason:
        day.rejected.append((told.statement or sentence, reason))
        return reason
    asks = _asks(told, day)
    if not asks:
        day.rejected.append((told.statement, "nothing in it that one could ask for"))
        return ""
    day.candidates.append(_candidate(told, clause, asks, message, sentence))
    phrases = (chunk.phrase for chunk in told.chunks if chunk.phrase is not None)
    day.references.told.update(phrase.head for phrase in phrases if phrase.tokens[0].determiner)
    if told.phrase.first in {"my", "our"} and not told.human:
        day.references.told.add(told.phrase.head)
    return ""


def _described(clause: Clause) -> Clause | None:
    """A clause without its name, when it tells more: "My dog is a collie called Fly"."""
    phrase = clause.chunks[0].phrase
    naming = from_clause(clause)
    placed = len(clause.chunks) > 2 and clause.chunks[1].kind == "prep"
    if placed and phrase is not None and naming is not None and phrase.text == naming.name:
        return replace(clause, chunks=clause.chunks[1:])  # "my GP is Dr. Amadi | at the clinic"
    if phrase is None or not phrase.named or phrase.first not in {"a", "an"}:
        return None
    words = [token.text for token in phrase.tokens]
    cut = next((k for k, word in enumerate(words) if word.lower() in NAMING), 0)
    plain = phrase_of(join(words[:cut])) if cut > 1 else None
    if plain is None or plain.head == clause.subject.head:
        return None
    chunk = replace(clause.chunks[0], text=plain.text, head=plain.head, phrase=plain)
    return replace(clause, chunks=(chunk, *clause.chunks[1:]))


def _candidate(
    told: Telling, clause: Clause, asks: list[Ask], heard: Heard, sentence: str
) -> Candidate:
    answer = tuple(
        dict.fromkeys(word for ask in asks if ask.kind != "subject" for word in ask.expect)
    )
    return Candidate(
        text=told.statement,
        owner=told.subject,
        answer=answer or asks[0].expect,
        asks=tuple(asks),
        topic=_topic(told),
        heard=heard,
        sentence=sentence,
        why=f"said in a clause of the message ({clause.link})",
        score=_score(told, clause),
        told=told,
        denied=answer_words(clause.denied) if clause.denied is not None else (),
    )


def _asks(told: Telling, day: Day) -> list[Ask]:
    found: list[Ask] = []
    for variant in _variants(told, day.references):
        for view in views(variant):
            found += questions(view)
            found += occupied_questions(variant) if view is variant else []
            found += [*frame_questions(view), *taste_questions(view)]
            found += [*attribute_questions(view), *aim_questions(view), *synonym_questions(view)]
    return telling_asks(found)


def _variants(told: Telling, references: References) -> list[Telling]:
    """The telling with each way to name its subject: "my sister Hanna", "my sister", "Hanna"."""
    phrase = told.phrase
    if told.me or phrase.items:
        return [told]
    names = [name for name in phrase.names if name in references.owners]
    possessed = [token.text for token in phrase.tokens if token.text.endswith("'s")]
    if names and any(one[:-2] in names for one in possessed):
        owner = references.owners[names[0]]
        plain = told.subject.replace(f"{owner} ", "").replace(names[0], owner, 1)
        return [told, replace(told, subject=plain)]
    if names:
        owner = references.owners[names[0]]
        return [replace(told, subject=owner), replace(told, subject=names[0]), told]
    own = len(phrase.names) == 1 and phrase.first in {"my", "our"} and not told.human
    more = len(phrase.tokens) > len(phrase.names[0].split()) + 1 if own else False
    if more and phrase.text.endswith(f" {phrase.names[0]}") and not phrase.named:
        kind = phrase.text.removesuffix(f" {phrase.names[0]}")
        plain = kind[0].lower() + kind[1:]
        return [replace(told, subject=plain), replace(told, subject=phrase.names[0]), told]
    named = [name for name, owner in references.owners.items() if owner == told.subject]
    if len(named) == 1:
        return [told, replace(told, subject=named[0])]
    plain = bare(told.subject)
    return [told] if plain == told.subject else [replace(told, subject=plain), told]


def _namings(clause: Clause) -> list[Naming]:
    found = []
    direct = from_clause(clause)
    if direct is not None:
        found.append(direct)
    found += from_having(clause)
    phrases = [clause.subject, *(c.phrase for c in clause.chunks if c.phrase is not None)]
    for phrase in phrases:
        found += [passing for passing in from_phrase(phrase) if passing not in found]
    return found


def _add_naming(
    day: Day, message: Heard, sentence: str, naming: Naming, clause: Clause | None
) -> None:
    naming = replace(naming, owner=bare(naming.owner))
    article, _, kind = naming.owner.partition(" ")
    ours = clause is not None and clause.subject.first in {"i", "we"}  # "we will call her Ida"
    somebody = article in {"a", "an"} or (article == "the" and is_person(naming.head))
    if somebody and not (ours or naming.head in _FRIENDS):
        return  # nobody of the user's
    if article in {"a", "an"}:
        naming = replace(naming, owner=f"my {kind}")
    denied = answer_words(clause.denied) if clause is not None and clause.denied else ()
    owners = day.references.owners
    corrected = [name for name in (*denied, naming.name) if denied and name in owners]
    if corrected:
        naming = replace(naming, owner=owners[corrected[0]])
    for name, owner in owners.items():
        if naming.owner == f"{owner} {name}":
            naming = replace(naming, owner=owner)
    old = next(
        (
            n
            for n, owner in day.references.owners.items()
            if owner == naming.owner and n != naming.name
        ),
        None,
    )
    if denied:
        day.renamed[denied[0]] = naming.name
    elif old is not None and corrects(sentence):
        day.renamed[old] = naming.name
    for k, earlier in enumerate(day.candidates):
        if earlier.text == naming.statement:
            if denied:
                day.candidates[k] = replace(earlier, denied=denied, sentence=sentence)
            return
    day.references.name(naming)
    day.candidates.append(
        Candidate(
            text=naming.statement,
            owner=naming.owner,
            answer=(naming.name,),
            asks=tuple(telling_asks(naming_questions(naming))),
            topic="" if naming.owner == "I" else naming.owner,
            heard=message,
            sentence=sentence,
            why="a name given in the message",
            score=0.95,
            naming=True,
            denied=denied,
        )
    )


def _topic(told: Telling) -> str:
    """What "What did I tell you about ...?" would name."""
    if not told.me:
        return told.subject
    for chunk in told.chunks:
        phrase: NounPhrase | None = chunk.phrase
        if phrase is None or phrase.pronoun or phrase.items:
            continue
        if phrase.first in {"every", "each", "mostly"}:
            continue
        words = (phrase.names[0] if phrase.named else phrase.text).split()
        if words[0].lower() in {"a", "an", "some"}:
            words[0] = "the"
        return " ".join(words) if len(words) <= 5 else ""
    return ""


def _score(told: Telling, clause: Clause) -> float:
    """How sure grammar is, 0 to 1: names and lasting states up, loose ends down."""
    score = 0.6
    names = any(chunk.phrase is not None and chunk.phrase.names for chunk in told.chunks)
    score += 0.15 if names else 0.0
    score += 0.1 if not told.past else 0.0
    score -= 0.1 if clause.inherited or clause.link not in {"main", "and"} else 0.0
    score -= 0.15 if any(chunk.kind == "other" for chunk in told.chunks) else 0.0
    return max(0.05, min(score, 0.9))
