"""Whether words of a text are denied: "no outage", "kein bekannter Ausfall", "pas de panne".

In: the words and stops of a text in order, where the words in question stand. Out: where the denial begins, if any. A
denial reaches over little words ("not a real …") but over no stop; whoever *cannot* do a thing speaks of that thing
("can not log in", "kann mich nicht anmelden") and denies nothing; nor does a "no" that answers. It looks at a bounded
number of words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

STOPS = frozenset(".!?;:,。！？；、\n")
"""What ends the reach of a denial; texts are divided so that each of these is a word of its own."""


def _all(by_language: Mapping[str, str]) -> frozenset[str]:
    return frozenset(word for words in by_language.values() for word in words.split())


_NO = _all({
    "en": "no without none nor",
    "de": "kein keine keinen keinem keiner keines ohne",
    "fr": "aucun aucune sans",
    "es": "sin ningún ningun ninguna",
    "it": "senza nessun nessuna nessuno",
    "nl": "geen zonder",
    "pt": "sem nenhum nenhuma",
    "pl": "bez żaden żadna żadnej",
    "sv": "ingen inget inga utan",
    "da no": "intet uden uten",
    "fi": "ilman",
    "cs sk": "žádný žádná žádné",
    "ru uk": "нет без немає",
    "el": "χωρίς",
    "zh": "没 沒 无 無",
})  # fmt: skip
"""None of it."""
_NOT = _all({
    "en": "not never isn isnt wasn wasnt aren arent weren werent don dont doesn doesnt didn didnt hasn hasnt haven "
          "havent",
    "de": "nicht nie niemals",
    "fr": "pas jamais",
    "es": "nunca jamás",
    "it": "non",
    "nl": "niet nooit",
    "pt": "não",
    "sv": "inte aldrig",
    "da no": "ikke aldri",
    "fi": "ei eivät",
    "cs sk": "není nejsou nikdy",
    "ru uk": "не никогда ніколи",
    "el": "δεν",
    "hu": "nem nincs",
    "zh": "不",
})  # fmt: skip
"""It is not so."""
_LIGHT = _all({
    "en": "a an any the this that such t s is are was were be been being have has had having experiencing seeing "
          "really very so currently quite exactly actually",
    "de": "ein eine einen einem einer eines der die das den dem sehr wirklich gerade derzeit aktuell momentan "
          "eigentlich",
    "fr": "de d du des un une le la les l très vraiment si",
    "es it": "una el los las il lo gli",
    "pt": "um uma o as os",
    "nl": "een het",
    "sv da": "en ett et det",
    "ru uk": "мы у нас",
    "zh": "有 是",
})  # fmt: skip
"""What may stand between a denial and what it denies."""
_ABLE = _all({
    "en": "can could able",
    "de": "kann kannst können könnt konnte konnten könnte könnten lässt liess ließ möglich",
    "fr": "peux peut pouvons pouvez peuvent pouvait arrive arrivons arrivez arrivent parviens parvient parvenons "
          "réussis",
    "es": "puedo puede podemos pueden podía logro consigo",
    "it": "posso può possiamo riesco riesce riusciamo",
    "pt": "pode consegue conseguimos",
    "nl": "kan kunnen kon konden lukt",
    "sv da no": "kunde kunne",
    "pl": "mogę może możemy",
    "cs sk": "můžu mohu může",
    "ru uk": "могу можем может можемо",
    "zh": "能",
})  # fmt: skip
"""Whose denial says that something cannot be done."""
_NO_DENIAL = _all({
    "en": "only just merely longer",
    "de": "nur bloß mehr",
    "fr": "seulement uniquement plus",
    "es it": "solo solamente",
    "nl sv": "alleen bara",
})  # fmt: skip
"""Who says "not only an outage" or "no longer reachable" speaks of one."""
_AND = _all(
    {"en": "or and nor", "de": "oder und noch", "fr": "ou et", "es it": "ni o y e", "nl": "en of", "da": "og eller"}
)
_ANSWERS = {
    "no": _all({"en": "the this that our your my it we everything nothing", "es": "el la los las"}),
    "non": _all({"fr": "le la les l notre votre c ce"}),
}
"""Who begins with "No the website is down" answers first and then says so; "no website" goes on without an article."""
_NEAR = 6
"""Words before the ones in question that are looked at."""
_ABILITY_WITHIN = 4


def denied_from(words: Sequence[str], start: int, more: AbstractSet[str] = frozenset(), denied_before: int = -1) -> int:
    """Where the denial of what begins at `start` begins; -1: it is not denied. `more` are further words that deny;
    `denied_before` is where denied words ended last: "no outage or timeout" denies both."""
    strange = 0
    for at in range(start - 1, max(-1, start - 1 - _NEAR), -1):
        word = words[at]
        if word in STOPS or word in _NO_DENIAL:
            return -1
        if word in _AND and at == denied_before:
            return at
        if word in _ANSWERS and (at == 0 or words[at - 1] in STOPS) and words[at + 1] in _ANSWERS[word]:
            return -1
        if word in _NOT:
            return -1 if strange or _cannot(words, at) else at
        if word in _NO or word in more:
            return -1 if _cannot(words, at) else at
        if word not in _LIGHT:
            strange += 1
            if strange > 1:
                return -1
    return -1


def _cannot(words: Sequence[str], denial: int) -> bool:
    """Whether the denial is that somebody is able to."""
    for word in reversed(words[max(0, denial - _ABILITY_WITHIN) : denial]):
        if word in STOPS:
            return False
        if word in _ABLE:
            return True
    return False
