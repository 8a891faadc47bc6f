"""The words by which mail clients introduce what is not new: attributions, header blocks, separators, device lines.

Data and the patterns made of it. Every pattern is anchored or made of plain alternatives and is only run on one line of
bounded length, so none can backtrack over a mail.
"""

from __future__ import annotations

import re

# Verbs of an attribution ("On … X wrote:"), in the order of length so that no alternative hides another.
_VERBS = (
    "wrote", "writes", "has written", "schrieb", "schrieben", "geschrieben", "hat geschrieben", "a écrit", "a ecrit",
    "écrivait", "ecrit", "escribió", "escribio", "escribieron", "ha escrit", "va escriure", "escreveu", "ha scritto",
    "scritto", "scrisse", "schreef", "geschreven", "skrev", "skreiv", "kirjoitti", "napisał", "napisał(a)", "napisała",
    "napisana przez", "pisze", "napsal", "napsala", "napsal(a)", "napísal", "napisao", "napisala", "je napisao", "írta",
    "ezt írta", "a scris", "yazdı", "şunu yazdı", "έγραψε", "написал", "написал(а)", "пишет", "писал", "написа", "пише",
    "כתב", "כתבה", "كتب", "كتبت", "写道", "寫道", "님이 작성", "님이 쓴 글", "のメール", "さんは書きました",
    "viết", "menulis",
    "rakstīja", "rašė", "kirjutas", "kirjutas:", "đã viết", "a répondu", "sent the following", "replied",
)  # fmt: skip
VERB = re.compile(
    r"(?:^|[\s:,;>)\]\"'\u200f*_/-])(?:"
    + "|".join(sorted(map(re.escape, _VERBS), key=len, reverse=True))
    + r")(?=$|[\s:：*_<\"'-])",
    re.IGNORECASE,
)
CJK_VERB = re.compile(r"(?:写道|寫道|のメール|さんは書きました|님이 작성|님이 쓴 글|كتب)\s{0,3}[:：]?$")

START = re.compile(
    r"^[\s>*_\"'\u200f\u202a\u202b-]{0,12}(?:on|am|le|el|il|op|em|den|de|w dniu|dnia|wiadomość|dne|dňa|på|im|la|"
    r"kl|tir|man|ons|tor|fre|lør|søn|vào|pada|в|от|on:|mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|at|"
    r"ter|seg|qua|qui|sex|dom|lun|mar|mer|mié|jeu|jue|gio|ven|vie|sam|sáb|sab|στις|dana|в|date|le|في|בתאריך|ב)\b",
    re.IGNORECASE,
)
DATE_START = re.compile(
    r"^[\s>*_\"'\u200f\u202a\u202b-]{0,12}(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{4}年|\d{1,2}\.? \w{3,12}\.? \d{4})"
)
DATE_ADDRESS = re.compile(
    r"^[\s>*_-]{0,8}\d{4}[./-]\d{1,2}[./-]\d{1,2}\b.{0,200}<[^<>\s]{3,100}@[^<>\s]{2,100}>\s{0,3}:?\s{0,3}$"
)
YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
MARKED = re.compile(r"\d|@|\byou\b|\bdu\b|\bvous\b", re.IGNORECASE)

ABOVE = re.compile(
    r"(?:(?:write|reply|type|answer|respond|please)\b.{0,60}\babove\b.{0,30}\b(?:line|here)\b|"
    r"\bantwort.{0,40}\büber(?:halb)?\b.{0,30}\b"
    r"(?:zeile|linie)\b|\brépon.{0,40}\bau-dessus\b.{0,30}\bligne\b|\boberhalb dieser\b.{0,20}\b(?:zeile|linie)\b)",
    re.IGNORECASE,
)

_DEVICE = (r"i ?phone|i ?pad|i ?pod|samsung|galaxy|android|blackberry|outlook|mail|yahoo|mobil|handy|"
           r"smartphone|windows|huawei|xiaomi|nokia|htc|sony|xperia|typeapp|proton|gmx|web\.de|telefon|phone|tablet|hotmail|"
           r"gmail|nine|spark|aquamail|k-9|bluemail|mailbox|device|tel[eé]fono|téléphone|moto|pixel")  # fmt: skip
DEVICE = re.compile(
    r"^[\s\u200f\u202a\u202b*_>]{0,8}(?:sent (?:from|via|by|using|with)|get outlook for|"
    r"envoyé (?:depuis|de|via|à partir)|envoyé avec|obtenir outlook|télécharger outlook|"
    r"gesendet (?:von|mit|aus|via)|von mein(?:em)?|diese nachricht wurde von|holen sie sich outlook|outlook für|"
    r"enviado (?:desde|do|de|a partir)|obtener outlook|inviato (?:da|dal)|"
    r"verzonden (?:vanaf|met|vanuit|via)|skickat från|sendt fra|wysłane? z|lähetetty|отправлено (?:с|из)|odesláno|"
    r"أُرسلت من|telefonumdan|iphone'umdan|从我的|发自我的|發自我的|iphoneから送信|나의)(?:\b|\s|$).{0,60}$",
    re.IGNORECASE,
)
DEVICE_WORD = re.compile(_DEVICE, re.IGNORECASE)
SIGNATURE = re.compile(r"^[ \t\u00a0]{0,8}(?:--|—|––)[ \t\u00a0]{0,3}$")
