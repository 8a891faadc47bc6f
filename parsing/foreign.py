"""Keys of other ticket systems in a subject: their mail has no thread that we know, only its key (intake 35).

In: a decoded subject. Out: the keys in one spelling. Jira writes `SYS-123` or `(SYS-123)` first, ServiceNow
`INC0012345` anywhere, OTRS `[Ticket#2026112310000015]`, RT `[example.org #1234]`, FreeScout and Freshdesk `[#1234]`,
Salesforce its thread id. Must never take a norm, a date, a device or an invoice for one where it can be told, never
look at more than the cap, and never be taken for an authority: anybody can write a key.
"""

from __future__ import annotations

import re

from parsing import subject as subjects
from parsing.machines.robots import names

_CAP = 500
_FOUND = 10  # keys of one subject
_DIGIT = re.compile(r"[0-9]")
_KEY = re.compile(r"(?<![\w.-])([A-Z][A-Z0-9]{1,9})-([0-9]{1,8})(?![\w-]|[.,:][0-9])")
_RECORD = re.compile(r"(?<!\w)(?:INC|RITM|SCTASK|CTASK|TASK|REQ|CHG|PRB|HRC|CSTASK|CS)[0-9]{6,12}(?!\w)")
_LABELLED = re.compile(
    r"(?<!\w)(ticket|case|request|incident|sr|vorgang|anfrage|demande|dossier|solicitud|incidencia|"
    r"richiesta|segnalazione|melding|zaak|chamado|protocolo)(?:[ -]?(?:id|no|nr|num|number|nummer|num[ée]ro|"
    r"n[úu]mero|n°|nº))?\.?\s{0,2}([:#]{0,2})\s{0,2}([0-9]{3,20})(?![\w/-]|[.,:][0-9])"
)
_HASHED = re.compile(r"\[([A-Za-z][\w.-]{0,40})?\s{0,2}#([0-9]{1,20})\]")
_THREAD_ID = re.compile(r"(?<!\w)ref:[!_]?(00D\w{1,20}\.[!_]?500\w{1,20}):ref(?!\w)")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
# What is written the same way and is no ticket: norms, algorithms, advisories, devices, calendars, papers of commerce.
_NO_KEYS = frozenset(
    names("""
    COVID SARS UTF ISO RFC CVE CWE GHSA SHA MD AES RSA DES HMAC IPV IP TLS SSL HTTP HTML CSS ES USB PCI IEEE DIN EN IEC
    ANSI NIST FIPS ECMA ITU BS CAT RJ DB PS XPS HP RTX GTX WIN MAC OS KB MS GPT UTC GMT CET CEST EST PST MST CST EDT PDT
    BST Q1 Q2 Q3 Q4 H1 H2 FY GJ KW CW WK WW PO SO INV RE RG AB AN LS BL ORDER BESTELLUNG RECHNUNG INVOICE SKU ISBN EAN
    UPC PN SN MP MIL DO ED AC DC LED TV PM AM NO NR VOL CH PG PART STEP PHASE TOP TIER LEVEL V VER VERSION REV RC BETA
    JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC OKT DEZ MAI TL LTE WIFI BT HDMI DDR SSD HDD RAM CPU GPU RAID MP3 A4
""")
)


def foreign(subject: str) -> tuple[str, ...]:
    """Each key once: `SYS-123`, `INC0012345`, `TICKET#2026112310`, `EXAMPLE.ORG#1234`, `#1234`. Ours are among them:
    the caller knows its prefixes."""
    text = subject[:_CAP]
    if _DIGIT.search(text) is None:
        return ()
    found: list[str] = []
    keys = list(_KEY.finditer(text)) if "-" in text else []
    if keys:
        first = subjects.unmarked(text)
        found.extend(match.group() for match in keys if _is_key(match, text, first))
    found.extend(match.group() for match in _RECORD.finditer(text))
    for match in _LABELLED.finditer(text.lower()):
        label, sign, number = match.groups()
        if "#" in sign or (len(number) >= 5 and not _is_date(number)):
            found.append(f"{label.upper()}#{number}")
    if "#" in text:
        found.extend(f"{(match.group(1) or '').upper()}#{match.group(2)}" for match in _HASHED.finditer(text))
    if "ref:" in text:
        found.extend(f"ref:{match.group(1)}" for match in _THREAD_ID.finditer(text))
    return tuple(dict.fromkeys(found))[:_FOUND]


def _is_key(match: re.Match[str], text: str, first: str) -> bool:
    """Systems put their key in brackets or before all else; in the middle of a sentence stand other things."""
    if match.group(1) in _NO_KEYS or _YEAR.fullmatch(match.group(2)):
        return False
    before, behind = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if before in {"[", "(", "~"} and behind in {"]", ")"}:
        return True
    return len(text) - match.start() == len(first)


def _is_date(number: str) -> bool:
    """Eight digits that can be a date (`20261123`, `23112026`)."""
    return len(number) == 8 and bool(_YEAR.match(number) or _YEAR.match(number, 4))
