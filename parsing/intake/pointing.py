"""Words that point to where an answer is, and the words by which somebody corrects what was said.

In: a short text, a sentence. Out: what is meant. `See the attachment, it hangs at 20 %` says something itself: only a
text that says nothing else points.
"""

from __future__ import annotations

import re

_SHORT = 120  # letters of a text that only points
_WORDS = re.compile(r"[^\W\d_]+")
_FILES = frozenset(
    (
        "attachment", "attachments", "attached", "enclosed", "enclosure", "screenshot", "screenshots", "screen",
        "shot", "picture", "pictures", "file", "files", "photo", "photos", "image", "images", "logfile", "pdf",
        "log", "logs", "anhang", "anhänge", "anhängen", "angehängt", "angehängte", "angehängten", "anlage",
        "anlagen", "beigefügt", "beigefügte", "beigefügten", "anbei", "beiliegend", "bild", "bilder", "bildern",
        "datei", "dateien", "foto", "fotos", "bildschirmfoto", "pièce", "pièces", "jointe", "jointes", "joint",
        "joints", "fichier", "fichiers", "capture", "captures", "adjunto", "adjuntos", "adjunta", "adjuntas",
        "archivo", "archivos", "captura", "allegato", "allegati", "allegata", "allegate", "schermata",
        "bijlage", "bijlagen", "bijgevoegd", "bijgevoegde", "bijgesloten", "bestand", "schermafbeelding",
    )
)  # fmt: skip
_AROUND = frozenset(
    (
        "please", "pls", "see", "look", "at", "check", "find", "refer", "to", "in", "it", "it's", "s", "that",
        "is", "are", "all", "the", "my", "our", "as", "per", "and", "of", "this", "mail", "email", "e", "below",
        "above", "hereto", "herewith", "here", "you", "are", "bitte", "siehe", "vgl", "im", "steht", "in",
        "der", "dem", "die", "das", "den", "mein", "meine", "meinem", "meiner", "unser", "unsere", "unserem",
        "und", "alles", "ist", "sind", "veuillez", "trouver", "voir", "cf", "dans", "ci", "le", "la", "les",
        "l", "mon", "ma", "notre", "nos", "de", "du", "d", "écran", "est", "sont", "tout", "et", "por", "favor",
        "véase", "ver", "vea", "en", "el", "los", "las", "mi", "mis", "nuestro", "todo", "está", "y",
        "pantalla", "per", "favore", "vedi", "vedere", "si", "veda", "nell", "nella", "nel", "il", "lo", "gli",
        "mio", "mia", "tutto", "è", "e", "zie", "graag", "het", "mijn", "ons", "onze", "alles", "staat", "een",
    )
)  # fmt: skip
_AGAIN = frozenset(
    (
        "same", "same as before", "same as above", "same as last time", "same as always", "same as usual",
        "same as yesterday", "same as last week", "same as ever", "same again", "same as in my first mail",
        "same as already said", "unchanged", "no change", "as before", "as above", "as already said", "as i said",
        "as usual", "as stated above", "see above", "see below", "ditto", "dito", "idem", "dasselbe", "das gleiche",
        "unverändert", "siehe oben", "siehe unten", "s. o", "s.o", "wie oben", "wie vorher", "wie zuvor",
        "wie gehabt", "wie immer", "wie letztes mal", "wie beim letzten mal", "wie schon gesagt", "wie gesagt",
        "wie geschrieben", "wie bisher", "dasselbe wie vorher", "das gleiche wie vorher", "gleich wie vorher",
        "das gleiche wie letztes mal", "comme avant", "comme ci-dessus", "comme d'habitude", "comme la dernière fois",
        "comme toujours", "comme déjà dit", "la même chose", "la même chose que la dernière fois", "même chose",
        "inchangé", "voir ci-dessus", "igual que antes", "como antes", "como siempre", "como arriba",
        "como la última vez", "lo mismo", "lo mismo que antes", "lo mismo que la última vez", "sin cambios",
        "ver arriba", "come prima", "come sopra", "come sempre", "come l'ultima volta", "lo stesso",
        "lo stesso di prima", "vedi sopra", "zoals voorheen", "zoals eerder", "zoals altijd", "zoals hierboven",
        "zoals de vorige keer", "hetzelfde", "hetzelfde als eerder", "hetzelfde als vorige keer",
        "hetzelfde als voorheen", "zie boven", "ongewijzigd",
    )
)  # fmt: skip
_STILL = frozenset(
    (
        "it", "is", "it's", "the", "das", "die", "der", "still", "noch", "immer", "always", "exactly", "genau",
        "ist", "c'est", "es", "è", "het", "la", "el", "il",
    )
)  # fmt: skip

_TAKES_BACK = (
    "and not", "not", "instead of", "rather than", "i said", "i wrote",
    "und nicht", "nicht", "statt", "anstatt",
    "et non", "et pas", "non", "pas", "au lieu de", "plutôt que",
    "y no", "no", "en lugar de", "en vez de",
    "e non", "invece di", "anziché",
    "en niet", "niet", "in plaats van",
)  # fmt: skip
_CORRECTING = (
    "correction", "corrected", "to correct", "i was wrong", "we were wrong", "my mistake", "typo", "i meant",
    "actually", "in fact", "instead of", "rather than",
    "korrektur", "korrigiere", "berichtigung", "richtigstellung", "richtig ist", "richtig sind", "ich meinte",
    "gemeint war", "gemeint waren", "tippfehler", "vertippt", "sondern", "mein fehler", "eigentlich", "tatsächlich",
    "statt", "anstatt",
    "rectification", "erratum", "je corrige", "je voulais dire", "faute de frappe", "en fait", "au lieu de",
    "plutôt que",
    "corrección", "rectificación", "corrijo", "quise decir", "quería decir", "en realidad", "en lugar de", "en vez de",
    "correzione", "rettifica", "correggo", "volevo dire", "intendevo", "in realtà", "bensì", "invece di", "anziché",
    "correctie", "rectificatie", "ik bedoelde", "typefout", "eigenlijk", "in plaats van",
)  # fmt: skip
_CORRECTS = re.compile(
    rf"\b(?:{'|'.join(_CORRECTING)})\b"
    r"|,\s?(?:and not|not|und nicht|nicht|et non|pas|y no|no|e non|non|en niet|niet) \S",
    re.IGNORECASE,
)
_BREAKS_OFF = re.compile(
    r"[,.;:…–-]\s{0,3}(?:oh |ah |äh |ach |ehm )?(?:no|nope|nein|nee|non|wait|sorry|i mean|i meant|make that|or rather|"
    r"rather|moment|halt|quatsch|besser gesagt|vielmehr|pardon|enfin|je veux dire|plutôt|perdón|mejor dicho|scusa|"
    r"anzi|volevo dire|pardon|ik bedoel)(?:[\s,.:;…–-]{1,3}(?:wait|sorry|pardon|moment))?[\s,.:;…–-]{1,4}",
    re.IGNORECASE,
)
_BACK = re.compile(
    rf"\b(?:{'|'.join(sorted(_TAKES_BACK, key=len, reverse=True))}) (?:[^,;.!?\n]|[.,](?=\d)){{1,60}}?"
    r"(?=\s(?:but|sondern|mais|sino|ma|maar|bensì)\b|,(?!\d)|[;!?\n]|\.(?!\d)|$)",
    re.IGNORECASE,
)


def points_to_file(text: str) -> bool:
    """Whether it says, and says nothing but, that the answer is in a file."""
    if len(text) > _SHORT or any(char.isdigit() for char in text):
        return False
    words = set(_WORDS.findall(text.lower()))
    return bool(words & _FILES) and words <= _FILES | _AROUND


def says_again(text: str) -> bool:
    """Whether it says, and says nothing but, that it is as somebody said before."""
    if len(text) > _SHORT:
        return False
    words = text.lower().replace("’", "'").strip(" \n.!()[]:;,-–").split()
    while words and " ".join(words) not in _AGAIN and words[0] in _STILL:
        del words[0]
    return " ".join(words) in _AGAIN


def corrects(sentence: str) -> bool:
    """Whether the sentence puts something in the place of what was said."""
    return _CORRECTS.search(sentence) is not None


def revised(text: str) -> str:
    """What stands behind the last word by which somebody breaks off: `25, no, 30` ends as 30. Empty without one."""
    if len(text) > _SHORT:
        return ""
    breaks = [found.end() for found in _BREAKS_OFF.finditer(text)]
    return text[breaks[-1] :].strip() if breaks else ""


def without_taken_back(sentence: str) -> str:
    """The sentence with blanks in the place of what it takes back: `30 users, not 25` says 30."""
    return _BACK.sub(lambda found: " " * len(found[0]), sentence)
