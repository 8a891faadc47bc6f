"""What somebody writes who does not know, or does not say: "keine Ahnung", "n/a", "siehe unser Gespräch".

In: what stands where a value was expected. Out: whether it is an answer ("I don't know" is one), nothing at all, or
words that only put it off. A sentence that says something beside its "I don't know" is none of them.
"""

from __future__ import annotations

import re

from parsing.intake.words import letters

LONGEST = 160
"""Letters of what may be one of these; who writes more says something."""

_UNKNOWN = {
    "en": (
        (
            r"(?:i|we)(?: really| honestly| just)? (?:do not|don'?t|dont|would ?n'?t|can ?not|can'?t|could ?n'?t)"
            r"(?: really)? (?:know|remember|recall|tell|say|find (?:it|that|out))"
        ),
        r"(?:i|we)(?: have| 've|'ve) (?:no|not any|not the (?:faintest|slightest|foggiest)) (?:idea|clue)",
        r"(?:i'?m|we'?re|i am|we are)? ?not (?:really |quite |so )?(?:sure|known|certain)",
        r"no(?:t the (?:faintest|slightest|foggiest))? (?:idea|clue)",
        r"(?:do not|don'?t|dont) (?:know|remember)",
        r"(?:it is |it's )?unknown(?: to (?:me|us))?",
        r"idk",
        r"(?:hard|difficult|impossible) to (?:say|tell)",
        r"(?:that )?(?:i|we) could ?n(?:o|')t (?:say|tell)",
        r"no(?:body|t? one) knows",
        r"your guess is as good as mine",
    ),
    "de": (
        (
            r"(?:das )?(?:wei(?:ß|ss) (?:ich|wir)|(?:ich|wir) wei(?:ß|ss)|wissen wir|wir wissen)(?: das| es)?"
            r"(?: leider| wirklich| echt| auch| gerade| selbst)*(?: nicht| nimmer)(?: mehr| genau| mehr genau)?"
        ),
        r"(?:habe? (?:ich|wir) |(?:ich|wir) haben? )?(?:leider )?keine? (?:ahnung|idee|schimmer|plan)",
        r"(?:da )?(?:bin ich|sind wir) (?:mir |uns )?(?:leider )?(?:nicht|un) ?sicher",
        r"(?:kann|können) (?:ich|wir) (?:leider )?nicht (?:sagen|beantworten|mehr sagen)",
        r"(?:ist |mir |uns )*(?:leider )?(?:nicht bekannt|unbekannt)",
        r"(?:konnte|konnten) (?:ich|wir)(?: leider)? nicht (?:finden|herausfinden|feststellen)",
        r"nicht (?:zu )?ermittelbar",
        r"schwer zu sagen",
    ),
    "fr": (
        (
            r"(?:je|nous|on|j')?(?: ne| n')? ?(?:sais|savons|sait|me souviens|nous souvenons) (?:pas|plus)"
            r"(?: exactement| du tout)?"
        ),
        r"(?:je n'en sais|nous n'en savons|on n'en sait) rien",
        r"(?:je n'ai |nous n'avons |j'ai )?aucune idée",
        r"pas (?:d'idée|la moindre idée|sûre?)",
        r"(?:c'est )?inconnue?",
        r"(?:je l'|je )?ignore",
        r"difficile à dire",
    ),
    "es": (
        r"(?:yo |nosotros )?no (?:lo )?(?:sé|se|sabemos|recuerdo|recordamos)(?: exactamente)?",
        r"(?:no tengo |no tenemos )?ni idea",
        r"no tengo (?:ni )?idea",
        r"(?:es )?desconocido",
        r"no estoy segur[oa]",
    ),
    "it": (
        r"(?:io |noi )?non (?:lo )?(?:so|sappiamo|ricordo|ricordiamo)(?: esattamente)?",
        r"(?:non (?:ne )?ho |non abbiamo )?(?:nessuna idea|idea)",
        r"non ne ho idea",
        r"boh",
        r"sconosciut[oa]",
        r"non (?:sono|siamo) sicur[oaie]",
    ),
    "nl": (
        (
            r"(?:dat )?(?:weet (?:ik|wij|we)|(?:ik|wij|we) we(?:et|ten)|weten we)(?: het| dat)?(?: echt| helaas)? niet"
            r"(?: meer| precies| zeker)*"
        ),
        r"(?:ik heb |wij hebben |we hebben )?geen (?:idee|flauw idee)",
        r"(?:is )?(?:mij |ons )?(?:on|niet )bekend",
        r"geen idee",
    ),
}
_WHEN = (
    r"(?:(?:when|since when|which one|how many|exactly|that|what|where|which|who|why)\b[^.,;:!?\n]{0,60}"
    r"|(?:wann|seit wann|wie viele|welche|genau|was|wer|wo)\b[^.,;:!?\n]{0,60}"
    r"|(?:quand|depuis quand|combien|lequel|laquelle|exactement)\b[^.,;:!?\n]{0,60}"
    r"|(?:cuándo|cuánt[oa]s|desde cuándo|quando|quant[ei]|da quando|wanneer|hoeveel|sinds wanneer)\b[^.,;:!?\n]{0,60})"
)
_SORRY = (
    r"(?:sorry|sadly|unfortunately|honestly|well|oh|hm+|puh|tja|leider|ehrlich gesagt|désolée?|malheureusement"
    r"|hélas|lo siento|purtroppo|helaas|tut mir leid|entschuldigung|frankly|no|nein|non|that|das|so)"
)
_UNSURE = re.compile(
    rf"(?:{_SORRY}[ ,.:;-]{{0,3}}){{0,3}}(?:{'|'.join(one for words in _UNKNOWN.values() for one in words)})"
    rf"(?:[ ,]{{1,3}}{_WHEN})?(?:[ ,.;-]{{1,3}}{_SORRY}){{0,2}}",
    re.IGNORECASE,
)
_BLANK = re.compile(
    r"(?:[\s\-–—_.…*?!/\\|#~=+:;,()\[\]<>]|n\s?/\s?a\b|\bn\.a\.|\bk\.\s?a\.|\btbd\b|\btodo\b|\bnone given\b)*",
    re.IGNORECASE,
)
_BLANKS = frozenset(
    (
        "na", "n a", "none", "nil", "null", "empty", "leer", "entfällt", "entfaellt", "keine angabe", "ohne angabe",
        "not applicable", "nicht zutreffend", "trifft nicht zu", "sans objet", "s/o", "so", "nc", "n/c", "néant",
        "no aplica", "non applicabile", "n.v.t", "nvt", "niet van toepassing", "not given", "not specified",
        "to follow", "folgt", "à suivre", "later", "später", "plus tard", "xxx", "xx", "x",
    )
)  # fmt: skip
_REFERS = re.compile(
    r"(?:see|siehe|s\.|voir|cf\.?|véase|vedi|zie|as|wie|comme|como|come|zoals)\b"
    r"|the (?:usual|same)|das (?:übliche|gleiche|selbe|was wir)|(?:das,? )?was wir immer (?:tun|machen)"
    r"|(?:the )?subject says|(?:please|bitte|help|hilfe|merci)\b",
    re.IGNORECASE,
)
"""What puts an answer off where it is the beginning."""
_PUT_OFF: tuple[tuple[str, str], ...] = (
    (
        "request anfrage wunsch rückfrage demande richiesta aanvraag",
        r"(?:on|upon) request|(?:auf|nach) (?:anfrage|wunsch|rückfrage)|sur demande|a richiesta|op aanvraag",
    ),
    (
        "phone call telephone telefon telefonisch mündlich téléphone voix telefono teléfono",
        (
            r"\b(?:by|over the|on the|in a) (?:phone|call|telephone)|\bcall me|\b(?:am|per) telefon|telefonisch"
            r"|mündlich|(?:par|au) téléphone|de vive voix|per telefono|por teléfono"
        ),
    ),
    (
        "know tell wissen savez ask frag fragen",
        r"\b(?:you know|you tell me|you know that|wissen sie|das wissen sie|vous savez|ask me|frag(?:en sie)? mich)\b",
    ),
    (
        (
            "send provide provided sent demo show tell supply explain schicken senden nachreichen liefern zeigen "
            "erklären envoyer fournir montrer expliquer"
        ),
        (
            r"\b(?<!you )(?:can|could|will|may|kann|können|werde|reiche|peux|peut|pouvons)"
            r" (?:(?!not |never |nicht )\w+ ){0,3}(?:be )?"
            r"(?:send|provide|provided|sent|demo|show|tell|supply|explain|schicken|senden|nachreichen|liefern|zeigen"
            r"|erklären|envoyer|fournir|montrer|expliquer)\b"
        ),
    ),
    (
        "reiche reichen kläre klären erkläre erklären besprechen besprochen gelernt",
        (
            r"\breich(?:e|en) (?:ich|wir)? ?nach|\bkläre?n? (?:ich|wir)|\berklär(?:e|en) (?:ich|wir)"
            r"|\bmüssen wir besprechen|\bwie (?:besprochen|gelernt)"
        ),
    ),
    (
        "eyes please bitte",
        (
            r"\bneeds? your eyes|\bplease (?:see|look|call|ask|check|investigate|advise)"
            r"|\bbitte (?:sehen|schauen|anrufen|prüfen)"
        ),
    ),
    ("discussed always usual before", r"\b(?:as|like) (?:discussed|always|usual|before)\b"),
)
_REFERRING, _BRIEF = 8, 3
"""Words of an answer that only refers to something, and of one that begins with any word that may do so."""
_SEES = re.compile(r"(?:see|siehe|s\.|voir|cf\.?|véase|vedi|zie|the (?:usual|same))(?!\w)", re.IGNORECASE)
_ELSEWHERE = re.compile(
    "|".join(
        words for hints, words in _PUT_OFF if not {"request", "phone", "eyes", "discussed"}.isdisjoint(hints.split())
    ),
    re.IGNORECASE,
)
_BY_HINT = tuple((frozenset(hints.split()), re.compile(words, re.IGNORECASE)) for hints, words in _PUT_OFF)
"""One of the hints is in each of them: looked for first, as it costs little."""
_EMPTY = re.compile(
    r"(?:it(?:'s| is)?|that(?:'s| is)?|this(?: is)?|(?:das|es)(?: ist)?|c'est|ça|ist)? ?"
    r"(?:really |just |very |gar |nicht |not "
    r"|nichts |rien de |pas |what i'd call |what it (?:must|was|should)){0,6}"
    r"(?:good|bad|ok|okay|nice|nicely|pleasant|normal|schön|gut|gutes|schlecht|bien|bon|stable|mal|bene|goed|"
    r"what it was|what i'd call stable|broken|kaputt|cassé|terrible|awful|a joke|a disgrace|schlimm|furchtbar|"
    r"(?:does ?n(?:'|o)t|do not|don't) work|funktioniert nicht|geht nicht|ne marche pas)",
    re.IGNORECASE,
)
_HINTS = frozenset().union(*(hints for hints, _ in _BY_HINT))
_JUDGING = frozenset(
    (
        "good", "bad", "ok", "okay", "nice", "nicely", "pleasant", "normal", "schön", "gut", "gutes", "schlecht",
        "bien", "bon", "stable", "bene", "goed", "broken", "kaputt", "cassé", "terrible", "awful",
        "joke", "disgrace", "schlimm", "furchtbar", "work", "funktioniert", "geht", "marche",
    )
)  # fmt: skip
_OPENINGS = frozenset(
    ("see", "siehe", "s", "voir", "cf", "véase", "vedi", "zie", "as", "wie", "comme", "como", "come", "zoals", "was",
     "das", "help", "hilfe", "merci", "usual", "same", "says", "please", "bitte")
)  # fmt: skip
"""One of these is among the first words of what refers to something else."""


_SIGNS = (
    "know known knows remember recall tell say find idea clue sure certain unknown idk guess weiß weiss wissen ahnung "
    "idee schimmer plan sicher unsicher sagen beantworten bekannt unbekannt finden herausfinden feststellen "
    "ermittelbar sais savons sait souviens souvenons rien idée sûr sûre inconnu inconnue ignore dire sé se sabemos "
    "recuerdo recordamos desconocido seguro segura so sappiamo ricordo ricordiamo boh sconosciuto sconosciuta "
    "sicuro sicura sicuri sicure weet weten bekend onbekend"
)
_DOUBTS = frozenset(_SIGNS.split())


def may_be_unknown(text: str) -> bool:
    """Whether a word stands in it without which nobody says that they do not know."""
    return not _DOUBTS.isdisjoint(letters(text.lower()))


def is_unknown(text: str) -> bool:
    """Whether it says, and says nothing but, that they do not know; people write in more than one language."""
    return bool(_UNSURE.fullmatch(_bare(text))) if len(text) <= LONGEST else False


def is_blank(text: str) -> bool:
    """Whether it is nothing: a dash, `n/a`, an empty form."""
    if len(text) > LONGEST:
        return not text.strip()
    return bool(_BLANK.fullmatch(text)) or _bare(text).lower() in _BLANKS


def is_put_off(text: str) -> bool:
    """Whether it only says where or when the value will be told, or that all is bad: no value to work with."""
    if len(text) > LONGEST:
        return False
    words = letters(text.lower())
    hints = _HINTS.intersection(words)
    judges, opens = not _JUDGING.isdisjoint(words), not _OPENINGS.isdisjoint(words[:3])
    if not (hints or judges or opens):
        return False
    bare = _bare(text)
    if opens and _REFERS.match(bare):
        return True
    if any(not known.isdisjoint(hints) and pattern.search(bare) for known, pattern in _BY_HINT if hints):
        return True
    return judges and bool(_EMPTY.fullmatch(bare))


def is_referred(text: str) -> bool:
    """Whether somebody who was asked in free words only says where else it is told: the narrower sense of the above, as
    an answer may begin like that (`As admin, open Reports`) or say what a program can show."""
    words = text.split()
    if len(words) > _REFERRING or len(text) > LONGEST:
        return False
    bare = _bare(text)
    opening = _REFERS if len(words) <= _BRIEF else _SEES
    return bool(opening.match(bare)) or _ELSEWHERE.search(bare) is not None


def _bare(text: str) -> str:
    """The words without marks around them, with plain apostrophes and single spaces."""
    return " ".join(text.replace("’", "'").split()).strip(" .!?,;:-–—()[]\"'*_…")
