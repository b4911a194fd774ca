"""Secrets in what was said: keys, passwords, card and account numbers must never get into weights.

Found by kept libraries: detect-secrets knows the forms of keys and tokens, python-stdnum the check
digits of card numbers, IBANs and social security numbers. The patterns here only say which digits
to hand to it. What no form gives away is told by its name ("my password is tulip"): detect-secrets
knows that for code, the list of names here for talk.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_line
from detect_secrets.settings import transient_settings
from stdnum import iban, luhn
from stdnum.us import ssn

_NAMED: Final = re.compile(
    r"\b(pass ?words?|pass ?(code|phrase)s?|passwd|pwd?|pin( code| number)?|cvv|cvc"
    r"|(api|secret|access|private|licen[cs]e|product|recovery|wi-?fi) (keys?|codes?|tokens?)"
    r"|(seed|recovery) phrases?|credentials?|one[- ]time codes?|otp|2fa"
    r"|(passport|social security|insurance|account|sort|tax|card|licen[cs]e)"
    r" (number|code|id|no)s?)\b",
    re.IGNORECASE,
)
_VALUE_FOLLOWS: Final = re.compile(r"(:|=|\bis|\bare)\s*$", re.IGNORECASE)
_KEY_FILE: Final = re.compile(r"-----BEGIN [A-Z ]*(PRIVATE KEY|PGP)")
_DIGITS: Final = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w.]\d)")
_ACCOUNT: Final = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b", re.IGNORECASE)
_US_NUMBER: Final = re.compile(r"\b\d{3}-\d{2}-\d{4}\b")
_TOKEN: Final = re.compile(r"(?=[^\s/.]*\d)(?=[^\s/.]*[a-z])[\w+=~-]{20,}", re.IGNORECASE)
_ENTROPY: Final = "Entropy"


def without_secrets(text: str) -> str:
    """`text` without the lines that hold a secret; nothing of it when it holds a key file."""
    if _KEY_FILE.search(text):
        return ""
    kept: list[str] = []
    follows = False
    for line in text.splitlines():
        secret = follows or is_secret(line)
        follows = secret and _VALUE_FOLLOWS.search(line) is not None
        if not secret:
            kept.append(line)
    return "\n".join(kept)


def asks_for_secret(text: str) -> bool:
    """Whether a line of the assistant asks for one, so that the bare answer to it is secret."""
    return _NAMED.search(text) is not None


def is_secret(line: str) -> bool:
    """Whether one line holds something that must not be learned."""
    return (
        _NAMED.search(line) is not None
        or _is_number(line)
        or _known_form(line)
        or any(_looks_random(token) for token in _TOKEN.findall(line))
    )


def _is_number(line: str) -> bool:
    cards = (match.group() for match in _DIGITS.finditer(line))
    accounts = (match.group() for match in _ACCOUNT.finditer(line))
    return (
        any(luhn.is_valid(re.sub(r"\D", "", digits)) for digits in cards)
        or any(_holds_iban(text) for text in accounts)
        or any(ssn.is_valid(match.group()) for match in _US_NUMBER.finditer(line))
    )


def _holds_iban(text: str) -> bool:
    """Whether `text` begins with a whole IBAN: words may follow it without any sign between."""
    bare = text.replace(" ", "")
    return any(iban.is_valid(bare[:end]) for end in range(15, len(bare) + 1))


def _known_form(line: str) -> bool:
    with transient_settings({"plugins_used": _plugins(False)}):
        return any(scan_line(line))


def _looks_random(token: str) -> bool:
    """Whether a long word without spaces has the entropy of a key; they look at quoted texts."""
    with transient_settings({"plugins_used": _plugins(True)}):
        return any(scan_line(f'"{token}"'))


@cache
def _plugins(entropy: bool) -> list[dict[str, str]]:
    """The detectors of known forms, or those of randomness, which take every word for a key."""
    names = [each.__name__ for each in get_mapping_from_secret_type_to_class().values()]
    return [{"name": name} for name in names if (_ENTROPY in name) is entropy]
