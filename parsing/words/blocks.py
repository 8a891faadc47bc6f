"""The blocks that mail clients put between new words and old ones: header blocks, separators, forward marks.

In: the lines of a text as `visible` gives them. Out: which header field a line could be, where a header block
stands, and the patterns of separators and forward marks in the languages. Data and what is read with it; every pattern
is anchored or made of plain alternatives and is only run on one line of bounded length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LINE = 600  # characters of one line that are looked at
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")

_FROM = (
    "from", "von", "de", "da", "van", "från", "fra", "frá", "od", "lähettäjä", "keneltä", "от", "от кого",
    "отправитель", "发件人", "發件人", "寄件者", "寄件人", "发送人", "差出人", "送信者", "送信元", "보낸 사람",
    "보낸사람", "보낸이", "발신자", "kimden", "gönderen", "feladó", "küldő", "de la", "expeditor", "από",
    "αποστολέας", "מאת", "من", "المرسل", "از", "فرستنده", "expéditeur", "nadawca", "odesílatel", "odesilatel",
    "remitente", "remitent", "mittente", "remetente", "afzender", "avsender", "afsender", "avsändare", "sendandi",
    "absender", "від", "від кого", "відправник", "saatja", "kellelt", "sūtītājs", "nuo", "siuntėjas", "од",
    "пошиљалац", "изпращач", "подател", "dari", "daripada", "pengirim", "từ", "người gửi", "จาก", "प्रेषक",
    "odosielateľ", "pošiljatelj", "šalje", "nork", "bidaltzailea", "oddi wrth", "nga",
)  # fmt: skip
_SENT = (
    "sent", "date", "gesendet", "gesendet am", "datum", "sendezeit", "envoyé", "envoye", "envoyé le", "date d'envoi",
    "date d’envoi", "enviado", "enviado el", "enviada em", "enviado em", "enviada", "enviada a", "enviat", "inviato",
    "data", "data de envio", "verzonden", "verstuurd", "skickat", "skickades", "sendt", "dato", "dags",
    "dagsetning", "wysłano", "wysłane", "data wysłania", "lähetetty", "lähetysaika", "päivämäärä", "päiväys",
    "дата", "отправлено", "дата отправки", "发送时间", "发送日期", "时间", "發送時間", "發送日期", "日期", "傳送日期",
    "傳送時間", "寄件日期", "送信日時", "日時", "日付", "送信日", "보낸 날짜", "보낸날짜", "보낸 시간", "날짜", "일시",
    "tarih", "gönderilme tarihi", "gönderme tarihi", "gönderilme", "gönderildi", "elküldve", "küldve", "dátum",
    "trimis", "trimis la", "dată", "odesláno", "odoslané", "ημερομηνία", "εστάλη", "στάλθηκε", "fecha",
    "fecha de envío", "תאריך", "נשלח", "תאריך שליחה", "التاريخ", "تاريخ الإرسال", "تم الإرسال", "أُرسلت", "تاریخ",
    "надіслано", "відправлено", "saadetud", "kuupäev", "nosūtīts", "datums", "išsiųsta", "изпратено", "послато",
    "датум", "sent at", "sent on", "poslano", "poslane", "dikirim", "tanggal", "dihantar", "tarikh", "đã gửi", "ngày",
    "gửi lúc", "ส่ง", "ส่งเมื่อ", "วันที่", "दिनांक", "भेजा गया", "bidalia", "dyddiad",
)  # fmt: skip
_DAY = frozenset((
    "date", "datum", "data", "dato", "dags", "dagsetning", "päivämäärä", "päiväys", "дата", "датум", "时间", "日期",
    "日時", "日付", "날짜", "일시", "tarih", "dátum", "dată", "ημερομηνία", "fecha", "תאריך", "التاريخ", "تاریخ",
    "kuupäev", "datums", "tanggal", "tarikh", "ngày", "วันที่", "दिनांक", "dyddiad",
))  # fmt: skip
"""Of these, what everybody writes above a date; the others are words of mail clients."""
_TO = (
    "to", "an", "à", "a", "para", "aan", "till", "til", "do", "vastaanottaja", "saaja", "кому", "получатель", "收件人",
    "收件者", "宛先", "送信先", "받는 사람", "받는사람", "받는이", "수신자", "수신", "kime", "alıcı", "címzett",
    "către", "komu", "προς", "destinataire", "destinataires", "pour", "destinatario", "destinatario/s", "destinatário",
    "destinatari", "ontvanger", "empfänger", "mottagare", "modtager", "mottaker", "אל", "נמען", "إلى", "المستلم",
    "به", "گیرنده", "adresat", "per", "kepada", "za", "prima", "kellele", "kam", "gavėjas", "до", "за", "одержувач",
    "viðtakandi", "đến", "tới", "người nhận", "ถึง", "प्रति", "nori",
)  # fmt: skip
_SUBJECT = (
    "subject", "betreff", "objet", "asunto", "assunto", "assumpte", "oggetto", "onderwerp", "ämne", "emne", "efni",
    "temat", "aihe", "тема", "относно", "предмет", "наслов", "主题", "主題", "主旨", "标题", "標題", "件名", "題名",
    "제목", "konu", "tárgy", "subiect", "předmět", "predmet", "naslov", "zadeva", "θέμα", "נושא", "الموضوع", "موضوع",
    "sujet", "re", "perihal", "subjek", "judul", "teema", "pealkiri", "temats", "tēma", "tema", "gaia", "chủ đề",
    "tiêu đề", "เรื่อง", "หัวเรื่อง", "विषय", "pwnc", "rubrik",
)  # fmt: skip
_OTHER = (
    "cc", "copie", "copie à", "copie cachée", "copia", "con copia", "cópia", "còpia", "kopie", "kopia", "kopi",
    "kopio", "kópia", "kopija", "koopia", "koopiad", "afrit", "cci", "bcc", "cco", "ccn", "blindkopie", "reply-to",
    "antwort an", "antwort-an", "répondre à", "responder a", "responder para", "rispondi a", "beantwoorden",
    "svar til", "svara till", "odpowiedź do", "odpovědět komu", "ответить", "importance", "wichtigkeit", "priorität",
    "importancia", "importância", "importanza", "urgentie", "prioritet", "priority", "priorité", "organization",
    "organisation", "attachments", "attachment", "anlagen", "anhänge", "pièces jointes", "adjuntos", "datos adjuntos",
    "anexos", "allegati", "bijlagen", "bilagor", "vedhæftede filer", "vedlegg", "liitteet", "załączniki", "přílohy",
    "вложения", "抄送", "副本", "密送", "附件", "添付ファイル", "참조", "숨은 참조", "첨부", "копия", "копія",
    "копие", "co", "dw", "udw", "másolat", "bilgi", "gizli", "κοιν", "κοιν.", "κοινοποίηση", "עותק", "نسخة", "رونوشت",
    "sensitivity", "vertraulichkeit", "reply to", "sender", "via", "tembusan", "salinan", "bản sao", "สำเนา",
    "प्रतिलिपि", "în copie", "в копии",
)  # fmt: skip
ROLES: dict[str, str] = {
    **dict.fromkeys(_OTHER, "other"),
    **dict.fromkeys(_SUBJECT, "subject"),
    **dict.fromkeys(_TO, "to"),
    **dict.fromkeys(_SENT, "date"),
    **dict.fromkeys(_FROM, "from"),
}
FIELD = re.compile(r"^[\s>*_|\u200f]{0,12}([^\W\d_][^:：\n*<>@]{0,24}?)\s{0,2}\*{0,2}\s{0,2}[:：]\*{0,2}(.*)$")

_NAMED = 44  # characters in which the name of a field ends
_ORIGINAL = (
    "original message", "original-nachricht", "originalnachricht", "ursprüngliche nachricht", "original email",
    "urspruengliche nachricht", "ursprüngliche mitteilung", "ursprüngliche e-mail", "original appointment",
    "original mail", "reply message", "message d'origine", "message d’origine", "message original", "message initial",
    "mensaje original", "mensaje de origen", "mensagem original", "messaggio originale", "oorspronkelijk bericht",
    "origineel bericht", "ursprungligt meddelande", "originalmeddelande", "ursprungligt mejl", "opprinnelig melding",
    "oprindelig meddelelse", "oprindelig besked", "original besked", "originalbesked", "alkuperäinen viesti",
    "upprunaleg skilaboð", "wiadomość oryginalna", "oryginalna wiadomość", "původní zpráva", "pôvodná správa",
    "izvorna poruka", "izvirno sporočilo", "originalna poruka", "algsõnum", "algne kiri", "sākotnējais ziņojums",
    "originalus laiškas", "pradinis laiškas", "исходное сообщение", "оригинальное сообщение", "вихідне повідомлення",
    "оригінальне повідомлення", "оригинално съобщение", "orijinal mesaj", "özgün ileti", "orijinal ileti",
    "eredeti üzenet", "mesajul original", "mesaj original", "原始邮件", "邮件原件", "原始郵件", "元のメッセージ",
    "オリジナルメッセージ", "원본 메시지", "원본 메일", "원본 메세지", "previous message", "αρχικό μήνυμα",
    "הודעה מקורית", "הודעה ראשונית", "الرسالة الأصلية", "رسالة أصلية", "پیام اصلی", "missatge original",
    "jatorrizko mezua", "pesan asli", "mesej asal", "thư gốc", "tin nhắn gốc", "ข้อความต้นฉบับ", "ข้อความเดิม",
    "मूल संदेश",
)  # fmt: skip
_FORWARD = (
    "forwarded message", "forwarded email", "forwarded mail", "start of forwarded message", "begin forwarded message",
    "weitergeleitete nachricht", "weitergeleitete e-mail", "weitergeleitete mail",
    "anfang der weitergeleiteten nachricht", "beginn der weitergeleiteten nachricht",
    "message transféré", "message transmis", "message réexpédié", "courriel transféré", "début du message réexpédié",
    "début du message transféré", "mensaje reenviado", "inicio del mensaje reenviado", "correo reenviado",
    "mensagem encaminhada", "mensagem reencaminhada", "início da mensagem reencaminhada",
    "início da mensagem encaminhada", "messaggio inoltrato", "inizio messaggio inoltrato", "email inoltrata",
    "inizio del messaggio inoltrato", "doorgestuurd bericht", "begin doorgestuurd bericht", "doorgestuurde e-mail",
    "vidarebefordrat meddelande", "vidarebefordrat mejl", "vidarebefordrat brev", "vidarebefordrat e-postmeddelande",
    "videresendt besked", "videresendt meddelelse", "videresendt melding", "videresendt e-post", "videresendt mail",
    "start på videresendt besked", "start på videresendt meddelelse", "startvideresendtbesked",
    "påbegynt videresendt melding", "áframsent skeyti", "framsent skeyti",
    "välitetty viesti", "välitetty viesti alkaa", "alkaa välitetty viesti", "edelleenlähetetty viesti",
    "lähetetty viesti", "wiadomość przekazana dalej", "przekazana wiadomość", "treść przekazanej wiadomości",
    "wiadomość przekazana", "przesłana wiadomość", "początek przekazywanej wiadomości", "przeposlaná zpráva",
    "přeposlaná zpráva", "předaná zpráva", "začátek přeposílané zprávy", "preposlaná správa",
    "začiatok preposlanej správy", "пересланное сообщение", "пересылаемое сообщение", "перенаправленное сообщение",
    "переадресованное сообщение", "пересылаемое письмо", "пересланное письмо", "начало переадресованного сообщения",
    "начало пересылаемого сообщения", "переслане повідомлення", "перенаправлене повідомлення", "переслане письмо",
    "початок листа, що пересилається", "початок переадресованого повідомлення", "препратено съобщение",
    "препратено писмо", "прослеђена порука", "прослијеђена порука", "препратена порака",
    "proslijeđena poruka", "prosleđena poruka", "započni proslijeđenu poruku", "posredovano sporočilo",
    "začetek posredovanega sporočila", "edasi saadetud sõnum", "edastatud sõnum", "edasisaadetud sõnum",
    "edastatud kiri", "pārsūtītais ziņojums", "pārsūtīta ziņa", "pārsūtītā ziņa", "pārsūtīts ziņojums",
    "persiųstas laiškas", "persiųstas pranešimas", "peradresuotas laiškas", "iletilen mesaj", "iletilmiş mesaj",
    "iletilmiş ileti", "iletilen ileti", "yönlendirilen mesaj", "yönlendirilmiş mesaj", "ileti başlangıcı",
    "iletilen mesajın başlangıcı", "továbbított üzenet", "továbbított levél", "továbbított levél kezdete",
    "mesaj redirecționat", "mesaj redirecţionat", "mesaj înaintat", "mesajul redirecționat",
    "începe mesajul redirecționat", "προωθημένο μήνυμα", "αρχή προωθημένου μηνύματος", "προωθούμενο μήνυμα",
    "missatge reenviat", "inici del missatge reenviat", "mensaxe reenviada", "birbidalitako mezua", "mezu birbidalia",
    "הודעה שהועברה", "הודעה מועברת", "תחילת ההודעה שהועברה", "رسالة معاد توجيهها", "رسالة مُعاد توجيهها",
    "الرسالة المعاد توجيهها", "رسالة محولة", "الرسالة المحولة", "بداية الرسالة المعاد توجيهها", "پیام هدایت‌شده",
    "پیام ارسال‌شده", "转发邮件", "转发的邮件", "转发邮件信息", "转发的消息", "转发信息", "以下是转发的邮件",
    "开始转发邮件", "轉寄郵件", "轉寄信件", "轉寄訊息", "轉寄的郵件", "以下是轉寄的郵件", "開始轉寄郵件",
    "轉寄的信件", "转发的郵件", "転送メッセージ", "転送されたメッセージ", "転送メール", "転送されたメール",
    "전달된 메시지", "전달된 메일", "전달된 메세지", "전달 메시지", "pesan terusan", "pesan yang diteruskan",
    "pesan diteruskan", "mulai pesan terusan", "mesej dimajukan", "thư được chuyển tiếp", "thư đã chuyển tiếp",
    "thư chuyển tiếp", "tin nhắn đã chuyển tiếp", "bắt đầu thư được chuyển tiếp", "ข้อความที่ส่งต่อ", "ข้อความส่งต่อ",
    "จดหมายที่ส่งต่อ", "अग्रेषित संदेश", "neges a anfonwyd ymlaen", "mesazh i përcjellë",
    # Notes names who forwarded.
    "forwarded by", "weitergeleitet von", "réexpédié par", "transféré par", "reenviado por", "encaminhado por",
    "inoltrato da", "doorgestuurd door", "vidarebefordrat av", "videresendt af", "videresendt av", "przesłane przez",
    "przekazane przez", "välittänyt", "přeposlal", "továbbította",
)  # fmt: skip
_END = (
    "end forwarded message", "end of forwarded message", "ende der weitergeleiteten nachricht",
    "ende weitergeleitete nachricht", "fin du message transféré", "fin du message réexpédié",
    "fin del mensaje reenviado", "fim da mensagem encaminhada", "fim da mensagem reencaminhada",
    "fine messaggio inoltrato", "fine del messaggio inoltrato", "einde doorgestuurd bericht",
    "slut på vidarebefordrat meddelande", "slut på videresendt besked", "slutt på videresendt melding",
    "koniec przekazanej wiadomości", "koniec przekazywanej wiadomości", "konec přeposlané zprávy",
    "конец пересылаемого сообщения", "конец пересланного сообщения", "конец переадресованного сообщения",
    "завершение пересылаемого сообщения", "кінець пересланого повідомлення", "továbbított üzenet vége",
    "iletilen mesajın sonu", "end of original message text",
)  # fmt: skip
_BARE = (
    "this is a forwarded message", "dies ist eine weitergeleitete nachricht", "dies ist eine weitergeleitete e-mail",
    "это пересылаемое сообщение", "это пересланное сообщение", "ceci est un message transféré",
)  # fmt: skip


def _either(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def _separator(words: tuple[str, ...], tail: str = r"[^\n]{0,80}$") -> re.Pattern[str]:
    """Words behind a rule; what follows is no letter (marks of Thai and Hindi vowels are none to Python)."""
    return re.compile(
        rf"^[\s>*|]{{0,12}}[-_=–—*+]{{2,40}}+[\s*]{{0,4}}+(?:{_either(words)})(?!\w){tail}", re.IGNORECASE
    )


_ORIGINAL_MARK = _separator(_ORIGINAL)
_FORWARD_MARK = _separator(_FORWARD)
_FORWARD_LINE = _separator(_FORWARD, r"[\s*]{0,4}[-_=–—*+]{2,40}[\s*]{0,6}(?=\w)")
"""A mark with the whole header block on the same line: Yahoo's plain text."""
GLUED_SUBJECT = re.compile(rf"(?:{_either(word.capitalize() for word in _SUBJECT if word != 're')})\s?[:：]")
GLUED_DATE = re.compile(rf"(?:{_either(word.capitalize() for word in _SENT)})\s?[:：]")
END = re.compile(
    rf"^[\s>*|]{{0,12}}[-_=–—*+]{{2,40}}+(?:8<={{2,40}}+)?[\s*]{{0,4}}+(?:{_either(_END)})(?!\w)[^\n]{{0,80}}$",
    re.IGNORECASE,
)
ANY_MARK = re.compile(
    r"^[\s>*|]{0,12}[-_=–—*+]{2,40}+\s{0,3}+[^-_=–—*+\d@\n][^-_=–—*+@\n]{2,60}+[-_=–—*+]{2,40}\s{0,4}$"
)
"""Words between rules, in whatever language."""
_BARE_MARK = re.compile(rf"^[\s>*]{{0,12}}(?:{_either(_FORWARD)})\s?[:：]\s{{0,3}}\*?$", re.IGNORECASE)
TOLD_FORWARD = re.compile(rf"^[\s>*]{{0,12}}(?:{_either(_BARE)})[.:]?$", re.IGNORECASE)
RULE = re.compile(r"^[\s>]{0,8}(?:[-_=*]{5,200}|[-_=*](?:\s[-_=*]){4,60})\s{0,5}$")
PREVIOUS = re.compile(r"^\s{0,8}(?:previous discussion|previous replies)\b", re.IGNORECASE)

_HEAD = 7
_BEFORE = " \t\u3000>*|-_=–—+"


def _heads(words: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The beginnings of the words, and those that are shorter: a look at them is cheaper than the pattern."""
    return (frozenset(word[:_HEAD] for word in words), tuple(word for word in words if len(word) < _HEAD))


_ORIGINAL_HEADS, _FORWARD_HEADS = _heads(_ORIGINAL), _heads(_FORWARD)

TECHNICAL = frozenset({"user-agent", "message-id", "mime-version", "content-type", "content-transfer-encoding",
                       "received", "return-path", "references", "in-reply-to", "delivered-to", "errors-to",
                       "newsgroups", "resent-from", "resent-date", "resent-to", "x-mailer", "envelope-to",
                       "thread-topic", "thread-index", "list-id", "mailing-list", "dkim-signature", "received-spf",
                       "authentication-results"})  # fmt: skip
_FORM = frozenset((
    "name", "e-mail", "email", "e-mail address", "email address", "phone", "telephone", "telefon", "téléphone",
    "teléfono", "telefono", "message", "nachricht", "mitteilung", "mensaje", "messaggio", "bericht", "mensagem",
    "wiadomość", "meddelande", "besked", "nom", "nombre", "nome", "naam", "vorname", "nachname", "company", "firma",
    "société", "empresa", "ticket", "where", "ort", "location", "room", "raum", "duration", "comment", "comments",
    "kommentar", "commentaire", "comentario", "description", "beschreibung", "url", "browser", "ip", "ip address",
    "ip-adresse", "order", "order number", "bestellnummer", "kundennummer", "customer number", "passengers",
))  # fmt: skip
_STARRED = re.compile(r"^[\s>]{0,8}\*{1,2}[^\W\d_]")
_CLOCK = re.compile(r"(?<![\d.])\d{1,2}\s?[:h時时시点]\s?\d{2}")
_DOTTED = re.compile(r"(?<![\d.])\d{1,2}(?:\.\d{2}){1,2}(?![\d.])")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_RFC_DATE = re.compile(r"\b[A-Z][a-z]{2}, {1,2}\d{1,2} [A-Z][a-z]{2} \d{4} \d{1,2}:\d{2}(?::\d{2})? [+-]\d{4}")
_NEAR = 6  # lines above a header block that show what it is part of

_BLOCK = 14  # lines in which a header block has to show three of its fields


def visible(line: str) -> str:
    """A line as it is looked at: bounded, without invisible characters and trailing space."""
    line = line[:LINE]
    return line.rstrip() if line.isascii() else _INVISIBLE.sub("", line).replace("\u00a0", " ").rstrip()


def is_original(line: str) -> bool:
    """Whether the line is the separator above the mail that is answered, between rules."""
    return _may_begin(line, _ORIGINAL_HEADS) and _ORIGINAL_MARK.match(line) is not None


def is_forward(line: str) -> bool:
    """Whether the line is the mark above a forwarded mail, behind a rule."""
    return _may_begin(line, _FORWARD_HEADS) and _FORWARD_MARK.match(line) is not None


def forward_line(line: str) -> re.Match[str] | None:
    """The mark above a forwarded mail where the header block stands on its line."""
    return _FORWARD_LINE.match(line) if _may_begin(line, _FORWARD_HEADS) else None


def is_bare_forward(line: str) -> bool:
    """Whether the line is the mark above a forwarded mail, without a rule but with a colon."""
    return _may_begin(line, _FORWARD_HEADS) and _BARE_MARK.match(line) is not None


def _may_begin(line: str, heads: tuple[frozenset[str], tuple[str, ...]]) -> bool:
    head = line.lstrip(_BEFORE)[:_HEAD].replace("İ", "i").lower()  # its own lower case is two characters
    return head in heads[0] or head.startswith(heads[1])


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


def is_clients_block(seen: list[str], roles: list[str], index: int, ruled: bool) -> bool:
    """Whether a mail client wrote the header block that begins here, above what is answered.

    Forms, letters, timetables and settings have the same words; clients write the time to the minute, or a word for
    "sent", or bold labels. A header that a person shows ("it has these lines:") is not old either.
    """
    exact, addressed, dated = False, set(), False
    block = range(index, min(len(seen), index + _BLOCK))
    for place in block:
        line, found = seen[place], roles[place]
        if not line:
            continue
        if _is_foreign(line) or (found and line.lstrip(" >*_|")[:1].islower()):
            return False
        value = _value(line)
        if found == "date":
            value = value if place + 1 == len(seen) or roles[place + 1] else f"{value} {seen[place + 1]}"
            if len(_CLOCK.findall(value)) > 1 or (_RFC_DATE.search(value) and _is_shown(seen, index)):
                return False
            exact = exact or _has_clock(value) or _name(line) not in _DAY
            dated = dated or _YEAR.search(value) is not None
        if found == "from" and any(map(str.isdigit, value)) and not any(map(str.isalpha, value)):
            return False  # an hour, a telephone
        if found and "@" in line:
            addressed.add(found)
        exact = exact or (found != "" and _STARRED.match(line) is not None)
    if (
        not ruled
        and "to" not in roles[index : block.stop]
        and all(_name(seen[at]) in _DAY for at in block if roles[at] == "date")
    ):
        exact = exact and _STARRED.match(seen[index]) is not None  # a form says nothing of the recipient
    exact = exact or ("from" in addressed and (ruled or (dated and "to" in addressed)))
    # What stands above a rule is no part of the block: the telephone of a signature makes no form of it.
    return exact and (ruled or not any(_is_foreign(line) for line in _directly_above(seen, index)))


def _value(line: str) -> str:
    return line.replace("：", ":").partition(":")[2]


def _has_clock(value: str) -> bool:
    return bool(_CLOCK.search(value) or (_DOTTED.search(value) and _YEAR.search(value)))


def _directly_above(seen: list[str], index: int) -> list[str]:
    start = index
    while start > 0 and seen[start - 1] and index - start < _NEAR:
        start -= 1
    return seen[start:index]


def _is_shown(seen: list[str], index: int) -> bool:
    """Whether a header stands in the text as something to look at: set in, or behind a colon."""
    before = next((line for line in reversed(seen[max(0, index - _NEAR) : index]) if line), "")
    return seen[index][:2] == "  " or before[-1:] in {":", "："}


def _is_foreign(line: str) -> bool:
    """A line with a label that no client writes above a quotation: of a raw header, or of a form."""
    name = _name(line) if ":" in line[:_NAMED] else ""
    return name in TECHNICAL or name in _FORM or (name[:2] == "x-" and " " not in name)


def roles_of(seen: list[str]) -> list[str]:
    """For each line the header field that it could be (from, date, to, subject, other), or nothing."""
    return [role(line) if ":" in line[:_NAMED] or "：" in line else "" for line in seen]


def role(line: str) -> str:
    """The header field that a line could be."""
    name = _name(line)
    return ROLES[name] if name in ROLES and FIELD.match(line) else ""


def _name(line: str) -> str:
    return line[:_NAMED].replace("：", ":").partition(":")[0].strip(" \t\u3000>*_|").lower()
