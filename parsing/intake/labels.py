"""What a line with a fact may begin with, beside the labels that a desk declares: the words that reports use.

In: the declared fields. Out: the field that each label means, in its normal form. A word that a desk declares for one
field is never taken for another one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsing.message import Sought

LONGEST = 60
"""Letters of a label; what is longer is a sentence with a colon."""

_MARKS = " \t*_#>`•·‣▪●◦–—-.:?!=|\"'“”„«»"
_AFTER_NUMBER, _CLOSED = frozenset(".):"), (")", "]")
_NUMBER = re.compile(r"\(?(?:\d{1,2}|[a-zA-Z])[.):]\s{1,3}")
_ASIDE = re.compile(r"\s?[(\[][^()\[\]]{0,40}[)\]]$")

_OF_KIND: dict[str, tuple[str, ...]] = {
    "steps": (
        "steps to reproduce", "steps", "repro", "repro steps", "reproduction", "how to reproduce", "to reproduce",
        "steps taken", "what i did", "what we did", "what we do", "what i do",
        "schritte", "schritte zur reproduktion", "schritte zum nachstellen", "reproduktion", "ablauf", "vorgehen",
        "vorgehensweise", "nachstellen", "was wir tun", "was ich tue", "was ich gemacht habe", "so geht es",
        "étapes", "étapes pour reproduire", "étapes de reproduction", "comment reproduire", "pour reproduire",
        "reproduction", "manipulation", "ce que je fais", "ce que nous faisons", "marche à suivre",
        "pasos", "pasos para reproducir", "cómo reproducir", "passi", "passi per riprodurre", "come riprodurre",
        "stappen", "stappen om te reproduceren", "reproductie",
    ),
    "expected": (
        "expected", "expected result", "expected results", "expected behavior", "expected behaviour", "expectation",
        "what i expected", "what we expected", "what should happen", "should be", "should", "desired", "what i want",
        "erwartet", "erwartung", "erwartetes ergebnis", "erwartetes verhalten", "soll", "sollzustand", "soll-zustand",
        "was passieren sollte", "was ich erwartet habe", "gewünscht",
        "attendu", "résultat attendu", "comportement attendu", "ce qui devrait se passer", "ce que nous attendons",
        "ce qu'on attend", "souhaité",
        "esperado", "resultado esperado", "comportamiento esperado", "atteso", "risultato atteso",
        "comportamento atteso", "verwacht", "verwacht resultaat", "verwacht gedrag",
    ),
    "observed": (
        "observed", "observed result", "observed behavior", "observed behaviour", "actual", "actual result",
        "actual results", "actual behavior", "actual behaviour", "result", "what happens", "what happened",
        "what happens instead", "instead", "symptom", "symptoms", "error", "error message", "problem", "issue", "fault",
        "beobachtet", "beobachtung", "tatsächlich", "tatsächliches ergebnis", "tatsächliches verhalten", "ergebnis",
        "was passiert", "was passiert stattdessen", "stattdessen", "ist", "ist-zustand", "istzustand", "fehler",
        "fehlermeldung", "fehlerbild", "symptom", "problem", "störung", "meldung",
        "observé", "constaté", "constat", "résultat", "résultat obtenu", "résultat observé", "comportement observé",
        "ce qui se passe", "ce qui arrive", "erreur", "message d'erreur", "problème", "symptôme", "symptômes", "obtenu",
        "observado", "resultado real", "resultado", "lo que pasa", "error", "mensaje de error", "problema", "síntoma",
        "osservato", "risultato", "risultato reale", "cosa succede", "errore", "messaggio di errore", "sintomo",
        "waargenomen", "werkelijk resultaat", "resultaat", "wat er gebeurt", "fout", "foutmelding", "probleem",
    ),
    "when": (
        "since", "since when", "started", "started at", "start", "began", "begin", "first seen", "first noticed",
        "when", "happening since", "seit", "seit wann", "beginn", "begonnen", "aufgetreten", "erstmals", "zuerst",
        "depuis", "depuis quand", "début", "quand", "commencé", "desde", "desde cuándo", "inicio", "cuándo", "da",
        "da quando", "inizio", "quando", "sinds", "sinds wanneer", "wanneer",
    ),
    "count": (
        "affected", "affected users", "users affected", "who", "who is affected", "scope", "impact", "for who",
        "for whom", "how many", "betroffen", "betroffene", "betroffene benutzer", "betroffene nutzer", "wer",
        "wer ist betroffen", "wen betrifft es", "umfang", "anzahl", "touchés", "concernés", "personnes concernées",
        "utilisateurs concernés", "utilisateurs touchés", "qui", "qui est touché", "afectados", "usuarios afectados",
        "quién", "utenti interessati", "utenti coinvolti", "chi", "getroffen gebruikers", "betrokken gebruikers", "wie",
    ),
    "version": (
        "version", "release", "build", "firmware", "software version", "programmversion", "softwarestand",
        "stand der firmware", "versión", "versione", "versie", "micrologiciel",
    ),
    "product": (
        "product", "device", "app", "produkt", "gerät", "produit", "appareil", "application", "producto", "aparato",
        "prodotto", "dispositivo", "apparaat",
    ),
    "url": (
        "url", "link", "page", "website", "web address", "resource", "seite", "webseite", "adresse", "lien", "site",
        "página", "enlace", "pagina", "sito",
    ),
    "address": (
        "address", "ship to", "ship-to", "delivery address", "shipping address", "adresse", "anschrift",
        "lieferadresse", "lieferanschrift", "adresse de livraison", "livraison", "dirección", "indirizzo", "adres",
    ),
    "file": ("screenshot", "attachment", "anhang", "bildschirmfoto", "capture", "pièce jointe"),
}  # fmt: skip
_OWN = frozenset(("steps", "expected", "observed"))
"""Kinds whose words are theirs wherever they stand: a desk asks each of them once."""


def normal(label: str) -> str:
    """Lower case, without bullets, numbers, asides and marks around it, with single spaces."""
    bare = label.replace("’", "'").strip(_MARKS)
    if bare[1:3].strip("0123456789")[:1] in _AFTER_NUMBER:
        bare = _NUMBER.sub("", bare).strip(_MARKS)
    if bare.endswith(_CLOSED):
        bare = _ASIDE.sub("", bare).strip(_MARKS)
    return " ".join(bare.lower().split())


def of(sought: Sequence[Sought]) -> dict[str, str]:
    """The field that each label means: what is declared, then what its kind is called."""
    found: dict[str, str] = {}
    for one in sought:
        for label in (*one.labels, one.name.replace("_", " "), one.name):
            found.setdefault(normal(label), one.name)
    kinds = [one.kind for one in sought]
    for one in sought:
        if one.kind in _OWN or kinds.count(one.kind) == 1:
            for label in _OF_KIND.get(one.kind, ()):
                found.setdefault(label, one.name)
    found.pop("", None)
    return found
