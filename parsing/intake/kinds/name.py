"""Names of people in what they write: `my name is …`, `under the name of …`, `this is … speaking`.

In: a passage, what is sought. Out: the name as it was written, its first or its last part. In free text only words that
announce a name give one; where a name was asked for, a short answer is one. Must never take a day, a month or a common
word for a name, nor anything of a signature that nobody announced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from parsing.intake.kinds.clauses import bounds, places, wordset
from parsing.intake.kinds.moments import MONTH, PARTS, TODAY, WEEKDAY
from parsing.intake.kinds.numerals import WORDS
from parsing.intake.passage import Found, Passage
from parsing.message import Sought

ASKED = 200
"""Letters of an answer that are looked at."""
_MOST, _LOOKED_AT = 3, 6000
_PART = r"(?:[^\W\d_]['’][^\W\d_]{2,20}|[^\W\d_]{2,20}(?:-[^\W\d_]{2,20})?)"
_BETWEEN = r"(?:\s(?:van|von|de|der|den|di|da|del|la|le|ten|zu|bin|al|el)(?=\s)){0,2}"
_NAME = rf"(?P<first>{_PART}){_BETWEEN}(?:\s(?P<last>{_PART}))?"
_TITLE = (
    r"(?:(?:mr|mrs|ms|miss|dr|herr|herrn|frau|monsieur|madame|mme|m\.|señora?|signora?|signor|de heer|mevrouw|"
    r"prof)\.?\s)?"
)
_ANNOUNCED = re.compile(
    rf"(?<!\w)(?:(?:(?<!restaurant )(?:my|the|his|her|their|whose|our|girlfriends?|wife's|husbands?) "
    rf")?(?<!restaurant )(?:first |full |last )?names?(?:'s| is| was| are|:| be| would be| under| of)?"
    rf"(?: (?:of|it'?s|is))?|my names|name's|am called|under(?: the)?(?: my)?(?: names?)?(?: of)?|(?:call|calls) "
    rf"me|known as|go by|goes by|this is|i am|i'm|i m|it's|its|it is|"
    rf"here is|on behalf of|listed (?:under|as|for)|booked (?:by|for|under)|made (?:by|for)|with|for|by|is|has|"
    rf"mein name ist|ich heiße|ich bin|hier ist|hier spricht|hier schreibt|im namen von|auf den namen|unter dem "
    rf"namen|für|ansprechpartner(?:in)?(?: ist)?:?|"
    rf"je m['’]appelle|je suis|mon nom est|au nom d[eu]|de la part de|ici|pour|nom:|me llamo|soy|mi nombre es|a "
    rf"nombre de|mi chiamo|sono|a nome di|mijn naam is|ik ben|ik heet|namens|op naam van)"
    rf"\s+(?:i think |i believe |probably |just |still |that |my name |the name |a |of |is |for |under |likely |"
    rf"by |maybe |name |it'?s |mr |mrs |ms |princess )?{_TITLE}[\"“‘']?{_NAME}",
    re.IGNORECASE,
)
_STRONG = re.compile(
    r"(?:name|names|name's|nombre|nom|namen|appelle|heiße|llamo|chiamo|heet|call me|calls me|go by|goes by|known "
    r"as|(?:i am|i'm) (?:called|known as)|under|on behalf of|listed|im namen|auf den|au nom|a nome|naam)",
    re.IGNORECASE,
)
_NAMED = re.compile(r"nam|nom|appelle|heiß|llamo|chiamo|heet|call", re.IGNORECASE)
_AFTER = re.compile(
    rf"(?<![\w-]){_NAME}(?:'s|’s)?\s(?:here\b|is (?:my|the) name|party\b|speaking\b|has (?:a|done|made)|have "
    rf"(?:a|done|made)|booking\b|name\b|am schreiben)",
    re.IGNORECASE,
)
_LASTNAME = re.compile(rf"(?:last|sur|family )\s?name(?:'s| is|:)?\s(?:is )?(?P<last>{_PART})", re.IGNORECASE)
_FIRSTNAME = re.compile(rf"(?:first|given) ?name(?:'s| is|:)?\s(?:is )?(?P<first>{_PART})", re.IGNORECASE)
_ALONE = re.compile(
    rf"\s*(?:(?:yes|yeah|sure|ok|okay|hi|hello|hey|well|um|uh|it|that|ja|oui|sí|no|please|ok)[,.!]?\s+){{0,3}}"
    rf"(?:(?:it'?s|its|it is|is|would be|that's|for|under|name|make it|c'est|das ist|es ist|call "
    rf"me)\s+){{0,2}}{_TITLE}[\"“]?{_NAME}[\"”]?(?=\s*(?:[.,!?;]|$|\s(?:please|thanks|thank|tomorrow|tonight|for|"
    rf"at|and|party|is|as|on|in|bitte|danke)\b))",
    re.IGNORECASE,
)
_NOT = (
    wordset(
        "a an the i me my mine you your he she it its we us our they them their this that these those and or but "
        "not no yes ok okay of in on at to "
        "for from with by as is am are was were be been being have has had do does did can could will would "
        "shall should may might must please thanks "
        "thank sorry hello hi hey dear what when where which who why how all any some more most other another "
        "one two three table booking reservation "
        "party people person lunch dinner breakfast brunch today time date day night name names first last under "
        "outside inside indoor indoors outdoor outdoors "
        "restaurant place food area change cancel book make need want like think believe going get got just only "
        "also still now then there here so very much "
        "too about around after before between because if than over out up down off again later late early soon "
        "same different new old sure right "
        "correct afraid able unable wondering calling writing looking trying running having making coming "
        "bringing booked listed reserved made done good fine great "
        "nice interested happy confused not's that's it's don't didn't can't won't i'm i've i'd friend friends "
        "wife husband mom dad mother father family "
        "birthday work business boss daughter son sister brother everyone nobody someone something anything "
        "nothing yourself myself number phone email "
        "mail account invoice order desk help support team customer problem issue error login page update system "
        "server password computer printer "
        "reopen reschedule scheduled due unfortunately however kindly currently actually really definitely maybe "
        "probably usually certain "
        "der die das ein eine ich du er sie es wir ihr und oder aber nicht kein keine mit für von zu im am um "
        "auf aus bei nach vor ist bin sind war hat habe haben "
        "kann bitte danke hallo guten tag leider noch schon auch nur immer wieder neu heute gestern uns mir mich "
        "mein meine unser unsere name namen herr frau "
        "le la les un une des du de et ou mais je tu il elle nous vous ils ne pas plus est suis sont ai a avez "
        "merci bonjour bonsoir madame monsieur mon ma mes "
        "notre nos votre vos pour avec dans sur chez ce cette el los las uno una y o pero yo tu gracias hola no "
        "sí con para por en lo gli che non sono ho mi "
        "grazie ciao het een en ik ben niet met voor van op bedankt dag how's what's known called named thankyou "
        "restaurant's price pounds dollars parking vegan vegetarian gluten wheelchair "
        "halal kosher free available availability open closed near location address rating cheap expensive "
        "moderate italian chinese polish indian thai mexican "
        "french german spanish british english american greek turkish japanese korean lebanese steak pizza sushi "
        "fish meat garden terrace window bar cafe "
        "windows linux android chrome firefox outlook excel kids children adults guests couple group anymore "
        "either cost menu music show deal offer disabled access changing highchair chairs seats seating smoking "
        "half quarter past noon midnight o'clock pm approximately roughly anyone somebody whole few many several "
        "hour hours minutes days weeks months "
        "quick long short big small large round quiet romantic cosy live hot cold closest best good-value"
    )
    | frozenset(WEEKDAY) - {"mar", "sat", "mi", "do", "so", "di", "fr", "sa"}
    | frozenset(MONTH)
    - {
        "june",
        "april",
        "may",
        "jan",
        "august",
        "juli",
        "mar",
        "marzo",
        "jul",
        "mars",
        "julio",
        "augustus",
        "mei",
        "mai",
        "gene",
        "augusto",
    }
    | frozenset(TODAY)
    | frozenset(PARTS)
    | (WORDS - {"tre", "sei", "due", "elf"})
)
_CUES = wordset(
    "name names under calls behalf listed heiße namen heißt spricht schreibt appelle nom llamo nombre chiamo "
    "nome naam heet namens "
    "ansprechpartner ansprechpartnerin here speaking"
)
_INTRODUCED = re.compile(
    r"\b(?:[Tt]his is|I am|I['’]m|[Cc]all me|[Gg]o by|[Kk]nown as|[Ii]ch bin|[Jj]e suis|[Hh]ier ist|[Ss]oy|"
    r"[Ss]ono|[Ii]k ben|[Ii]ci) (?:[\w.]{2,9} )?[A-ZÄÖÜÉ]"
)
_CLAUSES = 6


def find(passage: Passage, sought: Sought) -> Iterable[Found]:
    """Whole names."""
    return [_value(passage.text, found, "") for found in _names(passage, sought)]


def find_first(passage: Passage, sought: Sought) -> Iterable[Found]:
    """First names."""
    found = _FIRSTNAME.search(passage.text[:_LOOKED_AT])
    if found and _is_name(found["first"]):
        return [_value(passage.text, found, "first")]
    return [_value(passage.text, name, "first") for name in _names(passage, sought)]


def find_last(passage: Passage, sought: Sought) -> Iterable[Found]:
    """Last names: what follows a first one, or the one word that answers the question for it."""
    found = _LASTNAME.search(passage.text[:_LOOKED_AT])
    if found and _is_name(found["last"]):
        return [_value(passage.text, found, "last")]
    return [
        _value(passage.text, name, "last" if _has_last(name) else "first")
        for name in _names(passage, sought)
        if _has_last(name) or (passage.asked and len(passage.text.split()) == 1)
    ]


def _has_last(found: re.Match[str]) -> bool:
    return bool(found["last"]) and _is_name(found["last"])


def _value(text: str, found: re.Match[str], group: str) -> Found:
    """One part of a name, or all of it."""
    start, end = (
        found.span(group) if group else (found.start("first"), found.end("last" if _has_last(found) else "first"))
    )
    return Found(value=text[start:end], start=start, end=end)


def _is_name(word: str) -> bool:
    return word.lower() not in _NOT and len(word) > 1


def _names(passage: Passage, sought: Sought) -> list[re.Match[str]]:
    """Names, the most plainly announced first."""
    if passage.asked:
        spans = [(0, min(ASKED, len(passage.text)))]
    else:
        cues = frozenset(word for cue in sought.cues for word in cue.split())
        spans = _spans(passage.text, cues)
    for start, end in spans:
        found = _announced(passage, start, end)
        if found:
            return found[:_MOST]
    return []


def _spans(text: str, cues: frozenset[str]) -> list[tuple[int, int]]:
    """Clauses in which a name may be announced."""
    at = [found.start() for found in _INTRODUCED.finditer(text, 0, _LOOKED_AT)] + places(text, _CUES | cues)
    return sorted({bounds(text, place) for place in sorted(at)[:_CLAUSES]})


def _announced(passage: Passage, start: int, end: int) -> list[re.Match[str]]:
    """Names in one clause."""
    text = passage.text
    strong: list[re.Match[str]] = []
    weak: list[re.Match[str]] = []
    at = start
    for _ in range(12):
        found = _ANNOUNCED.search(text, at, end)
        if found is None:
            break
        announced = text[found.start() : found.start("first")]
        named = _is_name(found["first"]) and found["first"][0].isalpha()
        written = found["first"][0].isupper()
        if (
            named
            and _STRONG.search(announced)
            and (passage.asked or _has_last(found) or (written and _NAMED.search(announced)))
        ):
            strong.append(found)
        elif named and written and _has_last(found) and found["last"][0].isupper():
            weak.append(found)
        at = found.end() if named else max(found.start("first"), found.start() + 1)
    after = _AFTER.search(text, start, end) if not strong else None
    if after and _is_name(after["first"]) and _has_last(after) and after["first"][0].isupper():
        strong.append(after)
    if passage.asked and not strong and not weak:
        alone = _ALONE.match(text)
        if alone and _is_name(alone["first"]):
            strong.append(alone)
    return strong + weak
