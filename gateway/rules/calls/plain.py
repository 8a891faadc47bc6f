"""Plain words about a call: somebody asks to be called, no slot suits them, they would like another time.

In: the new words of a mail, no quotation. Out: which of the three they say. Precision comes first: what is not plainly
asked of us is said of something else (a call that failed, whom we told to call, whose customers cannot ring), and a
person reads it like any words. English, German and French, whoever writes. Linear: clauses of a bounded length against
patterns whose gaps have bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache

LOOKED_AT = 4_000
"""Characters of a mail that are read for it."""
LONGEST_CLAUSE = 200
WRAPPED = 55
"""A line of so many characters goes on in the next one."""


class Plain(StrEnum):
    """What is said. `NONE`: no slot suits, or others are wanted; `MOVE`: another time for a call that is booked."""

    WISH = "wish"
    NONE = "none"
    MOVE = "move"


_OF_OTHERS = ("other ", "different", "more ", "later ", "earlier ", "ander", "weitere", "spätere", "frühere", "autre")
_HINTS = {
    Plain.WISH: (
        "call", "phone", "ring me", "ring us", "a ring", "talk", "speak", "ruf", "telefon", "appel", "télépho",
        "coup de fil",
    ),
    Plain.NONE: (
        *_OF_OTHERS, "none", "neither", "suit", "work", "fit", "of these", "of those", "of them", "kein", "passen",
        "gehen", "klappen", "davon", "aucun", "convien", "vont pas",
    ),
    Plain.MOVE: (
        *_OF_OTHERS, "move", "reschedul", "postpon", "shift", "verschieb", "verleg", "umbuch", "vorzieh", "déplac",
        "décal", "report", "avancer", "repouss",
    ),
}  # fmt: skip
"""Letters without which no pattern of that kind holds: most mails, and most of their clauses, are done with here."""
_CLAUSE = re.compile(r"[^.!?;:,()\n]+")
_WORDS = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_REPORTED = re.compile(
    r"\b(?:not|don't|doesn't|didn't|won't|never|no|nobody|without|cannot|can't|unable|stop|said|told|promised|"
    r"supposed|tried|failed|fails|whenever|what|"
    r"nicht|nie|kein|keine|keinen|ohne|niemand|sagte|sagten|versprochen|versucht|"
    r"pas|jamais|personne|inutile|sans|promis|essayé)\b"
)
"""Words with which a clause asks for nothing: it denies, or tells what was."""


def _any(*words: str) -> str:
    return f"(?:{'|'.join(words)})"


def _before(*words: str) -> str:
    """The clause ends here, or goes on with one of these words."""
    return rf"(?:$|(?= {_any(*words)}\b))"


def _gap(most: int) -> str:
    """So many words of any kind."""
    return rf"(?: [\w']+){{0,{most}}}"


# English

_DAYS = (
    "today", "tomorrow", "tonight", "now", "later", "soon", "asap", "this", "next", "monday", "tuesday", "wednesday",
    "thursday", "friday", "morning", "afternoon", "anytime", "any",
)  # fmt: skip
_THEN = (
    "back",
    "on",
    "at",
    "about",
    "to",
    "please",
    "as",
    "in",
    "between",
    "before",
    "after",
    "so",
    "and",
    "or",
    "for",
)
_OF_ME = _before(*_THEN, *_DAYS, "again", "under", "via", "by phone", "when", "once", "instead", "directly", r"\d+")
_OF_US = _before(*_DAYS, "back", "again", "urgently", "immediately", "as", "when")
_OF_CALL = _before(*_THEN, *_DAYS, "with", "from", "when", "if", "instead")
_SOMEBODY = _any(
    "you", "someone", "somebody", "anyone", "anybody", "your team", "a colleague", "an engineer", "a person"
)
_CALLS = _any("call", "phone", "ring", "telephone")
_SHORT = _any(
    "short", "quick", "brief", "phone", "video", "telephone", "zoom", "teams", "live", "support", r"\d+", "min"
)
_A_CALL = rf" (?:a|an|another)(?: {_SHORT}){{0,3}} (?:call|callback){_OF_CALL}"
_HAVE = _any("schedule", "arrange", "set up", "book", "organise", "organize", "have", "hop on", "get on", "do", "plan")
_PLEASE = _any("please", "pls", "kindly")
_ENGLISH = (
    rf"\b(?:can|could|would|will) {_SOMEBODY}{_gap(3)} {_CALLS} (?:me|us){_OF_ME}",
    rf"^(?:(?:please|pls|kindly|just|so|and|then|or) ){{0,3}}{_CALLS} me{_OF_ME}",
    rf"\b{_PLEASE}{_gap(2)} {_CALLS} (?:me{_OF_ME}|us{_OF_US})",
    (
        rf"(?:^|\b(?:{_PLEASE}|(?:can|could|would|will) you){_gap(3)} )give (?:me|us) a(?: {_SHORT})? "
        r"(?:call|ring|callback)\b"
    ),
    (
        rf"\b(?:can|could|may|might|shall|should) (?:we|i|you|somebody|someone){_gap(4)} (?:talk|speak|chat|sort)"
        rf"{_gap(6)} (?:on|over|by|via) (?:the |a )?(?:phone|telephone|call|teams|zoom)\b"
    ),
    (
        rf"^(?:(?:so|and|or|please) )?can we{_gap(2)} (?:talk|speak)"
        r"(?: (?:today|tomorrow|now|soon|briefly|about (?:this|it)))?$"
    ),
    rf"\b(?:can|could|may|shall|should|would|let's|let us|please|possible to|happy to){_gap(4)} {_HAVE}{_A_CALL}",
    rf"\b(?:i|we|i'd|we'd){_gap(3)} (?:request|need|want|like|appreciate|prefer)(?: to {_HAVE})?{_A_CALL}",
)

# German

_CAN_SIE = _any("können", "könnten", "koennen", "koennten", "würden", "wuerden", "kann", "könnte", "koennte", "könnt")
_CAN_WIR = _any("können", "könnten", "koennen", "koennten", "sollen", "sollten", "wollen")
_WOULD = _any("möchte", "möchten", "würde", "würden", "hätte", "hätten")
_TALK = _any("telefonieren", "anruf", "rückruf", "telefonat", "telefontermin", "telefongespräch")
_GERMAN = (
    (
        rf"\b{_CAN_SIE}(?: bitte)? (?:sie|ihr|du|jemand){_gap(3)} (?:mich|uns){_gap(5)} "
        r"(?:anrufen|zurückrufen|zurueckrufen)\b"
    ),
    rf"^(?:bitte )?(?:rufen sie|ruft|ruf)(?: bitte)? (?:mich|uns){_gap(6)} (?:an|zurück|zurueck)\b",
    rf"\b(?:bitte|bitten|erbitte|erbitten|wünsche|wünschen){_gap(4)} (?:rückruf|rueckruf)\b",
    rf"\b(?:bitte|bitten) um{_gap(2)} (?:anruf|telefonat|telefontermin)\b",
    rf"^(?:(?:und|oder|also|bitte) )?{_CAN_WIR} wir{_gap(6)} telefonieren\b",
    (
        rf"^(?:(?:und|oder|also) )?{_CAN_WIR} wir{_gap(4)} (?:am telefon|per telefon|telefonisch) "
        r"(?:sprechen|klären|besprechen)\b"
    ),
    rf"\b(?:ich|wir) (?:{_WOULD}|wünsche|wünschen|brauche|brauchen){_gap(5)} {_TALK}\b",
    rf"\b{_WOULD} (?:ich|wir){_gap(5)} {_TALK}\b",
    rf"\blass(?:en sie|t)? uns{_gap(3)} telefonieren\b",
)

# French: `me rappeler` is also to remind

_RAPPELER = "rappeler" + _before(
    "au", "à", "a", "demain", "aujourd'hui", "dès", "quand", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "pour",
    "ce", "cet", "cette", "svp", "s'il", "en", "par", "sur", "rapidement", "dans", "avant", "après", "vers",
)  # fmt: skip
_APPELER = _any(
    "m'appeler", "nous appeler", "(?:me|nous) téléphoner", "(?:me|nous) contacter par téléphone",
    "me passer un (?:appel|coup de fil)", f"(?:me|nous) {_RAPPELER}",
)  # fmt: skip
_SOON_FR = _before("au", "demain", "dès", "quand", "svp", "vite", "avant")
_CAN_VOUS = _any("pouvez", "pourriez", "peux", "pourrais", "voulez", "voudriez", "pourrait", "peut")
_ON_PHONE = _any("par téléphone", "au téléphone")
_WOULD_JE = r"(?:(?:je|nous) (?:souhaite|souhaitons|souhaiterais|voudrais|voudrions)|j'aimerais)"
_FRENCH = (
    rf"\b{_CAN_VOUS}(?: (?:vous|tu|on|il|elle|quelqu'un|bien|s'il|te|plaît|svp)){{0,4}} {_APPELER}",
    rf"^(?:merci de|veuillez|prière de|merci de bien vouloir) {_APPELER}",
    r"^(?:(?:s'il vous plaît|svp) )?(?:appelez|téléphonez) (?:moi|nous)\b",
    rf"^(?:(?:s'il vous plaît|svp) )?rappelez (?:moi|nous){_SOON_FR}",
    (
        r"\b(?:peut on|pouvons nous|pourrait on|pourrions nous|on peut|est ce qu'on peut|on pourrait)"
        rf"{_gap(3)} (?:s'appeler|nous appeler|se téléphoner|(?:parler|discuter|échanger) {_ON_PHONE})"
    ),
    rf"\b{_WOULD_JE}{_gap(4)} (?:être r?appelée?s?|coup de fil|{_ON_PHONE}|(?:entretien|appel) téléphonique)\b",
)

# Other times

_OTHER = (
    (
        r"(?:^|\b(?:any|some|have|offer|propose|suggest|send|give|need|find|for|at|please|prefer|like)(?: me| us)? )"
        r"(?:an )?(?:(?:other|different|another) (?:times?|slots?|dates?|appointments?)|"
        r"(?:more|later|earlier) (?:times|slots|dates|appointments))\b"
    ),
    r"\b(?:anderen?|andere[rs]?|weitere|spätere|frühere) (?:termine?|zeiten|zeit|zeitfenster|uhrzeit)\b",
    r"\b(?:autres?|d'autres) (?:créneaux?|creneaux?|horaires?|dates?|heures?|rendez vous)\b",
)
_OF_SLOTS = _any(
    "of", "these", "those", "them", "the", "your", "above", "times", "slots", "dates", "options", "offered", "proposed",
    "suggested", "appointments", "two", "three", "four", "do", "does", "will", "would", "really", "is", "are", "suit",
    "suits", "work", "works", "fit", "fits", "possible", "convenient", "good", "ok", "okay", "me", "us", "for",
    "this week", "today", "tomorrow", "unfortunately", "sorry",
)  # fmt: skip
_DER_TERMINE = _any(
    "der", "dieser", "von", "den", "diesen", "davon", "ihrer", "vorgeschlagenen", "angebotenen", "termine?", "terminen",
    "zeiten", "vorschläge", "mir", "uns", "leider", "da", "dabei",
)  # fmt: skip
_DES_CRENEAUX = _any(
    "de", "des", "d'entre", "ces", "ce", "les", "eux", "elles", "créneaux?", "horaires?", "dates?", "propositions?",
    "proposée?s?", "ne", "me", "nous",
)  # fmt: skip
_SORRY = r"^(?:(?:unfortunately|sorry|no|sadly) ){0,3}"
_NONES = (
    *_OTHER,
    rf"{_SORRY}(?:none|neither)(?: {_OF_SLOTS}){{1,12}}$",
    (
        rf"{_SORRY}(?:these|those|the)(?: (?:times|slots|dates|options|appointments|offered|proposed)){{0,3}} "
        r"(?:do not|don't|dont|will not|won't)(?: (?:really|all))? (?:suit|work|fit)(?: (?:me|us|for)){0,3}$"
    ),
    (
        r"\b(?:can't|cannot|can not) (?:make|do|attend)(?: (?:it|any|either|of|at|on)){0,4} (?:these|those|them)"
        r"(?: (?:times|slots|dates))?$"
    ),
    (
        rf"\bkeine[rns]?(?: {_DER_TERMINE}){{0,6}} (?:passt|passen|geht|gehen|klappt|klappen|möglich)"
        r"(?: (?:mir|uns|leider|bei|für|mich)){0,3}$"
    ),
    (
        r"\b(?:die|diese|ihre)(?: vorgeschlagenen| angebotenen)? (?:termine|zeiten|vorschläge) (?:passen|gehen|klappen)"
        r"(?: (?:mir|uns|leider|alle|bei)){0,3} nicht$"
    ),
    r"\bnichts davon (?:passt|geht|klappt)\b",
    rf"\baucune?(?: {_DES_CRENEAUX}){{0,8}} (?:convient|conviennent|va|vont)(?: (?:pour|moi|nous)){{0,2}}$",
    (
        r"\b(?:ces|les|vos)(?: (?:créneaux|horaires|dates|propositions|proposée?s)){1,2} ne (?:me |nous )?"
        r"(?:conviennent|vont) pas$"
    ),
)
_MOVES = (
    *_OTHER,
    (
        rf"(?:^|\b(?:can|could|may|please|need to|needs to|have to|like to|must|possible to|want to){_gap(3)} )"
        rf"(?:move|reschedule|postpone|shift){_gap(2)} (?:call|appointment|meeting|slot)\b"
    ),
    r"\b(?:reschedule|postpone)(?: (?:it|please))?$",
    (
        rf"\b(?:termin|anruf|telefonat|gespräch|call|telefontermin)\b{_gap(8)} "
        r"(?:verschieben|verlegen|umbuchen|vorziehen)\b"
    ),
    (
        rf"\b(?:déplacer|décaler|reporter|avancer|repousser){_gap(2)} "
        r"(?:l'appel|appel|rendez vous|rdv|créneau|entretien)\b"
    ),
)
_SAID = {
    Plain.WISH: re.compile("|".join((*_ENGLISH, *_GERMAN, *_FRENCH))),
    Plain.NONE: re.compile("|".join(_NONES)),
    Plain.MOVE: re.compile("|".join(_MOVES)),
}


@lru_cache(64)
def said(text: str) -> frozenset[Plain]:
    """What these words say of calls: mostly nothing. It is asked more than once about a mail."""
    beginning = text[:LOOKED_AT].casefold().replace("’", "'")
    hints = {kind: [hint for hint in some if hint in beginning] for kind, some in _HINTS.items()}
    some = tuple({hint for found in hints.values() for hint in found})
    found: set[Plain] = set()
    for clause in _clauses(beginning, some) if some else ():
        for kind in Plain:
            if kind not in found and any(hint in clause for hint in hints[kind]) and _holds(kind, clause):
                found.add(kind)
    return frozenset(found)


def _holds(kind: Plain, clause: str) -> bool:
    if _SAID[kind].search(clause) is None:
        return False
    return kind is not Plain.WISH or _REPORTED.search(clause) is None


def _clauses(text: str, hints: tuple[str, ...]) -> Iterator[str]:
    """The clauses with one of these letters, as words with one blank between them; none of a quotation."""
    for line in _unwrapped(text):
        for match in _CLAUSE.finditer(line) if any(hint in line for hint in hints) else ():
            clause = match.group()[:LONGEST_CLAUSE]
            if any(hint in clause for hint in hints):
                yield " ".join(_WORDS.findall(clause))


def _unwrapped(text: str) -> Iterator[str]:
    """The own lines, those that were wrapped as one."""
    begun: list[str] = []
    for line in text.split("\n"):
        own = "" if line.lstrip().startswith(">") else line.strip()
        if own:
            begun.append(own)
        if begun and len(own) < WRAPPED:
            yield " ".join(begun)
            begun.clear()
    if begun:
        yield " ".join(begun)
