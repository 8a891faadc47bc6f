"""Numbers as people write them: `25`, `1,200`, `thirty-five`, `fünfunddreißig`, `une vingtaine`, `half a dozen`.

In: words. Out: the number they say, None where they say none. Hundreds and thousands are put together; what follows
upon itself (`two three`) is no number. Must never look at more than a few words.
"""

from __future__ import annotations

import re

_LISTS = {
    "en": "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
          "eighteen nineteen twenty",
    "de": "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
          "achtzehn neunzehn zwanzig",
    "fr": "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
          "dix-neuf vingt",
    "es": "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
          "dieciocho diecinueve veinte",
    "it": "uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici "
          "diciassette diciotto diciannove venti",
    "nl": "een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien "
          "achttien negentien twintig",
}  # fmt: skip
_TENS = {
    "en": "thirty forty fifty sixty seventy eighty ninety",
    "de": "dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "fr": "trente quarante cinquante soixante septante huitante nonante",
    "es": "treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "it": "trenta quaranta cinquanta sessanta settanta ottanta novanta",
    "nl": "dertig veertig vijftig zestig zeventig tachtig negentig",
}
_MORE = {
    "en": {"fourty": 40, "couple": 2, "pair": 2, "single": 1, "both": 2},
    "de": {"ein": 1, "eine": 1, "einen": 1, "einem": 1, "einer": 1, "zwo": 2, "zwölfe": 12, "dreissig": 30, "beide": 2,
           "beiden": 2, "zweien": 2, "dreien": 3, "vieren": 4},
    "fr": {"une": 1, "dizaine": 10, "quinzaine": 15, "vingtaine": 20, "trentaine": 30,
           "quarantaine": 40, "cinquantaine": 50, "soixantaine": 60, "centaine": 100},
    "es": {"un": 1, "una": 1, "decena": 10, "quincena": 15, "veintena": 20, "treintena": 30,
           "centenar": 100, "ambos": 2, "ambas": 2, "veintiún": 21},
    "it": {"un": 1, "una": 1, "decina": 10, "ventina": 20, "trentina": 30, "cinquantina": 50,
           "centinaio": 100, "entrambi": 2, "entrambe": 2},
    "nl": {"één": 1, "tiental": 10, "twintigtal": 20, "honderdtal": 100, "beide": 2, "allebei": 2},
}  # fmt: skip
_TIMES = {
    "hundred": 100, "hundreds": 100, "hundert": 100, "cent": 100, "cents": 100, "cien": 100, "ciento": 100,
    "cento": 100, "honderd": 100, "thousand": 1000, "tausend": 1000, "mille": 1000, "mil": 1000, "duizend": 1000,
        "dozen"
    : 12,
    "dozens": 12, "dutzend": 12, "douzaine": 12, "douzaines": 12, "docena": 12, "dozzina": 12, "dozijn": 12,
}  # fmt: skip
_BETWEEN = frozenset({"and", "und", "et", "y", "e", "en"})
_HOMONYMS = {"once": "es", "due": "it", "sei": "it", "tre": "it", "six": "", "den": "", "mil": "es", "tien": "nl"}
"""Words that are a number in one language and something else in another: they count in that language alone."""
_ONES = {"one", "un", "une", "ein", "eine", "einen", "einem", "einer", "een", "uno", "una", "single"}
_SMALL = 99
_FRENCH_SCORE = 4
_SIGNS = re.compile(r"[\s-]+")
_GROUPING = re.compile(r"\D")


def _twenties(language: str, ones: list[str], tens: list[str]) -> dict[str, int]:
    """`fünfundzwanzig`, `trentacinque`, `vijfentwintig`, `veinticinco`: the languages that write them as one word."""
    made: dict[str, int] = {}
    for ten, word in [(20, ones[19]), *zip(range(30, 100, 10), tens, strict=True)]:
        for one, unit in enumerate(ones[:9], 1):
            if language == "de":
                made[f"{'ein' if one == 1 else unit}und{word}"] = ten + one
            elif language == "nl":
                made[f"{unit}{'ën' if unit.endswith('e') else 'en'}{word}"] = ten + one
            elif language == "it":
                made[f"{word[:-1] if unit[0] in 'uo' else word}{unit}"] = ten + one
            elif language == "es" and ten == 20:
                made[f"veinti{unit}"] = ten + one
    return made


def _language(language: str) -> dict[str, int]:
    ones, tens = _LISTS[language].split(), _TENS[language].split()
    table = {word: value for value, word in enumerate(ones, 1)}
    table.update(zip(tens, range(30, 100, 10), strict=True))
    table.update(_twenties(language, ones, tens))
    table.update(_MORE[language])
    if language in {"de", "nl"}:
        hundred = "hundert" if language == "de" else "honderd"
        table.update({f"{unit}{hundred}": value * 100 for value, unit in enumerate(["ein", *ones[1:9]], 1)})
    return table


TABLES: dict[str, dict[str, int]] = {language: _language(language) for language in _LISTS}
_ALL = {
    word: value for language in reversed(TABLES) for word, value in TABLES[language].items() if not _HOMONYMS.get(word)
}
WORDS = frozenset(_ALL) | frozenset(_TIMES) | frozenset(_HOMONYMS)
"""Every word that may be (a part of) a number, in any language."""


def value(word: str, language: str = "") -> int | None:
    """The number that one word says: digits, a word of that language, or of another where it means nothing else."""
    if word[:1].isdigit():
        digits = _GROUPING.sub("", word)
        return int(digits) if digits and len(digits) < 8 else None
    if _HOMONYMS.get(word) not in {None, "", language}:
        return None
    own = TABLES.get(language)
    found = own.get(word) if own else None
    return found if found is not None else _ALL.get(word, (own or {}).get(word))


def spoken(words: list[str], language: str = "") -> int | None:
    """The number that all of these words say together; None where one of them does not belong."""
    total = current = 0
    for word in words:
        times = _TIMES.get(word)
        if word in _BETWEEN and current:
            continue
        if times is not None:
            if times < 1000 and current > _SMALL:
                return None
            current = max(1, current) * times
            if times == 1000:
                total, current = total + current, 0
            continue
        one = value(word, language)
        if one is not None and word in {"vingt", "vingts"} and current % 100 == _FRENCH_SCORE:
            current += 80 - _FRENCH_SCORE
        elif one is None or not _follows(current % 100, current, one):
            return None
        else:
            current += one
    return total + current or None


def _follows(rest: int, current: int, one: int) -> bool:
    """Whether a number can be said after what was said of it: `thirty` and `five`, not `two` and `three`."""
    if not current:
        return True
    if one >= 100:
        return False
    return (
        rest == 0
        or (one < 10 and rest % 10 == 0 and rest >= 20)
        or (one < 20 and rest in {60, 80})
        or (rest in {10, 70, 90} and 7 <= one <= 9)
    )


def split(words: str) -> list[str]:
    """Lower-case words; `thirty-five` is two of them, `dix-sept` too."""
    return [word for word in _SIGNS.split(words.lower()) if word]


def is_one(word: str) -> bool:
    """Whether it is a word for 1, which more often is an article."""
    return word in _ONES
