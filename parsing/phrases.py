"""The words by which mail clients introduce what is not new: attributions, header blocks, separators, device lines.

Data and the patterns made of it. Every pattern is anchored or made of plain alternatives and is only run on one line of
bounded length, so none can backtrack over a mail.
"""

from __future__ import annotations

import re

LINE = 600  # characters of one line that are looked at

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

_FROM = ("from", "von", "de", "da", "van", "från", "fra", "od", "lähettäjä", "от", "от кого", "发件人",
 "寄件者", "寄件人",
         "差出人", "보낸 사람", "보낸사람", "kimden", "gönderen", "feladó", "de la", "από", "מאת", "من", "expéditeur",
         "nadawca", "odesílatel", "remitente", "mittente", "remetente", "afzender", "avsender", "absender", "від",
         "saatja", "de:", "dari", "từ", "odosielateľ", "pošiljatelj")  # fmt: skip
_SENT = ("sent", "date", "gesendet", "datum", "envoyé", "envoye", "date d'envoi", "enviado", "enviado el", "enviada em",
         "enviado em", "enviada", "inviato", "data", "verzonden", "skickat", "sendt", "dato", "wysłano", "lähetetty",
         "päivämäärä", "дата", "отправлено", "发送时间", "發送時間", "日期", "傳送日期", "送信日時", "日時",
         "보낸 날짜",
         "날짜", "tarih", "gönderilme tarihi", "gönderme tarihi", "elküldve", "dátum", "trimis", "odesláno",
         "ημερομηνία",
         "στάλθηκε", "fecha", "gesendet am", "תאריך", "نشلح", "التاريخ", "надіслано", "odoslané", "sent at",
         "poslano")  # fmt: skip
_TO = ("to", "an", "à", "a", "para", "aan", "till", "til", "do", "vastaanottaja", "кому", "收件人", "收件者",
 "宛先", "받는 사람",
       "받는사람", "kime", "alıcı", "címzett", "către", "komu", "προς", "destinataire", "pour", "לאת", "אל",
       "إلى", "adresat",
       "per", "kepada", "za")  # fmt: skip
_SUBJECT = ("subject", "betreff", "objet", "asunto", "assunto", "oggetto", "onderwerp", "ämne", "emne", "temat", "aihe",
            "тема", "主题", "主旨", "件名", "제목", "konu", "tárgy", "subiect", "předmět", "predmet", "θέμα",
            "נושא", "الموضوع",
            "sujet", "re", "perihal")  # fmt: skip
_OTHER = ("cc", "copie à", "kopie", "kopia", "kopi", "cci", "bcc", "reply-to", "antwort an", "importance",
 "wichtigkeit",
          "priority", "organization", "attachments", "anlagen", "抄送", "副本", "копия", "co", "dw")  # fmt: skip
ROLES: dict[str, str] = {
    **dict.fromkeys(_OTHER, "other"),
    **dict.fromkeys(_SUBJECT, "subject"),
    **dict.fromkeys(_TO, "to"),
    **dict.fromkeys(_SENT, "date"),
    **dict.fromkeys(_FROM, "from"),
}
FIELD = re.compile(r"^[\s>*_|\u200f]{0,12}([^\W\d_][^:：\n*<>@]{0,24}?)\s{0,2}\*{0,2}\s{0,2}[:：]\*{0,2}(.*)$")

_ORIGINAL = (
    "original message", "original-nachricht", "originalnachricht", "ursprüngliche nachricht",
    "urspruengliche nachricht",
    "ursprüngliche mitteilung", "original appointment", "reply message", "message d'origine", "message original",
    "message d’origine", "message initial", "mensaje original", "mensagem original", "messaggio originale",
    "oorspronkelijk bericht", "ursprungligt meddelande", "originalmeddelande", "opprinnelig melding",
    "oprindelig meddelelse", "original besked", "alkuperäinen viesti", "wiadomość oryginalna", "oryginalna wiadomość",
    "původní zpráva", "исходное сообщение", "пересылаемое сообщение", "orijinal mesaj", "eredeti üzenet",
    "mesajul original", "原始邮件", "邮件原件", "原始郵件", "元のメッセージ", "원본 메시지",
    "original email", "original mail",
    "previous message", "αρχικό μήνυμα", "missatge original",
)  # fmt: skip
_FORWARD = (
    "forwarded message", "begin forwarded message",
    "weitergeleitete nachricht", "anfang der weitergeleiteten nachricht",
    "message transféré", "message transmis", "début du message réexpédié", "début du message transféré",
    "mensaje reenviado", "inicio del mensaje reenviado", "mensagem encaminhada", "início da mensagem reencaminhada",
    "início da mensagem encaminhada", "messaggio inoltrato", "inizio messaggio inoltrato", "doorgestuurd bericht",
    "begin doorgestuurd bericht", "vidarebefordrat meddelande", "vidarebefordrat mejl", "vidarebefordrat brev",
    "videresendt besked", "videresendt meddelelse", "videresendt melding", "välitetty viesti",
    "wiadomość przekazana dalej",
    "przekazana wiadomość", "přeposlaná zpráva", "preposlaná správa", "пересланное сообщение",
    "перенаправленное сообщение",
    "начало переадресованного сообщения", "iletilen mesaj", "iletilmiş mesaj", "továbbított üzenet",
    "mesaj redirecționat",
    "mesaj redirecţionat", "转发邮件", "转发的邮件", "轉寄郵件", "转发邮件信息", "轉寄信件",
    "転送メッセージ", "전달된 메시지",
    "startvideresendtbesked", "missatge reenviat", "προωθημένο μήνυμα", "proslijeđena poruka", "edasi saadetud sõnum",
    "переслане повідомлення", "forwarded by", "påbegynt videresendt melding", "alkaa välitetty viesti",
    "początek przekazywanej wiadomości",
)  # fmt: skip


def _separator(words: tuple[str, ...]) -> re.Pattern[str]:
    alternatives = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    return re.compile(
        rf"^[\s>*|]{{0,12}}(?:[-_=–—*+]{{2,40}}[\s*]{{0,4}})(?:{alternatives})\b[^\n]{{0,80}}$", re.IGNORECASE
    )


ORIGINAL = _separator(_ORIGINAL)
FORWARD = _separator(_FORWARD)
BARE_FORWARD = re.compile(
    r"^[\s>*]{0,12}(?:"
    + "|".join(sorted((re.escape(w) for w in _FORWARD if " " in w), key=len, reverse=True))
    + r")\s?[:：]\s{0,3}\*?$",
    re.IGNORECASE,
)
RULE = re.compile(r"^[\s>]{0,8}(?:[-_=*]{5,200}|[-_=*](?:\s[-_=*]){4,60})\s{0,5}$")
ABOVE = re.compile(
    r"(?:(?:write|reply|type|answer|respond|please)\b.{0,60}\babove\b.{0,30}\b(?:line|here)\b|"
    r"\bantwort.{0,40}\büber(?:halb)?\b.{0,30}\b"
    r"(?:zeile|linie)\b|\brépon.{0,40}\bau-dessus\b.{0,30}\bligne\b|\boberhalb dieser\b.{0,20}\b(?:zeile|linie)\b)",
    re.IGNORECASE,
)
PREVIOUS = re.compile(r"^\s{0,8}(?:previous discussion|previous replies)\b", re.IGNORECASE)

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
INVISIBLE = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF])
