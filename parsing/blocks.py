"""The blocks that mail clients put between new words and old ones: header blocks, separators, forward marks.

In: the lines of a text as `visible` gives them. Out: which header field a line could be, where a header block
stands, and the patterns of separators and forward marks in the languages. Data and what is read with it; every pattern
is anchored or made of plain alternatives and is only run on one line of bounded length.
"""

from __future__ import annotations

import re

LINE = 600  # characters of one line that are looked at
INVISIBLE = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF])

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
PREVIOUS = re.compile(r"^\s{0,8}(?:previous discussion|previous replies)\b", re.IGNORECASE)

_BLOCK = 14  # lines in which a header block has to show three of its fields


def visible(line: str) -> str:
    """A line as it is looked at: bounded, without invisible characters and trailing space."""
    line = line[:LINE]
    return line.rstrip() if line.isascii() else line.translate(INVISIBLE).replace("\u00a0", " ").rstrip()


def is_header_block(roles: list[str], index: int) -> bool:
    """From and two more header fields in the lines that follow; the first of them stands here."""
    if roles[index] not in {"from", "date"}:
        return False
    found: set[str] = set()
    gaps = 0
    for role in roles[index : index + _BLOCK]:
        if role:
            found.add(role)
            gaps = 0
        else:
            gaps += 1
        if "from" in found and len(found - {"other"}) >= 3:
            return True
        if gaps > 2:
            return False
    return False


def roles_of(seen: list[str]) -> list[str]:
    """For each line the header field that it could be (from, date, to, subject, other), or nothing."""
    return [role(line) if ":" in line or "：" in line else "" for line in seen]


def role(line: str) -> str:
    found = FIELD.match(line)
    return ROLES.get(found.group(1).strip().lower(), "") if found else ""
