"""Questions about what somebody wants, plans, learns, must or cannot do: verbs that take a verb."""

from __future__ import annotations

from sleep.recall.asking import Ask
from sleep.recall.english import table
from sleep.recall.frames import job, templates
from sleep.recall.nouns import answer_words
from sleep.recall.telling import Telling

_GROUPS: dict[str, dict[str, list[str]]] = table("relations")["aim"]
_GROUP_OF = {verb: name for name, entry in _GROUPS.items() for verb in entry["verbs"][0].split()}


def aim_questions(told: Telling) -> list[Ask]:
    """What is asked of "want to learn Thai", "plan to move", "never learned to swim"."""
    index = next((k for k, chunk in enumerate(told.chunks[:2]) if chunk.kind == "verb"), None)
    group = _group(told)
    if index is None or not group:
        return []
    phrases = [c.phrase for c in told.chunks[index + 1 :] if c.phrase is not None]
    expect = [word for phrase in phrases for word in answer_words(phrase)]
    expect = expect or [told.chunks[index].head, told.chunks[index].text.split()[-1]]
    words = tuple(dict.fromkeys(expect))
    becoming = told.chunks[index].head in {"be", "become", "work"}
    if becoming and phrases and job(phrases[0]) and group in {"wish", "plan"}:
        return templates(told, tuple(_GROUPS["calling"]["asks"]), words)
    return templates(told, tuple(_GROUPS[group]["asks"]), words, past=told.past)


def _group(told: Telling) -> str:
    if told.negated:
        return "inability" if _GROUP_OF.get(told.lemma) == "learning" else ""
    if told.finite == "would" and told.lemma in {"like", "love"}:
        return "wish"
    if told.helped and told.main.lower() == "going":
        return "plan"
    return _GROUP_OF.get(told.lemma, "")
