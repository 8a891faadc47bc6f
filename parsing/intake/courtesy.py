"""Words around an answer that are none themselves: greetings, thanks, names, promises that an answer will come.

In: lines or a short text. Out: what is left. It must never take away a line that says anything else.
"""

from __future__ import annotations

import re

from parsing.words import closing
from parsing.words.phrases import THANKS

SHORT = 160
"""Letters of what may be nothing but a promise."""

_THANKED = 8  # words of a line that thanks
_NAMED = 4  # words of a name below a closing formula
_BLOCK = 8  # lines from a closing formula to the end
_WIDE = 50  # letters of a line in a signature
_CONTACT = re.compile(
    r"(?P<sign>phone|tel(?:efon|ephone|éphone|éfono|efono|efoon)?|mobile?|mobil|fax|fon|t|m|p|ph|cell|handy|portable|móvil|gsm)?"
    r"\.?\s?[:.]?\s?\+?[\d][\d ()/.-]{6,24}",
    re.IGNORECASE,
)
_FIRST = (
    "yes", "ok", "okay", "sure", "hi", "hello", "sorry", "thanks", "thank you", "ja", "danke", "gut", "oui", "merci",
    "sí", "gracias", "sì", "grazie", "bedankt",
)  # fmt: skip
_SOON = r"(?:later|soon|tomorrow|monday|tuesday|wednesday|thursday|friday|asap|shortly|today|tonight|back)"
_I_WILL = r"(?:i|we)(?:'ll| will| shall|'m going to| am going to| are going to| have to| need to|'d have to| must)"
_FIND = r"(?:check|look|ask|get back|find out|come back|let you know|try|collect|gather)"
_PROMISES = {
    "en": (
        rf"{_I_WILL} (?:\w+ ){{0,2}}{_FIND}\b",
        rf"(?:i|we)(?:'ll| will) (?:\w+ ){{0,2}}(?:send|reply|answer|write|report)\b(?=.{{0,60}}\b{_SOON}\b)",
        r"let me (?:check|look|ask|see|find out|get back)\b",
        r"(?:one|a|just a) (?:moment|second|minute)\W*$",
        r"(?:we|i)(?: have|'ve)? (?:received|got) your (?:message|e-?mail|mail|request|enquiry|inquiry|ticket)\b",
        r"(?:thank you|thanks) for (?:contacting|writing|your (?:message|e-?mail|mail|request|enquiry|inquiry))\b",
    ),
    "de": (
        r"(?:ich|wir) (?:werden? )?(?:\w+ ){0,4}(?:nachsehen|nachschauen|prüfen?|fragen?|klären?|melden?)\b",
        r"(?:ich|wir) (?:schaue?|schauen|sehe|sehen|frage|fragen|reiche|reichen|liefere|liefern) (?:\w+ ){0,4}nach\b",
        r"(?:moment|augenblick|sekunde)(?: bitte| mal)?\W*$",
        r"(?:ich habe|wir haben) (?:ihre|deine|eure) (?:\w+ )?(?:nachricht|anfrage|e-?mail|mail) erhalten\b",
        r"(?:vielen |besten |herzlichen )?dank für (?:ihre|deine) (?:nachricht|anfrage|e-?mail|mail)\b",
    ),
    "fr": (
        r"(?:je|nous|on) (?:vais|allons|va) (?:\w+ ){0,2}(?:vérifier|demander|regarder|voir|revenir)\b",
        r"je (?:vérifie|regarde|demande|reviens|me renseigne)\b",
        r"un (?:instant|moment)\W*$",
        r"nous avons (?:bien )?reçu votre (?:message|demande|courriel|mail)\b",
        r"merci (?:de|pour) (?:nous avoir|votre) (?:message|demande|courriel|mail|contactés?|écrit)\b",
    ),
    "es": (
        r"(?:voy|vamos) a (?:\w+ )?(?:comprobar|preguntar|mirar|consultar|revisar)\b",
        r"lo (?:consulto|pregunto|miro|reviso)\b",
        r"un momento\W*$",
    ),
    "it": (
        r"(?:verifico|controllo|chiedo|guardo|mi informo)\b",
        r"(?:devo|dobbiamo) (?:verificare|chiedere|controllare)\b",
        r"un (?:attimo|momento)\W*$",
    ),
    "nl": (
        r"(?:ik|we|wij) (?:zal|zullen|ga|gaan|moet|moeten) (?:\w+ ){0,4}(?:nakijken|uitzoeken|navragen|vragen)\b",
        r"(?:ik|we|wij) (?:kijk|kijken|vraag|vragen|zoek|zoeken|kom|komen) (?:\w+ ){0,4}(?:na|uit|terug)\b",
        r"een (?:moment|ogenblik)\W*$",
    ),
}
_PROMISE = re.compile(
    rf"(?:(?:{'|'.join(_FIRST)})[,.! ]{{1,3}}){{0,2}}"
    rf"(?:{'|'.join(phrase for phrases in _PROMISES.values() for phrase in phrases)})",
    re.IGNORECASE,
)


def without_courtesy(lines: list[str]) -> list[str]:
    """The lines without a greeting above them and without thanks, a formula and a name below."""
    found = list(lines)
    while found and (not found[0].strip() or closing.is_greeting(found[0])):
        del found[0]
    found = _without_contact(_trimmed(found))
    for index in range(max(0, len(found) - _BLOCK), len(found)):
        below = [line for line in found[index + 1 :] if line.strip()]
        if found[index].strip() == "--" or (_closes(found[index]) and (not below or _is_block(below))):
            del found[index:]
            break
    if len(found) > 1 and _thanks(found[0]):
        del found[0]
    return _trimmed(found)


def without_name(lines: list[str], name: str) -> list[str]:
    """The lines without the writer's own name as the last one, whole or in part: it signs what stands above it."""
    words = [word.lower() for word in name.split()]
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    last = lines[end - 1].strip(" ,.-–—~").lower().split() if end else []
    above = next((line.rstrip() for line in reversed(lines[: max(0, end - 1)]) if line.strip()), "")
    if not last or not above or above[-1] in ":?" or len(last) > _NAMED or not set(last) <= set(words):
        return lines
    return lines[: end - 1]


def _trimmed(lines: list[str]) -> list[str]:
    while lines and not lines[-1].strip():
        del lines[-1]
    while lines and not lines[0].strip():
        del lines[0]
    return lines


def _without_contact(lines: list[str]) -> list[str]:
    """The lines without a name, apart from all above it, and telephone numbers below it: no sign sets them off."""
    name = len(lines) - 1
    while name >= 0 and (found := _CONTACT.fullmatch(lines[name].strip())) and (found["sign"] or name):
        name -= 1
    if name == len(lines) - 1:
        return lines
    if name < 0 or (name == 0 and _is_name(lines[0])):
        return []
    return lines[:name] if not lines[name - 1].strip() and _is_name(lines[name]) else lines


def _is_block(lines: list[str]) -> bool:
    """A name, and what somebody is and how they are reached."""
    if not _is_name(lines[0]):
        return False
    return all(
        _CONTACT.fullmatch(line.strip()) or (line.strip()[-1] not in ".?!:" and len(line) < _WIDE) for line in lines
    )


def _closes(line: str) -> bool:
    return bool(line.strip()) and (closing.is_formula(line) or _thanks(line))


def _is_name(line: str) -> bool:
    words = line.split()
    return len(words) <= _NAMED and all(word[:1].isupper() for word in words)


def _thanks(line: str) -> bool:
    bare = line.strip(" *_>!.,").lower()
    if not bare.startswith(THANKS) or len(bare.split()) > _THANKED:
        return False
    return not any(char.isdigit() or char == ":" for char in bare)


def is_promise(text: str) -> bool:
    """Whether it only says that an answer will come."""
    return len(text) <= SHORT and _PROMISE.match(text.strip()) is not None
