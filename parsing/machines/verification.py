"""Whether a mail is a third party's proof of address: somebody registered our address there ("ticket trick", intake 8).

In: who wrote it, subject and text. Out: a sentence that says why, or nothing. The code or link in such a mail lets
whoever reads it take an account over, so it must not reach whoever opened or joined a ticket. Must never mark a person
who writes about a code: the author has to be a machine, and the words have to be those that machines write. Looks at
the beginning of subject and text only.
"""

from __future__ import annotations

import re

from parsing.machines import absence, robots
from parsing.machines.evidence import Evidence
from parsing.machines.robots import NO_REPLY, names
from parsing.machines.vocabulary import Vocabulary

# The last word in front of the @: of machines, and of people and machines alike.
_MACHINES = frozenset(
    names("""
    auth authentication confirm confirmation login mailer notification notifications notify register registration signin
    signup sso verification verify otp 2fa daemon request robot bot registrierung
""")
)
_EITHER = frozenset(
    names("""
    account accounts identity id member members membership password passwords secure security welcome feedback team
    system konto sicherheit compte securite cuenta seguridad sicurezza conta seguranca
""")
)
# What the subject or the beginning of the text says, a block a language: a code, a password for once, a new password.
_CODES = r"""
    verification (?:code|pin)  confirmation (?:code|pin)  security (?:code|pin)  authentication (?:code|pin)
    authori[sz]ation (?:code|pin)  activation (?:code|pin)  validation (?:code|pin)  access (?:code|pin)
    (?:sign[- ]?|log[- ]?)(?:in|up) code\b  pairing code  one[- ]time (?:password|pass ?code|code|pin|link)  magic link
    (?:your|a new|the) passcode  (?:your|a new|the) otp\b  verify (?:that )?(?:you own|it[’']?s you|it is you)
    e-?mail (?:address )?verification  e-?mail (?:address )?confirmation  account (?:activation|verification)
    confirm account creation  activate your (?:\w{1,20} )?account  reset your (?:\w{1,20} )?password
    password reset (?:request|link|code|instructions)  is your (?:\w{1,20} ){0,3}code\b
    your (?:\w{1,20} ){0,3}code (?:is|:)

    bestätigungs-?code  verifizierungs-?code  verifikations-?code  sicherheits-?code  aktivierungs-?code
    anmelde-?code  einmal-?code  freischalt-?code  zugangs-?code  einmal-?(?:passwort|kennwort|pin)
    (?:adresse|e-?mail|registrierung|anmeldung) (?:jetzt )?(?:zu )?bestätigen\b
    (?:adresse|e-?mail|registrierung|anmeldung) (?:jetzt )?(?:zu )?verifizieren\b
    konto (?:jetzt )?aktivieren  passwort zurück(?:zu)?setzen  kennwort zurück(?:zu)?setzen

    code de (?:vérification|confirmation|sécurité|validation|connexion)  code d[’'] ?(?:activation|authentification)
    mot de passe (?:à usage )?unique  code à usage unique  activez votre compte
    réinitialis(?:er|ez|ation de) (?:votre )?mot de passe

    código de (?:verificación|confirmación|seguridad|activación|acceso|validación|un solo uso)
    contraseña de un solo uso  restable(?:cer|ce|zca) (?:tu|su|la) contraseña  activa (?:tu|su) cuenta

    codice di (?:verifica|conferma|sicurezza|attivazione|accesso|autenticazione)  password monouso  codice monouso
    reimposta(?:re|zione della)? (?:la )?(?:tua )?password  ripristina (?:la )?(?:tua )?password  attiva il tuo account

    verificatie-?code  bevestigings-?code  beveiligings-?code  activerings-?code  inlog-?code  toegangs-?code
    eenmalige? (?:wachtwoord|code|toegangscode|inlogcode)  activeer (?:je|uw) account
    wachtwoord (?:opnieuw instellen|resetten|herstellen)

    código de (?:verificação|confirmação|segurança|ativação|acesso|uso único|autenticação)  ative (?:a )?sua conta
    senha (?:de uso único|descartável|temporária)  redefin(?:ir|a|ição de) (?:sua |a sua )?(?:senha|palavra-passe)
"""
# "Confirm your address", a language a row: the verbs, and what they are said of.
_CONFIRMATIONS = (
    (
        "verify confirm validate",
        r"(?:your|this|the) (?:new )?(?:e-?mail|address|account|identity|registration|sign-?up)",
    ),
    (
        "bestätigen verifizieren",
        r"sie (?:bitte )?(?:ihre?n?|diese) (?:neue )?(?:e-?mail|adresse|konto|anmeldung|registr)",
    ),
    ("bestätige verifiziere", r"(?:bitte )?deine? (?:neue )?(?:e-?mail|adresse|konto|registrierung)"),
    ("confirmez confirmer vérifiez validez", r"votre (?:nouvelle )?(?:adresse|e-?mail|compte|inscription|identité)"),
    ("confirma confirme verifica verifique valida valide", r"(?:tu|su) (?:nueva )?(?:correo|e-?mail|dirección|cuenta)"),
    ("conferma confermi verifica verifichi", r"(?:(?:il|la) (?:tu|su)[oa]|l[’']) ?(?:nuov[oa] )?(?:indirizzo|e-?mail)"),
    ("conferma confermi verifica verifichi", r"(?:(?:il|la) (?:tu|su)[oa]|l[’']) ?(?:account|registrazione|identità)"),
    ("bevestig verifieer controleer", r"(?:je|uw|jouw) (?:nieuwe )?(?:e-?mail|adres|account|registratie|identiteit)"),
    ("confirme confirma verifique verifica valide", r"(?:[oa] )?(?:seu|sua|teu|tua) (?:nov[oa] )?(?:endereço|e-?mail)"),
    (
        "confirme confirma verifique verifica valide",
        r"(?:[oa] )?(?:seu|sua|teu|tua) (?:conta|cadastro|registo|registro)",
    ),
)
# Each alternative begins with its verb, so that it is only tried where the verb stands.
_SAYS = Vocabulary("  ".join([_CODES, *(f"{verb} {what}" for verbs, what in _CONFIRMATIONS for verb in names(verbs))]))
_CODE = re.compile(r"(?<![\w.,/-])(?:\d{4,8}|\d{3}[- ]\d{3,4}|[a-z]?-?\d{6}|[A-Z0-9]{3,4}-[A-Z0-9]{3,4})(?![\w,/-])")
_LINK = re.compile(r"https?://", re.IGNORECASE)
_NEAR = 4_000
_ROLE = 40  # characters in front of the @ that are looked at
_LAST = re.compile(r"[._+-]")


def verification(evidence: Evidence, by_machine: bool) -> str:
    """Why this is a third party's proof of address; empty when it is none. `by_machine` is what else is known of its
    author: that nobody wrote it by hand."""
    if evidence.is_threaded:
        return ""
    unattended = by_machine or NO_REPLY.search(evidence.sender) is not None or evidence.is_daemons
    role = _LAST.split(evidence.sender.partition("@")[0][-_ROLE:])[-1]
    machine = unattended or role in _MACHINES
    if not (machine or role in _EITHER):
        return ""
    titled = _SAYS.search(evidence.title)
    # Only of a machine that nobody answers for is the text enough; an address that people write from too has to bring
    # the code in the subject.
    if not (titled or (unattended and _SAYS.search(evidence.near))) or _asks(evidence.title):
        return ""
    coded = _CODE.search(evidence.subject) is not None
    if not coded and not (machine and any(what.search(evidence.text, 0, _NEAR) for what in (_LINK, _CODE))):
        return ""  # nothing in it that could be clicked or typed
    where = "subject" if titled else "text"
    who = "a machine" if unattended else "an address of accounts and logins"
    return f"the {where} asks to prove an address or an account, written by {who}"


def _asks(title: str) -> bool:
    """Whether the subject is that of somebody whose verification does not work; no machine's is."""
    return title.rstrip().endswith(("?", "？")) or any(
        cue.search(title) for cue in (robots.COMPLAINS, robots.BROKEN, absence.TROUBLE)
    )
