"""The words of what is not new: attributions, device lines, "write above this line", formulas, disclaimers.

Data and the patterns made of it. Every pattern is anchored or made of plain alternatives and is only run on one line of
bounded length, so none can backtrack over a mail. Header blocks and separators: `parsing.words.blocks`.
"""

from __future__ import annotations

import re

# Verbs of an attribution ("On … X wrote:"), in the order of length so that no alternative hides another.
VERBS = (
    "wrote", "writes", "has written", "sent the following", "replied", "schrieb", "schrieben", "geschrieben",
    "hat geschrieben", "a écrit", "a ecrit", "écrivait", "ecrit", "a répondu", "escribió", "escribio", "escribieron",
    "ha escrit", "va escriure", "escreveu", "ha scritto", "scritto", "scrisse", "schreef", "geschreven", "skrev",
    "skreiv", "kirjoitti", "napisał", "napisał(a)", "napisała", "napisał/a", "napisana przez", "pisze", "napsal",
    "napsala", "napsal(a)", "napsal/a", "napísal", "napísala", "napísal(a)", "napisao", "napisala", "napisao/la",
    "je napisao", "je napisala", "je napisal", "je napisal/a", "je napisao/la", "írta", "ezt írta", "a scris", "yazdı",
    "şunu yazdı", "şunları yazdı", "έγραψε", "написал", "написал(а)", "написала", "пишет", "писал", "написа", "пише",
    "написав", "написав(ла)", "каза", "כתב", "כתבה", "כתב/ה", "كتب", "كتبت", "نوشت", "写道", "寫道", "님이 작성",
    "님이 쓴 글", "이(가) 쓴 글", "작성", "のメール", "さんは書きました", "書きました", "viết", "đã viết", "menulis",
    "rakstīja", "rašė", "parašė", "kirjutas", "kirjutas:", "เขียนว่า", "ने लिखा", "shkroi", "skrifaði", "idatzi du",
    "escribiu",
)  # fmt: skip
VERB = re.compile(
    r"(?:^|[\s:,;>)\]\"'\u200f*_/-])(?:"
    + "|".join(sorted(map(re.escape, VERBS), key=len, reverse=True))
    + r")(?=$|[\s:：*_<(\"'-])",
    re.IGNORECASE,
)
CJK_VERB = re.compile(
    r"(?:写道|寫道|のメール|さんは書きました|が書きました|님이 작성|님이 쓴 글|쓴 글|작성|كتب|เขียนว่า)\s{0,3}[:：]?$"
)

START = re.compile(
    r"^[\s>*_\"'\u200f\u202a\u202b-]{0,12}(?:on|am|le|el|il|op|em|en|den|de|w dniu|dnia|wiadomość|dne|dňa|på|im|la|"
    r"pe|în data|în|dana|dne:|kl|tir|man|ons|tor|fre|lør|søn|mån|tis|ma|ke|pe|su|vào|pada|в|во|на|от|on:|"
    r"mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|at|po|út|st|čt|pá|ne|pn|pon|wt|śr|czw|pt|sob|niedz|"
    r"ter|seg|qua|qui|sex|dom|lun|mar|mer|mié|jeu|jue|gio|ven|vie|sam|sáb|sab|dg|dl|στις|date|пн|вт|ср|чт|пт|сб|вс|нд|"
    r"le|في|في يوم|בתאריך|ב|in a message dated|în data de|trong|ในวันที่|il giorno|el dia)\b|"
    r"^[\s>*_]{0,8}[在於于]",
    re.IGNORECASE,
)
DATE_START = re.compile(
    r"^[\s>*_\"'\u200f\u202a\u202b-]{0,12}(?:\d{1,4}[./-] ?\d{1,2}[./-] ?\d{1,4}|\d{4}[年년]|"
    r"\d{1,2}\.? \w{3,12}\.? \d{4})"
)
DATE_ADDRESS = re.compile(
    r"^[\s>*_-]{0,8}\d{4}[./-]\d{1,2}[./-]\d{1,2}\b.{0,200}<[^<>\s]{3,100}@[^<>\s]{2,100}>\s{0,3}:?\s{0,3}$"
)
# The first word of an attribution in lower case: a person's, in the middle of what he tells.
TELLING = re.compile(r"^[\s>]{0,12}(?:on|am|le|el|il|op|em|den|w dniu|dnia|dne|på|il giorno|el dia)\b")
# Whom a person names who tells it; a client knows names and addresses only (and "you").
TELLERS = frozenset((
    "your", "my", "our", "his", "her", "their", "we", "he", "she", "they", "I", "somebody", "someone", "Ihr", "Ihre",
    "wir", "er", "sie", "mein", "meine", "unser", "unsere", "jemand", "votre", "nous", "elle", "mon", "ma", "notre",
    "su", "nuestro", "nuestra", "ella", "alguien", "uw", "wij", "hij", "onze", "il", "vostro", "nostro", "nosso", "sua",
    "me", "us", "him", "them", "mir", "uns", "ihm", "ihnen", "m'a", "m’a", "nos", "mij", "ons",
))  # fmt: skip
# What Gmail wrote until 2016, here from its plain text and without an address.
STAMP = re.compile(r"^\s{0,8}\d{4}-\d{2}-\d{2} \d{1,2}:\d{2} GMT[+-]\d{1,2}:\d{2} \S.{0,80}$")
DIGIT = re.compile(r"\d")
YEAR = re.compile(r"(?<!\d)(?:19|20|٢٠|۲۰|25)\d{2}(?!\d)")
DAY = re.compile(r"(?<!\d)\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2}(?!\d)")
CLOCK = re.compile(r"(?<!\d)\d{1,2}\s?[:.h時时시点]\s?\d{2}(?!\d)")
ADDRESS = re.compile(r"[<(\[][^<>()\[\]\s@]{1,100}@[^<>()\[\]\s]{2,200}[>)\]]")
MARKED = re.compile(r"\d|@|\byou\b|\bdu\b|\bvous\b", re.IGNORECASE)

# What help desks print above their mails ("##- Please type your reply above this line -##").
_ABOVE_LINES = (
    r"(?:write|reply|replies|type|answer|respond|please)\b.{0,60}\babove\b.{0,30}\b(?:line|here)\b",
    r"\bantwort.{0,40}\b(?:über|oberhalb)\b.{0,30}\b(?:zeile|linie)\b",
    r"\boberhalb dieser\b.{0,20}\b(?:zeile|linie)\b",
    r"\bau-dessus de (?:cette|la)\b.{0,30}\bligne\b",
    r"\b(?:encima|arriba) de esta\b.{0,20}\bl[ií]nea\b",
    r"\bsopra (?:a )?(?:questa|quella)\b.{0,20}\b(?:riga|linea)\b",
    r"\bboven deze\b.{0,20}\b(?:regel|lijn)\b",
    r"\bacima (?:desta|dessa)\b.{0,20}\blinha\b",
    r"\bpowyżej (?:tej|tego)\b.{0,20}\b(?:linii|wiersza)\b",
    r"\bovanför (?:den här|denna)\b.{0,20}\b(?:raden|linjen|rad|linje)\b",
    r"\bover denne\b.{0,20}\b(?:linje|linjen|streken)\b",
    r"\btämän rivin yläpuolelle\b",
    r"\bnad t(?:outo|ento|uto)\b.{0,20}\b(?:řádk|čár|riadok|čiar)",
    r"\bвыше этой\b.{0,20}\b(?:строки|линии)\b",
    r"\bвище (?:цього|цієї)\b.{0,20}\b(?:рядка|лінії)\b",
    r"\bbu satırın üst",
    r"この行より上",
    r"请在此行(?:之)?上|請在此行(?:之)?上",
)
_ABOVE = re.compile("|".join(_ABOVE_LINES), re.IGNORECASE)
_ABOVE_WORDS = ("above", "über", "oberhalb", "au-dessus", "encima", "arriba", "sopra", "boven", "acima", "powyżej",
                "ovanför", "over denne", "yläpuolelle", "nad t", "выше", "вище", "üst", "この行より上",
                "此行")  # fmt: skip
"""One of them is in all that the pattern finds; to look for them is cheaper."""


def tells_above(line: str) -> bool:
    """Whether the line asks to write above it."""
    lowered = line.lower()
    return any(word in lowered for word in _ABOVE_WORDS) and _ABOVE.search(line) is not None


_DEVICE_WORDS = (
    "iphon", "i phon", "ipad", "i pad", "ipod", "i pod", "samsung", "galaxy", "android", "blackberry",
    "outlook", "mail", "yahoo", "mobil", "handy", "windows", "huawei", "xiaomi", "redmi", "nokia", "htc",
    "sony", "xperia", "typeapp", "proton", "gmx", "web.de", "telefon", "phone", "tablet", "nine", "spark",
    "k-9", "device", "teléfono", "telemóvel", "celular", "móvil", "cellulare", "telefoon", "puheli", "моб",
    "телефон", "смартфон", "устройств", "手机", "手機", "携帯", "아이폰", "휴대", "jolla", "librem", "oneplus", "oppo",
    "honor", "realme", "moto", "pixel", "thunderbird", "apple watch", "zoho", "tuta", "em client", "front",
    "superhuman", "netease", "网易", "qq",
)  # fmt: skip
DEVICE = re.compile(
    r"^[\s\u200f\u202a\u202b*_>([]{0,8}(?:sent (?:from|via|by|using|with)|get outlook for|get \[?outlook for|"
    r"download outlook|sent securely|"
    r"envoyé (?:depuis|de|via|à partir)|envoyé avec|obtenir outlook|obtenez outlook|télécharger outlook|"
    r"gesendet (?:von|mit|aus|via|über)|von mein(?:em)?|von [^.]{2,60} gesendet|"
    r"mit [^.]{2,60} gesendet|diese nachricht wurde von|holen sie sich outlook|"
    r"outlook für|outlook for|outlook pour|outlook para|"
    r"enviado (?:desde|do|de|a partir|con|com|pelo)|obtener outlook|obtenga outlook|obter o outlook|"
    r"obtenha o outlook|inviato (?:da|dal|con|tramite)|ottieni outlook|scarica outlook|"
    r"verzonden (?:vanaf|met|vanuit|via)|verstuurd (?:vanaf|met|via)|outlook voor|download outlook voor|"
    r"skickat från|skickat med|hämta outlook|sendt fra|sendt med|sendt via|hent outlook|få outlook|skaff deg outlook|"
    r"wysłan[eoy] ?z|pobierz (?:aplikację )?outlook|lähetetty|hanki outlook|отправлено (?:с|из|через)|"
    r"скачать outlook|надіслано (?:з|із|через)|отримати outlook|odesláno|odoslané|získat outlook|"
    r"elküldve|iphone-omról|az én|outlook beszerzése|trimis (?:de pe|din|cu|prin)|obține outlook|"
    r"στάλθηκε από|εστάλη από|αποκτήστε το outlook|أُرسلت من|أرسلت من|נשלח מ|telefonumdan|iphone['’]umdan|"
    r"[^.]{2,40} gönderildi|outlook for|"
    r"从我的|发自我的|發自我的|从我的|發自|发自|获取 outlook|取得 outlook|"
    r"iphoneから送信|[^.。]{2,40}から送信|나의|내 iphone|outlook을)"
    r"(?:\b|\s|$|(?<=[\u3040-\uffff])|(?<=-)).{0,60}$",
    re.IGNORECASE,
)


def names_device(line: str) -> bool:
    """Whether a device or a program is named in the line."""
    lowered = line.lower()
    return any(word in lowered for word in _DEVICE_WORDS)


# The first letters of the lines that devices write, and the last ones of those that begin with the device.
DEVICE_HEADS = frozenset((
    "sent", "get", "down", "envo", "obte", "téle", "gese", "von", "mit", "dies", "hole", "outl", "envi", "invi",
    "otti", "scar", "verz", "vers", "skic", "hämt", "send", "hent", "få", "skaf", "wysł", "pobi", "lähe",
    "hank", "отпр", "скач", "наді", "отри", "odes", "odos", "získ", "elkü", "ipho", "az", "trim", "obți",
    "στάλ", "εστά", "αποκ", "أُرس", "أرسل", "נשלח", "tele", "从我的", "发自我", "發自我", "從我的", "发自", "發自",
    "获取", "取得",
    "나의", "내 i",
))  # fmt: skip
DEVICE_TAILS = ("gönderildi", "送信", "gönderildi.")
SIGNATURE = re.compile(r"^[ \t\u00a0]{0,8}(?:--|—|––)[ \t\u00a0]{0,3}$")

# Formulas that close a letter, lower case, longest first where one begins another.
FORMULAS = (
    "best regards", "kind regards", "kindest regards", "warm regards", "warmest regards", "with kind regards",
    "with best regards", "with regards", "many regards", "regards", "best wishes", "with best wishes", "all the best",
    "sincerely", "sincerely yours", "yours sincerely", "yours faithfully", "yours truly", "yours", "cheers", "best",
    "cordially", "respectfully", "kr", "br", "rgds", "brgds",
    "mit freundlichen grüßen", "mit freundlichen grüssen", "mit freundlichen gruessen", "mit freundlichem gruß",
    "mit freundlichem gruss", "mit besten grüßen", "mit besten grüssen", "mit herzlichen grüßen", "mit vielen grüßen",
    "mit lieben grüßen", "freundliche grüße", "freundliche grüsse", "freundlichen gruß", "freundlicher gruß",
    "beste grüße", "beste grüsse", "besten gruß", "viele grüße", "viele grüsse", "viele gruesse", "vielen gruß",
    "liebe grüße", "liebe grüsse", "liebe gruesse", "lieben gruß", "herzliche grüße", "herzliche grüsse",
    "schöne grüße", "schönen gruß", "sonnige grüße", "hochachtungsvoll", "grüße", "grüsse", "gruß", "gruss", "mfg",
    "vg", "lg", "bg", "hg",
    "cordialement", "bien cordialement", "très cordialement", "bien à vous", "bien à toi", "sincères salutations",
    "meilleures salutations", "salutations distinguées", "salutations", "respectueusement", "amicalement", "cdt",
    "cdlt", "bàv", "recevez", "veuillez agréer", "je vous prie d'agréer", "je vous prie d’agréer",
    "saludos cordiales", "un cordial saludo", "cordiales saludos", "un saludo", "saludos", "atentamente", "un abrazo",
    "atte", "le saluda atentamente", "reciba un cordial saludo", "muy atentamente",
    "cordiali saluti", "distinti saluti", "cari saluti", "un cordiale saluto", "saluti", "cordialmente", "un saluto",
    "met vriendelijke groet", "met vriendelijke groeten", "vriendelijke groet", "vriendelijke groeten", "groeten",
    "groetjes", "hartelijke groet", "met hartelijke groet", "groet", "mvg", "hoogachtend",
    "com os melhores cumprimentos", "melhores cumprimentos", "cumprimentos", "atenciosamente", "atentamente",
    "cordialmente", "abraços", "abraço", "um abraço", "att", "saudações",
    "z poważaniem", "pozdrawiam", "serdecznie pozdrawiam", "pozdrawiam serdecznie", "pozdrowienia",
    "z pozdrowieniami", "z wyrazami szacunku", "łączę pozdrowienia",
    "med vänlig hälsning", "med vänliga hälsningar", "vänliga hälsningar", "vänlig hälsning", "bästa hälsningar",
    "hälsningar", "mvh", "med venlig hilsen", "venlig hilsen", "med venlige hilsner", "de bedste hilsner",
    "bedste hilsner", "med vennlig hilsen", "vennlig hilsen", "beste hilsen", "mange hilsner", "hilsen", "hilsener",
    "vh", "dbh", "kh", "mvh.",
    "ystävällisin terveisin", "parhain terveisin", "terveisin", "terveiset", "yst. terv", "t.",
    "s pozdravem", "s pozdravom", "s přátelským pozdravem", "s úctou", "hezký den", "pekný deň", "zdravím",
    "üdvözlettel", "tisztelettel", "szívélyes üdvözlettel", "üdv", "köszönettel és üdvözlettel",
    "cu stimă", "cu respect", "cu prietenie", "toate cele bune", "cele bune",
    "saygılarımla", "saygılarımızla", "iyi çalışmalar", "sevgiler", "selamlar",
    "с уважением", "с наилучшими пожеланиями", "всего доброго", "всего хорошего", "з повагою",
    "з найкращими побажаннями",
    "поздрави", "с уважение", "με εκτίμηση", "φιλικά", "χαιρετισμούς", "με φιλικούς χαιρετισμούς",
    "lep pozdrav", "lijep pozdrav", "srdačan pozdrav", "s poštovanjem", "s spoštovanjem", "pozdrav",
    "lugupidamisega", "parimate soovidega", "ar cieņu", "pagarbiai",
    "בברכה", "בכבוד רב", "مع أطيب التحيات", "مع تحياتي", "مع خالص التحية", "تحياتي", "با احترام",
    "此致", "敬礼", "祝好", "顺祝商祺", "敬上", "谨上", "敬具", "以上", "よろしくお願いいたします",
    "よろしくお願い致します", "よろしくお願いします", "宜しくお願い致します", "감사합니다", "드림", "trân trọng",
    "salam", "hormat saya", "salutacions", "atentament", "un agurra",
)  # fmt: skip
THANKS = ("thanks", "thank you", "many thanks", "danke", "vielen dank", "besten dank", "merci", "gracias", "grazie",
           "bedankt", "dank", "obrigad", "dziękuj", "tack", "tak", "takk", "kiitos", "děkuj", "ďakuj", "köszön",
           "mulțum", "teşekkür", "спасибо", "дякую", "ευχαριστ", "תודה", "شكرا", "谢谢", "謝謝", "ありがとう",
           "thx", "ty,", "ta,", "благодар", "hvala")  # fmt: skip

# What a disclaimer speaks of; a paragraph that speaks of enough of it, at the end, is one.
SUBJECTS: tuple[tuple[str, ...], ...] = (
    ("this e-mail", "this email", "this message", "this communication", "this transmission", "this mail",
     "diese e-mail", "diese mail", "diese nachricht", "dieser e-mail", "dieser nachricht", "ce message", "cet e-mail",
     "ce courriel",
     "ce mail", "cet email", "ce courrier", "este mensaje", "este correo", "este e-mail", "este email", "esta mensagem",
     "este documento", "questo messaggio", "questa e-mail", "questa email", "presente messaggio", "presente e-mail",
     "presente mensaje", "presente mensagem", "dit bericht", "deze e-mail", "dit e-mail", "deze mail", "ta wiadomość",
     "niniejsza wiadomość", "tej wiadomości", "detta meddelande", "detta e-post", "denna e-post", "denne e-mail",
     "denne mail", "denne e-post", "denne meddelelse", "denne meldingen", "tämä viesti", "tämä sähköposti",
     "tento e-mail", "tato zpráva", "táto správa", "tento email", "ez az e-mail", "ez az üzenet", "jelen üzenet",
     "acest mesaj", "acest e-mail", "acest email", "bu e-posta", "bu mesaj", "bu ileti", "это сообщение",
     "данное сообщение", "это письмо", "настоящее сообщение", "цей лист", "це повідомлення", "το παρόν μήνυμα",
     "αυτό το μήνυμα", "本邮件", "此邮件", "本郵件", "本メール", "このメール", "本電子メール", "이 메일", "본 메일",
     "הודעה זו", "هذه الرسالة"),
    ("confidential", "privileged", "vertraulich", "confidentiel", "confidencial", "confidenzial", "riservat",
     "vertrouwelijk", "poufn", "důvěrn", "dôvern", "konfidentiell", "fortrolig", "luottamuksell", "bizalmas",
     "confidenţial", "confidențial", "gizli", "конфиденциальн", "конфіденційн", "εμπιστευτικ", "机密", "保密", "機密",
     "기밀", "سري", "חסוי"),
    ("intended recipient", "addressee", "intended only", "intended solely", "intended for", "named recipient",
     "bestimmt", "empfänger", "adressat", "destinataire", "destinatari", "geadresseerde", "bestemd", "adresat",
     "przeznaczon", "mottagare", "modtager", "mottaker", "vastaanottaj", "určen", "címzett", "alıcı", "получател",
     "адресат", "адресован", "одержувач", "αποδέκτη", "παραλήπτ", "收件人", "受信者", "宛先", "수신인", "수신자"),
    ("received this", "in error", "by mistake", "irrtüm", "versehentlich", "par erreur", "por error", "per errore",
     "onrechte", "abuis", "per vergissing", "por engano", "por erro", "omyłk", "pomyłk", "omylem", "av misstag",
     "ved en fejl", "ved en feil", "ved en feiltagelse", "fejlagtig", "erehdyks", "téved", "din greșeală",
     "din eroare", "yanlışlıkla", "по ошибке", "помилков", "κατά λάθος", "εκ λάθους", "误", "誤", "잘못"),
    ("unauthori", "prohibited", "strictly forbidden", "nicht gestattet", "unbefugt", "untersagt", "unzulässig",
     "interdit", "prohibid", "proibid", "vietat", "verboden", "zabronion", "förbjud", "forbudt", "kielletty", "zakáz",
     "tilos", "interzis", "yasak", "запрещ", "заборонен", "απαγορ", "禁止", "금지", "liability", "haftung",
     "responsabilit", "responsabilidad", "aansprakelijk"),
    ("notify the sender", "inform the sender", "delete", "destroy", "vernichten", "löschen", "absender", "détruire",
     "supprim", "elimin", "destru", "cancellar", "distrugg", "verwijder", "usunąć", "usunięcie", "vymaz", "odstran",
     "radera", "slett", "törölj", "ștergeți", "siliniz", "удалит", "видалит", "διαγράψ", "削除", "删除", "刪除",
     "삭제"),
    ("virus", "malware", "viren"),
)  # fmt: skip
OPENINGS = (
    "please consider the environment", "consider the environment", "please think before", "think before you print",
    "save a tree", "save paper", "think green", "before printing", "please don't print", "bitte prüfen sie, ob",
    "bitte denken sie an die umwelt", "denken sie an die umwelt", "bitte überlegen sie", "der umwelt zuliebe",
    "pensez à l'environnement", "pensez à l’environnement", "pensez environnement", "avant d'imprimer",
    "avant d’imprimer", "n'imprimez", "n’imprimez", "antes de imprimir", "por favor, piense en el medio",
    "piense en el medio", "prima di stampare", "rispetta l'ambiente", "denk aan het milieu", "pense no meio ambiente",
    "pomyśl o środowisku", "tänk på miljön", "tænk på miljøet", "tenk på miljøet",
    "virus-free.", "virus-free ", "virenfrei.", "virenfrei ", "sans virus.", "libre de virus.", "privo di virus.",
    "virusvrij.", "livre de vírus.", "bez wirusów.", "без вирусов.",
    "this email has been checked for viruses", "this email has been scanned", "this e-mail has been scanned",
    "this message has been scanned", "this email was scanned", "scanned by", "diese e-mail wurde von avast",
    "diese e-mail wurde auf viren", "diese e-mail wurde mit", "l'absence de virus", "cet e-mail a été vérifié",
    "este correo electrónico ha sido comprobado", "el software de antivirus avast", "questa e-mail è stata controllata",
    "deze e-mail is gecontroleerd", "ta wiadomość e-mail została sprawdzona", "это сообщение проверено",
    "confidentiality notice", "confidentiality:", "disclaimer:", "legal disclaimer", "legal notice", "avis de confiden",
    "clause de confiden", "aviso legal", "aviso de confidencialidad", "aviso de confidencialidade",
    "vertraulichkeitshinweis", "haftungsausschluss:", "rechtlicher hinweis", "avviso di riservatezza",
    "nota di riservatezza", "informativa privacy", "klauzula poufno", "you received this message because you are sub",
    "you are receiving this because you are sub", "sie erhalten diese nachricht, weil sie",
    "vous recevez ce message, car vous", "has recibido este mensaje porque",
)  # fmt: skip
LISTS = ("mailing list", "mailing-list", "mailingliste", "listinfo", "liste de diffusion", "lista de correo",
          "mailinglijst", "list-manage", "to unsubscribe", "lists.")  # fmt: skip
# What gateways print above a mail that came from outside; it stands at the top and asks for care.
BANNER_HEADS = ("caution", "warning", "[external", "external", "attention", "achtung", "vorsicht", "extern", "warnung",
                "avertissement", "precaución", "advertencia", "atención", "attenzione", "let op", "uwaga", "varning",
                "be careful", "you don't often get email from", "this message originated", "this email originated",
                "sie erhalten nicht oft")  # fmt: skip
BANNERS = ("originated from outside", "originated outside", "came from outside", "external sender", "external email",
           "external e-mail", "outside of the organi", "outside the organi", "outside your organi",
           "you don't often get email from", "von außerhalb", "externer absender", "externen absender",
           "externe e-mail", "externe mail", "expéditeur externe", "provient de l'extérieur", "remitente externo",
           "fuera de la organización", "mittente esterno", "dall'esterno", "externe afzender", "van buiten",
           "spoza organizacji", "extern avsändare", "sie erhalten nicht oft")  # fmt: skip
BANNER_CARE = ("click", "link", "attachment", "anhäng", "anhang", "pièces jointes", "liens", "enlaces", "adjuntos",
               "allegati", "bijlage", "łącz", "załącznik", "bilagor", "learn why this is important", "caution",
               "vertrau", "erfahren sie")  # fmt: skip
