"""The user's words in the assistant's voice: I becomes you, my becomes your."""

from __future__ import annotations

import re

_SHIFT = {
    "i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself", "we": "you",
    "us": "you", "our": "your", "ours": "yours", "ourselves": "yourselves",
}  # fmt: skip
_FIRST_PERSON = re.compile(
    r"\b(I(?!-\d)|me|my|mine|myself|we|us|our|ours|ourselves)\b", re.IGNORECASE
)
_AGREEMENT = {"am": "are", "was": "were"}


def to_assistant(text: str) -> str:
    """Pronouns of a phrase from the user's side to the assistant's; titles in quotes stay."""
    text = re.sub(r"\bI (am|was)\b", lambda m: f"you {agree(m.group(1))}", text)
    pieces = re.split(r'("[^"]*")', text)
    return "".join(
        piece if piece.startswith('"') else _FIRST_PERSON.sub(_swap, piece) for piece in pieces
    )


def _swap(match: re.Match[str]) -> str:
    word = match.group(0)
    if word in {"US", "I.", "ME"}:
        return word
    return _SHIFT[word.lower()]


def agree(finite: str) -> str:
    """The finite verb of "I" or "we" as it stands with "you"."""
    return _AGREEMENT.get(finite.lower(), finite.lower())


def sentence(text: str) -> str:
    """A statement with its capital and full stop."""
    text = text.strip(" ,;-")
    text = re.sub(r"\s+", " ", text)
    if not text:
        return ""
    ending = "" if text[-1] in ".!?" else "."
    return text[0].upper() + text[1:] + ending


def question(text: str) -> str:
    """A question with its capital and question mark."""
    text = re.sub(r"\s+", " ", text.strip(" ,;-.!?"))
    text = re.sub(r"\bour\b", "my", re.sub(r"\bwe\b", "I", text))
    return text[0].upper() + text[1:] + "?" if text else ""


def to_user(text: str) -> str:
    """A remembered statement back in the user's voice: "Your dog is ..." to "My dog is ..."."""
    swaps = {"you": "I", "your": "my", "yours": "mine", "yourself": "myself"}
    pieces = re.split(r'("[^"]*")', text)
    shifted = "".join(
        piece
        if piece.startswith('"')
        else re.sub(
            r"\b(you|your|yours|yourself)\b",
            lambda m: swaps[m.group(0).lower()],
            piece,
            flags=re.IGNORECASE,
        )
        for piece in pieces
    )
    shifted = re.sub(r"\bI are\b", "I am", shifted)
    shifted = re.sub(r"\bI were\b", "I was", shifted)
    return shifted[:1].upper() + shifted[1:]
