"""Questions about what somebody wants, plans, learns, must or cannot do: verbs that take a verb."""

from __future__ import annotations

from sleep.recall.asking import Ask
from sleep.recall.english import table, word_set
from sleep.recall.frames import job, owner_of, templates, wordings
from sleep.recall.modality import bare_doing
from sleep.recall.nouns import deed_words
from sleep.recall.syntax import Chunk
from sleep.recall.telling import Telling

_GROUPS: dict[str, dict[str, list[str]]] = table("relations")["aim"]
_SKILLS = word_set("skills")
_AIMS = frozenset({"goal", "dream", "plan", "wish", "ambition", "resolution", "aim", "hope"})
_GROUP_OF = {verb: name for name, entry in _GROUPS.items() for verb in entry["verbs"][0].split()}


def aim_questions(told: Telling) -> list[Ask]:
    """What is asked of "want to learn Thai", "plan to move", "never learned to swim"."""
    if bare_doing(told) and told.lemma in _SKILLS:
        asks = tuple(_GROUPS["inability" if told.negated else "ability"]["asks"])
        habit = not told.helped
        return templates(told, (*asks, *(wordings("hobby") if habit else ())), (told.lemma,))
    group = _group(told)
    aimed = told.copula and told.phrase.head in _AIMS and owner_of(told)
    if aimed:
        told, group = aimed, "wish"
    index = next((k for k, chunk in enumerate(told.chunks[:2]) if _acts(chunk, group)), None)
    if index is None or not group:
        return []
    if index and told.chunks[0].text.lower() in {"me", "us"}:
        return []  # "she wants me to come" is no dream of hers
    opening = 0 if told.chunks[index].kind == "np" else 1
    phrases = [c.phrase for c in told.chunks[index + opening :] if c.phrase is not None]
    words = deed_words(told.chunks[index], told.chunks[index + opening :])
    becoming = told.chunks[index].head in {"be", "become", "work"}
    trade = phrases and (job(phrases[0]) or phrases[0].first in {"a", "an"})
    if becoming and trade and group in {"wish", "plan"}:
        return templates(told, tuple(_GROUPS["calling"]["asks"]), words)
    over = told.past and group != "inability"
    return templates(told, tuple(_GROUPS[group]["asks"]), words, past=over)


def _acts(chunk: Chunk, group: str) -> bool:
    """Whether a chunk is what is done: "to climb", or "smoking" after "quit"."""
    gerund = chunk.phrase is not None and (chunk.phrase.gerund or chunk.head.endswith("ing"))
    return chunk.kind == "verb" or (gerund and group in {"ending", "learning"})


def _group(told: Telling) -> str:
    if told.negated:
        return "inability" if _GROUP_OF.get(told.lemma) == "learning" else ""
    if told.finite == "would" and told.lemma in {"like", "love"}:
        return "wish"
    if told.helped and told.main.lower() == "going":
        return "plan"
    return _GROUP_OF.get(told.lemma, "")
