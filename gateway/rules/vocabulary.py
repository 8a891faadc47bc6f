"""The words that customers answer with, by language: what can stand alone on a line and means something to the desk.

In: nothing. Out: tables of phrases, in lower case and without signs. A phrase that people also use to say something
else has no place here: what is not known is words like any others, and a person reads it.
"""

from __future__ import annotations

from collections.abc import Mapping

YES, NO, STATUS, THANKED, CLOSE, WRONG = "yes", "no", "status", "thanks", "close", "wrong type"
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "yes": YES, "no": NO, "status": STATUS,
        "close": CLOSE, "close it": CLOSE, "please close": CLOSE, "close please": CLOSE, "close this ticket": CLOSE,
        "wrong type": WRONG, "wrong kind": WRONG,
    },
    "de": {
        "ja": YES, "nein": NO, "status": STATUS, "stand": STATUS,
        "schließen": CLOSE, "schliessen": CLOSE, "bitte schließen": CLOSE, "bitte schliessen": CLOSE,
        "falsche art": WRONG, "falscher typ": WRONG, "falsches anliegen": WRONG,
    },
    "fr": {
        "oui": YES, "non": NO, "statut": STATUS, "état": STATUS, "etat": STATUS,
        "fermer": CLOSE, "clore": CLOSE, "clôturer": CLOSE, "cloturer": CLOSE, "à fermer": CLOSE, "à clore": CLOSE,
        "mauvais type": WRONG, "mauvaise catégorie": WRONG,
    },
}  # fmt: skip
"""By language: what is answered, as the templates ask for it. English counts everywhere: mails fall back to it."""
CLOSINGS: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        {
            "thanks", "thank you", "many thanks", "thanks a lot", "thank you very much", "thanks in advance", "thx",
            "regards", "best regards", "kind regards", "warm regards", "best", "best wishes", "cheers", "sincerely",
            "yours sincerely", "yours faithfully",
        }
    ),
    "de": frozenset(
        {
            "danke", "danke schön", "danke sehr", "vielen dank", "besten dank", "herzlichen dank",
            "vielen dank im voraus", "danke im voraus",
            "gruß", "grüße", "gruss", "grüsse", "viele grüße", "viele grüsse", "liebe grüße", "liebe grüsse",
            "beste grüße", "beste grüsse", "schöne grüße", "freundliche grüße", "freundliche grüsse",
            "mit freundlichen grüßen", "mit freundlichen grüssen", "mit freundlichem gruß", "mfg", "vg", "lg",
        }
    ),
    "fr": frozenset(
        {
            "merci", "merci beaucoup", "merci bien", "merci d'avance", "cordialement", "bien cordialement",
            "très cordialement", "salutations", "meilleures salutations", "bien à vous", "bonne journée",
            "sincères salutations",
        }
    ),
}  # fmt: skip
"""By language: lines below a word that say nothing more; whole lines, alone or with another one and a name."""
SOLVED: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        {
            "yes", "yes it is", "yes it does", "solved", "it is solved", "it's solved", "is solved", "all solved",
            "fixed", "it is fixed", "it's fixed", "it works", "it works now", "works", "works now", "all good",
            "problem solved", "resolved",
        }
    ),
    "de": frozenset(
        {
            "ja", "gelöst", "geloest", "ist gelöst", "es ist gelöst", "das ist gelöst", "erledigt", "ist erledigt",
            "behoben", "problem gelöst", "es funktioniert", "funktioniert", "funktioniert jetzt",
            "es funktioniert jetzt", "es geht", "geht jetzt", "es geht jetzt", "alles gut", "passt",
        }
    ),
    "fr": frozenset(
        {
            "oui", "résolu", "resolu", "c'est résolu", "est résolu", "problème résolu", "c'est réglé", "réglé",
            "ça marche", "ça marche maintenant", "cela fonctionne", "ça fonctionne", "tout est bon", "c'est bon",
        }
    ),
}  # fmt: skip
"""By language: phrases that say YES in a line that holds nothing else but these, thanks and a name."""
THANKS: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        {
            "thanks", "thank you", "many thanks", "thanks a lot", "thank you very much", "thank you so much",
            "thanks so much", "thanks again", "thx", "great", "perfect", "wonderful", "for your help",
            "for your quick help", "for the help", "for the quick help", "for your support", "for the support",
        }
    ),
    "de": frozenset(
        {
            "danke", "danke schön", "dankeschön", "danke sehr", "danke euch", "danke ihnen", "vielen dank",
            "besten dank", "herzlichen dank", "super", "perfekt", "prima", "für die hilfe", "für ihre hilfe",
            "für eure hilfe", "für die schnelle hilfe", "für ihre schnelle hilfe", "für die unterstützung",
        }
    ),
    "fr": frozenset(
        {
            "merci", "merci beaucoup", "merci bien", "un grand merci", "merci encore", "parfait", "super",
            "pour votre aide", "pour l'aide", "pour votre aide rapide", "à vous", "à tous",
        }
    ),
}  # fmt: skip
"""By language: phrases of a first line that thanks and says nothing more."""
UNSOLVED: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        {
            "not solved", "it is not solved", "it's not solved", "not resolved", "it is not resolved", "not fixed",
            "it is not fixed", "it's not fixed", "still broken", "it is still broken", "it's still broken",
            "still not working", "it still does not work", "it still doesn't work", "still not solved",
            "still not fixed", "does not work", "it does not work", "it doesn't work", "not working",
        }
    ),
    "de": frozenset(
        {
            "nicht gelöst", "nicht geloest", "ist nicht gelöst", "es ist nicht gelöst", "noch nicht gelöst",
            "immer noch nicht gelöst", "nicht behoben", "nicht erledigt", "immer noch kaputt", "noch immer kaputt",
            "geht nicht", "es geht nicht", "geht immer noch nicht", "es geht immer noch nicht", "geht noch nicht",
            "funktioniert nicht", "es funktioniert nicht", "funktioniert immer noch nicht",
            "es funktioniert immer noch nicht",
        }
    ),
    "fr": frozenset(
        {
            "pas résolu", "pas resolu", "non résolu", "non resolu", "ce n'est pas résolu", "toujours pas résolu",
            "toujours pas", "toujours en panne", "ne marche pas", "ça ne marche pas", "ça ne marche toujours pas",
            "cela ne fonctionne pas", "ça ne fonctionne pas", "ça ne fonctionne toujours pas", "pas réglé",
            "toujours pas réglé",
        }
    ),
}  # fmt: skip
"""By language: phrases that say NO in a line that holds nothing else but these, thanks and a name."""
BOOK, CANCEL, CALL, MOVE, NONE = "book", "cancel", "call", "move", "none"
CALLS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "cancel": CANCEL, "cancel please": CANCEL, "please cancel": CANCEL, "cancel it": CANCEL, "cancel call": CANCEL,
        "cancel the call": CANCEL, "cancel my call": CANCEL, "cancel our call": CANCEL, "cancel this call": CANCEL,
        "please cancel the call": CANCEL, "please cancel my call": CANCEL, "please cancel our call": CANCEL,
        "cancel the appointment": CANCEL, "please cancel the appointment": CANCEL, "cancel booking": CANCEL,
        "call": CALL, "call me": CALL, "call me please": CALL, "please call": CALL, "please call me": CALL,
        "call us": CALL, "please call us": CALL, "call back": CALL, "callback": CALL, "call me back": CALL,
        "please call back": CALL, "please call me back": CALL,
        "move": MOVE, "move call": MOVE, "move the call": MOVE, "move my call": MOVE, "please move the call": MOVE,
        "reschedule": MOVE, "reschedule the call": MOVE, "please reschedule": MOVE, "another time please": MOVE,
        "other times": MOVE, "other times please": MOVE, "another time": MOVE, "more times": MOVE, "other slots": MOVE,
        "none": NONE, "none of these": NONE, "none of them": NONE, "neither": NONE, "none please": NONE,
    },
    "de": {
        "stornieren": CANCEL, "bitte stornieren": CANCEL, "absagen": CANCEL, "bitte absagen": CANCEL,
        "termin absagen": CANCEL, "bitte termin absagen": CANCEL, "anruf absagen": CANCEL, "telefonat absagen": CANCEL,
        "bitte den termin absagen": CANCEL, "bitte den anruf absagen": CANCEL, "termin stornieren": CANCEL,
        "ich sage ab": CANCEL, "ich muss absagen": CANCEL, "ich sage den termin ab": CANCEL,
        "anruf": CALL, "rückruf": CALL, "rueckruf": CALL, "bitte anrufen": CALL, "bitte zurückrufen": CALL,
        "bitte um rückruf": CALL, "bitte um anruf": CALL, "bitte rückruf": CALL, "bitte um einen rückruf": CALL,
        "bitte rufen sie mich an": CALL, "rufen sie mich an": CALL, "rufen sie mich bitte an": CALL,
        "verschieben": MOVE, "bitte verschieben": MOVE, "termin verschieben": MOVE, "anruf verschieben": MOVE,
        "bitte termin verschieben": MOVE, "andere termine": MOVE, "anderer termin": MOVE, "andere zeiten": MOVE,
        "andere termine bitte": MOVE, "bitte andere termine": MOVE,
        "keiner": NONE, "keine": NONE, "keiner davon": NONE, "keiner passt": NONE, "nichts davon": NONE,
        "leider keiner": NONE, "passt nicht": NONE, "passt alles nicht": NONE,
    },
    "fr": {
        "annuler": CANCEL, "annulez": CANCEL, "annulation": CANCEL, "à annuler": CANCEL, "annuler svp": CANCEL,
        "annuler l'appel": CANCEL, "annulez l'appel": CANCEL, "annuler le rendez-vous": CANCEL, "j'annule": CANCEL,
        "annuler le rdv": CANCEL, "merci d'annuler": CANCEL, "veuillez annuler": CANCEL,
        "annuler s'il vous plaît": CANCEL,
        "appel": CALL, "rappel": CALL, "appelez-moi": CALL, "rappelez-moi": CALL, "merci de me rappeler": CALL,
        "merci de m'appeler": CALL, "appelez-nous": CALL, "rappelez-nous": CALL, "veuillez me rappeler": CALL,
        "déplacer": MOVE, "deplacer": MOVE, "reporter": MOVE, "déplacer l'appel": MOVE, "reporter l'appel": MOVE,
        "déplacer le rendez-vous": MOVE, "autre créneau": MOVE, "autres créneaux": MOVE, "d'autres créneaux": MOVE,
        "aucun": NONE, "aucune": NONE, "aucun des deux": NONE, "aucun ne convient": NONE,
    },
}  # fmt: skip
"""By language: what a line alone says of a call; BOOK has a number beside it."""
BOOKS: Mapping[str, frozenset[str]] = {
    "en": frozenset({"book", "booking", "take", "choose", "pick", "select"}),
    "de": frozenset({"buchen", "buche", "bucht", "nehme", "nehmen", "wähle", "wählen", "reservieren"}),
    "fr": frozenset({"réserver", "reserver", "réserve", "réservez", "prends", "prenons", "choisis", "choisissons"}),
}
"""By language: with a number, they say that this slot is taken."""
BESIDE: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        {
            "i", "we", "i'll", "we'll", "i'd", "the", "a", "an", "number", "nr", "slot", "option", "time", "please",
            "ok", "okay", "yes", "thanks", "thank", "you", "so", "much", "many", "is", "are", "fine", "good", "great",
            "perfect", "works", "work", "suits", "suit", "best", "for", "me", "us", "would", "like", "to", "will",
            "want", "it", "be", "prefer", "let's", "that", "appointment", "date", "kind", "regards", "cheers",
        }
    ),
    "de": frozenset(
        {
            "ich", "wir", "die", "den", "das", "der", "nummer", "nr", "termin", "option", "zeit", "slot", "bitte",
            "ok", "okay", "ja", "danke", "vielen", "dank", "ist", "passt", "gut", "perfekt", "super", "am", "besten",
            "für", "mich", "mir", "uns", "würde", "würden", "möchte", "möchten", "gerne", "gern", "lieber", "geht",
            "klappt", "es", "viele", "freundliche", "grüße", "mit", "freundlichen", "grüßen",
        }
    ),
    "fr": frozenset(
        {
            "je", "nous", "le", "la", "l'", "les", "numéro", "numero", "n", "créneau", "option", "horaire", "s'il",
            "vous", "plaît", "svp", "ok", "oui", "merci", "beaucoup", "est", "bien", "parfait", "convient", "va",
            "me", "moi", "pour", "voudrais", "voudrions", "souhaite", "préfère", "ce", "sera", "cordialement",
        }
    ),
}  # fmt: skip
"""By language: what may stand beside the number, and says nothing else."""
GREETINGS: Mapping[str, frozenset[str]] = {
    "en": frozenset({"hi", "hello", "hey", "dear", "good"}),
    "de": frozenset({"hallo", "guten", "sehr", "liebe", "lieber", "liebes", "moin", "servus", "grüezi", "hi"}),
    "fr": frozenset({"bonjour", "bonsoir", "salut", "cher", "chère", "chers", "madame", "monsieur"}),
}
"""By language: how a line begins that greets; what is said may stand below it."""
