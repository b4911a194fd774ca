"""Short answers to the assistant's own question, made whole: "Where do you live?" - "In Lyon."."""

from __future__ import annotations

import re

from sleep.recall import words as w
from sleep.recall.tokens import Token

_YES = re.compile(r"^(?:yes|yeah|yep|yup|sure|i do|i am|i did|i have)\b[ ,.!]*", re.IGNORECASE)
_NO_ANSWER = re.compile(
    r"^(?:no|nope|nah|nothing|none|not|never|maybe|perhaps|dunno|idk|ok|okay|thanks|thank|hi|hello|hm+|good|"
    r"great|fine|sure|both|neither|whatever|why|how|what|who|where|all good|of course|please|"
    r"i see|sounds)\b",
    re.IGNORECASE,
)
_BE = re.compile(
    r"^(?:what|who|where|when|which [\w ]+?|how)(?:'s| is| are| was| were)\b (.+)$", re.I
)
_DO = re.compile(
    r"^(what|who|where|when|which [\w ]+?|how long|how often|how many [\w ]+?|"
    r"what kind of [\w ]+?|what [\w ]+?)"
    r" (do|does|did|have|has|are|were|would|can) (you|your [\w ]+?) (.+)$",
    re.IGNORECASE,
)
_YES_NO = re.compile(r"^(do|did|are|have|can) you (.+)$", re.IGNORECASE)
# "Any pets?", "Kids?"
_ANY = re.compile(
    r"^(?:any |got any |have any )?((?:other )?(?:kids|children|pets|siblings|grandchildren|"
    r"grandkids|hobbies|allergies|brothers or sisters|animals))(?: at all)?$",
    re.IGNORECASE,
)
_NO_SUCH = re.compile(
    r"^(?:no|nope|nah)[, ]+(?:no|(?:I )?(?:do not|have not) have (?:any )?) ?(\w+)$", re.I
)
_NAME = re.compile(r"^(?:the )?names? of (your .+)$", re.IGNORECASE)


def whole_answer(fragment: str, previous_reply: str | None) -> str:
    """A full sentence in the user's voice, or "" when the fragment answers nothing clearly."""
    if not previous_reply:
        return ""
    asked = re.findall(r"([^.!?\n]+)\?", previous_reply)
    answer = fragment.strip(" .!,")
    if not asked or not answer or len(answer.split()) > 9:
        return ""
    question = re.sub(
        r"^(?:and|so|but|oh|well|by the way)\b[ ,]*", "", asked[-1].strip(), flags=re.I
    )
    question = re.sub(
        r"^.*,\s*(?=(?:what|who|where|when|which|how|do|did|are|have|can)\b)",
        "",
        question,
        flags=re.I,
    )
    question = _ANY.sub(r"do you have any \1", question)
    none = _NO_SUCH.match(answer)
    if none and none.group(1).lower() in question.lower().split():
        return f"I have no {none.group(1)}"
    confirmed = _YES.sub("", answer)
    if _NO_ANSWER.match(confirmed or "yes") and confirmed:
        return ""
    first = confirmed.split()[0] if confirmed else ""
    named = re.search(r"\b(name|names|called|who)\b", question, re.IGNORECASE)
    if first and not named and not Token(first, first=True).name:
        confirmed = confirmed[0].lower() + confirmed[1:]
    built = _answer_to(question, confirmed, bool(_YES.match(answer)))
    return _to_user(built)


def _answer_to(question: str, answer: str, yes: bool) -> str:
    aged = re.match(r"^how old (?:are|is) (you|your .+)$", question, re.IGNORECASE)
    if aged and answer:
        years = answer if not answer.isdigit() else f"{answer} years old"
        return f"{aged.group(1)} {'are' if aged.group(1) == 'you' else 'is'} {years}"
    moved = _DO.match(question)
    if moved and answer:
        return _undo_movement(moved, answer)
    copula = _BE.match(question)
    if copula and answer and "your" in copula.group(1).lower().split():
        subject = copula.group(1)
        named = _NAME.match(subject)
        if named:
            return f"{named.group(1)}'s name is {answer}"
        return f"{subject} {'are' if w.is_plural(subject.split()[-1]) else 'is'} {answer}"
    polar = _YES_NO.match(question)
    if polar and yes:
        return _affirm(polar, answer)
    return ""


def _undo_movement(match: re.Match[str], answer: str) -> str:
    wh, aux, subject, rest = (
        part.lower() if k < 3 else part for k, part in enumerate(match.groups())
    )
    words = rest.split()
    if rest.lower().startswith("do for "):
        return f"{subject} {'works' if aux == 'does' else 'work'} as {answer}"
    if aux == "did":
        words[0] = w.inflect(words[0].lower(), "VBD")
    elif aux == "does":
        words[0] = w.inflect(words[0].lower(), "VBZ")
    elif aux != "do":
        words.insert(0, aux)
    doing = len(words) > 1 and words[-1].lower() in {"do", "doing"}
    if doing:
        words = words[:-1]
    if wh.startswith("how many"):
        answer = (
            answer if not answer.isdigit() and len(answer.split()) > 1 else f"{answer} {wh[9:]}"
        )
    if wh in {"how long"} and answer[0].isdigit():
        answer = f"for {answer}"
    stranded = words[-1].lower() in w.PREPOSITIONS
    if (
        wh == "where"
        and answer[:1].isupper()
        and not stranded
        and not answer.lower().startswith(("in ", "at ", "to ", "near ", "on "))
    ):
        answer = f"{'to' if words[0] in {'went', 'go', 'moved', 'travelled'} else 'in'} {answer}"
    last = words[-1].lower()
    if last in w.PREPOSITIONS or last not in w.ADVERBS:
        return " ".join([subject, *words, answer])
    return " ".join([subject, *words[:-1], answer, words[-1]])


def _affirm(match: re.Match[str], answer: str) -> str:
    """ "Do you have pets?" - "Yes, a cat.": the question's verb with the answer's words."""
    aux, rest = match.group(1).lower(), match.group(2)
    words = rest.split()
    verb = w.inflect(words[0].lower(), "VBD") if aux == "did" else words[0]
    if not answer:
        whole = " ".join([verb, *words[1:]]) if aux in {"do", "did"} else f"{aux} {rest}"
        vague = re.search(r"\b(any|it|that|this|me|know|think|want|like to|mind|need)\b", rest)
        return "" if vague else f"you {whole}"
    if aux not in {"do", "did"} or not re.match(
        r"(?:a|an|two|three|four|five|one|my|the|some|\d)\b", answer, re.I
    ):
        return ""
    return f"you {verb} {answer}"


def _to_user(text: str) -> str:
    """From the assistant's "you" to the user's "I"."""
    swaps = {"you": "I", "your": "my", "yourself": "myself", "yours": "mine"}
    text = re.sub(
        r"\b(you|your|yourself|yours)\b", lambda m: swaps[m.group(0).lower()], text, flags=re.I
    )
    text = re.sub(r"\bI are\b", "I am", text)
    return re.sub(r"\bI were\b", "I was", text).strip()
