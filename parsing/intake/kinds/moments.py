"""Days and hours in running text, in six languages: the words and shapes they are written in.

In: a piece of text in small letters. Out: the places where a day or an hour is named, with what names it. Must never
take a word of one language for one of another: what is a day here and an article there counts in its language alone.
"""

from __future__ import annotations

import re
from functools import lru_cache

from parsing.intake.kinds.clauses import wordset

_WEEKDAYS = (
    "monday mon montag mo lundi lunes lunedì lunedi maandag",
    "tuesday tues tue dienstag di mardi martes martedì martedi dinsdag",
    "wednesday wed mittwoch mi mercredi miércoles miercoles mercoledì mercoledi woensdag",
    "thursday thurs thur thu donnerstag do jeudi jueves giovedì giovedi donderdag",
    "friday fri freitag fr vendredi viernes venerdì venerdi vrijdag",
    "saturday sat samstag sonnabend sa samedi sábado sabado sabato zaterdag",
    "sunday sun sonntag so dimanche domingo domenica zondag",
)
_MONTHS = (
    "january jan januar jänner janvier enero gennaio januari",
    "february feb februar février fevrier febrero febbraio februari",
    "march mar märz mär mars marzo maart",
    "april apr avril abril aprile",
    "may mai mayo maggio mei",
    "june jun juni juin junio giugno",
    "july jul juli juillet julio luglio",
    "august aug août aout agosto augustus",
    "september sept sep septembre septiembre settembre",
    "october oct oktober okt octobre octubre ottobre",
    "november nov novembre noviembre",
    "december dec dezember dez décembre decembre diciembre dicembre",
)
_AMBIGUOUS = {
    "mo",
    "di",
    "mi",
    "do",
    "fr",
    "sa",
    "so",
    "mar",
    "may",
    "mars",
    "sat",
    "sun",
    "wed",
    "mei",
    "march",
    "mon",
}
"""Words that are something else too: a day or a month only beside a number (`Sun 22 Nov`, `may 5`)."""
WEEKDAY = {word: day for day, row in enumerate(_WEEKDAYS) for word in row.split()}
MONTH = {word: month for month, row in enumerate(_MONTHS, 1) for word in row.split()}
PARTS = {
    "morning": 8, "afternoon": 14, "evening": 19, "night": 22, "noon": 12, "midday": 12, "midnight": 0, "lunchtime": 12,
    "früh": 8, "morgen": 8, "vormittag": 10, "mittag": 12, "nachmittag": 15, "abend": 19, "nacht": 22, "mitternacht": 0,
    "matin": 8, "midi": 12, "après-midi": 15, "soir": 19, "minuit": 0, "nuit": 22,
    "mañana": 8, "tarde": 16, "noche": 21, "mediodía": 12, "mattina": 8, "pomeriggio": 15, "sera": 19, "notte": 22,
    "mezzogiorno": 12, "ochtend": 8, "middag": 14, "avond": 19, "lunch": 12,
}  # fmt: skip
"""Parts of a day, with the hour that stands for them."""
TODAY = {
    "today": 0, "tonight": 0, "yesterday": -1, "tomorrow": 1, "heute": 0, "gestern": -1, "vorgestern": -2,
    "aujourd'hui": 0, "aujourd’hui": 0, "hier": -1, "avant-hier": -2, "demain": 1, "hoy": 0, "ayer": -1, "anteayer": -2,
    "oggi": 0, "ieri": -1, "domani": 1, "vandaag": 0, "gisteren": -1, "eergisteren": -2, "vanochtend": 0,
    "vanmorgen": 0, "vanmiddag": 0, "vannacht": 0, "vanavond": 0, "stamattina": 0, "stanotte": 0, "stasera": 0,
    "anoche": -1, "übermorgen": 2, "overmorgen": 2,
}  # fmt: skip
UNITS = {
    "minute": 0, "minutes": 0, "min": 0, "mins": 0, "minuten": 0, "minuti": 0, "minutos": 0,
    "hour": 0, "hours": 0, "stunde": 0, "stunden": 0, "heure": 0, "heures": 0, "hora": 0, "horas": 0, "ora": 0,
        "ore"
    : 0,
    "uur": 0, "day": 1, "days": 1, "tag": 1, "tage": 1, "tagen": 1, "jour": 1, "jours": 1, "día": 1, "días": 1,
    "giorno": 1, "giorni": 1, "dag": 1, "dagen": 1, "week": 7, "weeks": 7, "woche": 7, "wochen": 7, "semaine": 7,
    "semaines": 7, "semana": 7, "semanas": 7, "settimana": 7, "settimane": 7, "weken": 7, "month": 30, "months": 30,
    "monat": 30, "monate": 30, "monaten": 30, "mois": 30, "mes": 30, "meses": 30, "mese": 30, "mesi": 30, "maand": 30,
    "maanden": 30,
}  # fmt: skip
"""Spans of time in days; 0 for what is shorter than a day."""
HOURS = frozenset(word for word in UNITS if word.startswith(("hour", "stund", "heur", "hor", "or", "uur")))
NUMBERS = (
    "a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|couple of|a couple of|few|a few|"
    "several|ein|einem|einer|eine|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|ein paar|mehreren|einigen|"
    "un|une|deux|trois|quatre|cinq|sept|huit|neuf|dix|quinze|quelques|plusieurs|uno|una|dos|tres|cuatro|cinco|unos|due|"
    "tre|quattro|cinque|alcuni|een|twee|drie|vijf|zes|zeven|paar|een paar"
)
_DAYS_OF_MONTH = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third "
    "twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth "
    "thirty-first"
)
ORDINALS = {word: day for day, word in enumerate(_DAYS_OF_MONTH.split(), 1)}


def alternatives(words: object) -> str:
    """A regular expression for any of these words, the longest first."""
    return "|".join(sorted(map(re.escape, map(str, words)), key=len, reverse=True))  # type: ignore[call-overload]


def _pattern(language: str) -> tuple[str, str]:
    full = alternatives(word for word in WEEKDAY if word not in _AMBIGUOUS)
    short = alternatives(WEEKDAY)
    month = alternatives(MONTH)
    clear = alternatives(word for word in MONTH if word not in _AMBIGUOUS or word in {"may", "mars", "march"})
    relative = alternatives(
        word for word in TODAY if not (word == "hier" and language not in {"fr", ""}) and word != "aujourd'hui"
    )
    number = rf"(?:\d{{1,3}}|{NUMBERS})"
    unit = alternatives(word for word in UNITS if UNITS[word])
    small = alternatives(word for word in UNITS if not UNITS[word])
    ordinal = rf"(?:\d{{1,2}}(?:st|nd|rd|th|er|º|\.)?|{alternatives(ORDINALS)})(?![\d:])"
    which = (
        "next|last|this|coming|this coming|this past|past|upcoming|letzten|letzte|letzter|nächsten|kommenden|"
        "vergangenen|"
        "vorigen|voriger|diesen|dieser|dieses|le|ce|el pasado|el|lo scorso|afgelopen|vorige|volgende|every"
    )
    after = (
        "dernier|dernière|passé|passée|prochain|prochaine|letzter woche|voriger woche|last week|next week|of "
        "last week|pasado|scorso"
    )
    year = r"(?:,?\s{0,2}\d{4}(?![\d:])|,?\s'\d\d|\s(?:this|next|last)\syear)?"
    of = r"(?:of\s|de\s|d'|den\s|the\s)?"
    dm = rf"(?:(?:the\s|den\s|dem\s|am\s|vom\s|le\s|el\s|il\s)?{ordinal}[-\s]?{of}(?:{month})\b\.?{year})"
    md = (
        rf"(?:(?:{month})\b\.?,?[\s-]?(?:the\s|,\s?)?(?:\d{{1,2}}(?:st|nd|rd|th)?(?![\d:]|\s?(?:am|pm)\b)|"
        rf"(?:{alternatives(ORDINALS)})\b){year})"
    )
    numeric = (
        r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:t\d\d:\d\d(?::\d\d)?z?|(?!\d))|"
        r"(?<![\d.,:/])\d{1,2}(?:/\d{1,2}(?:/(?:\d{4}|\d{2}))?|"
        r"\.\s?\d{1,2}\.(?:\s?\d{4}|\d{2})?|-\d{1,2}-(?:\d{4}|\d{2}))(?![\d/]))"
    )
    date = rf"(?:{numeric}|{dm}|{md})"
    day = (
        rf"(?:(?:{short})\b\.?,?\s{{1,2}}(?:the\s|den\s|dem\s|le\s|el\s|,)?\s?{date}|{date}|"
        rf"(?:(?:{which})\s)?(?:{full})(?:s|(?:vor|nach)?mittag|morgen|abend|nacht|früh)?\b(?:\s(?:{after})\b|"
        rf",?\s(?:the|den|le|el|il)\s\d{{1,2}}(?:st|nd|rd|th|\.)?(?![\d:]))?)"
    )
    spans = (
        rf"in\s(?:about\s|approximately\s|etwa\s|around\s)?{number}\s(?:more\s)?(?:{unit})\b(?:\s(?:and|"
        rf"und)\s{number}\s(?:{unit})\b)?(?:\stime\b)?|"
        rf"{number}\s(?:{unit}|{small})\b\s(?:from\s(?:now|today)|ago|earlier|geleden|fa)\b|"
        rf"(?:vor|il y a|hace|in)\s(?:etwa\s|environ\s|unos\s)?{number}\s(?:{unit}|{small})\b"
    )
    parts = (
        r"(?:this|last|diesen|dieses|letzte|heute|ce|cet|cette|esta|questa|deze|afgelopen|past)\s(?:early\s|"
        r"very\s|late\s)?"
        r"(?:morning|afternoon|evening|night|week|weekend|month|morgen|nacht|woche|wochenende|monat|matin|soir|nuit|"
        r"semaine|week-end|mois|mañana|noche|tarde|semana|mattina|notte|settimana|maand)\b"
        r"(?:\s(?:dernière|dernier|passée|passé|pasada|scorsa))?|"
        r"(?:la\s)?(?:semaine|nuit)\s(?:dernière|passée)|la semana pasada|la settimana scorsa|le mois dernier|"
        r"(?:voriger|letzter|dieser|vergangener)\s(?:woche|nacht)\b"
    )
    vague = (
        r"(?:the|dem|am|das|le|ce|el|il|het)\s(?:weekend|wochenende|week-end|fin de semana|fine settimana)|over "
        r"the weekend|"
        r"(?:the\s)?(?:beginning|begin|start|end|middle)\sof\s(?:the\s)?(?:"
        + clear
        + r"|week|month|year|last week|this week)\b|"
        rf"(?:anfang|ende|mitte)\s(?:{clear}|der woche|des monats|letzter woche)\b|(?:début|fin|mi)[\s-](?:{clear})\b|"
        r"(?:valentine's|valentines|christmas|xmas|easter|thanksgiving|halloween|mother's|mothers|father's|fathers|"
        r"weihnachten|silvester|ostern|neujahr|noël|pâques|new year's|new years)(?:\s(?:day|eve))?\b"
    )
    bare = (
        rf"(?:the|den|dem|am)\s\d{{1,2}}(?:st|nd|rd|th|\.(?=\s|$)(?!\s?(?:{month})))|"
        r"\d{1,2}(?:st|nd|rd|th)\b|(?:le|el|il)\s\d{1,2}(?=[\s.,;]|$)(?!\s[a-zé]{4})"
    )
    days = rf"(?:{spans}|{parts}|{day}|{vague}|(?:{relative})\b|aujourd['’]hui|{bare})"
    half = r"\s?(?:[ap]\.m\.?|[ap]m\b\.?|[ap]\s?m\b)"
    hour_words = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    german = "eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf"
    stretch = r"(?:\sin\sthe\s(?:morning|evening|afternoon)|\sat\snight|\so['’]?\s?clock(?:" + half + r")?|\s?uhr\b)"
    clock = (
        rf"(?:\d{{1,2}}[:.h]\d{{2}}(?::\d{{2}})?(?!\d|\.\d)(?:{half}|{stretch}|ish|\s?z\b|\s?(?:utc|cet|cest|gmt)\b)?|"
        rf"\d{{1,4}}{half}|\d{{1,2}}{stretch}(?:\s\d{{2}}\b)?|(?:{hour_words})(?:{half}|{stretch})|"
        rf"(?:{hour_words})[\s-](?:thirty|fifteen|forty[\s-]five)(?:{half}|{stretch})?|"
        rf"\d{{1,2}}\s?h(?:eures?)?\b(?:\s?\d\d\b)?|"
        rf"\d{{1,2}}\s\d\d{half}|"
        rf"(?:(?:a\s)?quarter|half|\d{{1,2}}\sminutes|twenty|ten|five)[\s-](?:past|after|to|before|"
        rf"of)\s(?:\d{{1,2}}(?::\d\d)?|{hour_words})\b(?:{half}|{stretch})?|"
        rf"(?:halb|viertel nach|viertel vor|dreiviertel|kurz nach|kurz vor)\s(?:\d{{1,2}}|{german})\b(?:\suhr\b)?|"
        rf"(?:{german})\suhr\b|"
        r"(?:noon|midday|midnight|lunchtime|mitternacht|minuit|midi|mediodía|mezzogiorno)\b)"
    )
    return days, clock


@lru_cache(maxsize=16)
def patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """How a day and how an hour are written, for a mail in that language."""
    day, hour = _pattern(language)
    return re.compile(day), re.compile(hour)


_TOKEN = re.compile(r"[^\W_]+")
_LEADS = wordset(
    "in vor il hace this last diesen dieses letzte heute ce cet cette esta questa deze afgelopen past next "
    "coming upcoming letzten letzter nächsten "
    "kommenden vergangenen vorigen voriger diesen dieser le el lo vorige volgende every la semaine nuit the dem "
    "den am vom das het over beginning begin start "
    "end middle anfang ende mitte début fin mi valentine valentines christmas xmas easter thanksgiving halloween "
    "mother mothers father fathers weihnachten "
    "silvester ostern neujahr noël pâques new aujourd a an vergangener avant après "
)
_PARTS_OF_DAY = ("s", "morgen", "vormittag", "mittag", "nachmittag", "abend", "nacht", "früh")
_FIRST_OF_DAY = (
    _LEADS | frozenset(TODAY) | frozenset(WEEKDAY) | frozenset(MONTH)
    | frozenset(word.split()[0] for word in NUMBERS.split(
        "|"
    ))
    | frozenset(word.split("-")[0] for word in ORDINALS)
    | frozenset(f"{day}{part}" for day in WEEKDAY for part in _PARTS_OF_DAY)
)  # fmt: skip
_FIRST_OF_HOUR = wordset(
    "one two three four five six seven eight nine ten eleven twelve a quarter half twenty halb viertel "
    "dreiviertel kurz eins zwei drei vier fünf sechs "
    "sieben acht neun zehn elf zwölf noon midday midnight lunchtime mitternacht minuit midi mediodía mezzogiorno"
)


_CORE = (
    (_FIRST_OF_DAY - _LEADS - {"a", "an"})
    | frozenset(TODAY) | frozenset(UNITS) | frozenset(PARTS) | frozenset(ORDINALS)
    | wordset(
        "weekend wochenende week month year night nuit semaine monat mois jahr fin noche notte settimana semana "
        "maand valentine valentines christmas xmas easter thanksgiving halloween mother mothers father fathers "
        "weihnachten silvester ostern neujahr noël pâques hui year years end ende woche clock uhr nacht"
    )
)  # fmt: skip
"""Words one of which stands in every day or hour, so that `the` and `in` alone are no beginning of one."""
_LEADING = (_LEADS | {"a", "an"}) - _CORE
_AHEAD = 6
"""Words in which it stands then."""


def find(
    small: str, start: int, end: int, language: str, *, days: bool = True, hours: bool = True
) -> list[tuple[int, int]]:
    """Where days and hours are named in a piece of text in small letters, in order."""
    day, hour = patterns(language)
    found: list[tuple[int, int]] = []
    past = [start, start]
    tokens = [(token[0], token.start()) for token in _TOKEN.finditer(small, start, end)]
    core = [row for row, (word, _) in enumerate(tokens) if word in _CORE or word[0].isdigit()]
    if not core:
        return found
    core.append(len(tokens) + _AHEAD)
    after = 0
    for row, (word, at) in enumerate(tokens):
        if row > core[after]:
            after += 1
        digit = word[0].isdigit()
        if not (digit or word in _FIRST_OF_DAY or word in _FIRST_OF_HOUR):
            continue
        if word in _LEADING and core[after] > row + _AHEAD:
            continue
        before = small[at - 1 : at] if at else ""
        for kind, (wanted, pattern, firsts, barred) in enumerate(
            ((days, day, _FIRST_OF_DAY, "/."), (hours, hour, _FIRST_OF_HOUR, ":/.,-"))
        ):
            if (
                not wanted
                or at < past[kind]
                or not (digit or word in firsts)
                or (before and (before in barred or before == "_"))
            ):
                continue
            value = pattern.match(small, at, end)
            if value:
                found.append(value.span())
                past[kind] = value.end()
    return sorted(found)


@lru_cache(maxsize=32)
def within(clause: str, language: str) -> tuple[tuple[int, int], ...]:
    """Where a clause names them: several looks ask for the same one."""
    return tuple(find(clause, 0, len(clause), language))
