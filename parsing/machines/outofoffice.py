"""Absence notes that no header names: what a subject and a text say in two dozen languages.

In: the lower-case subject, the lower-case beginning of the text. Out: whether the subject is the label of a machine,
and whether the text is an absence note and nothing else. Must never take a person who writes about an absence for a
machine: the words of absence alone decide nothing, a text must be made of an absence note's sentences (until when, who
helps meanwhile, that the mail is answered later) and hold hardly any other.
"""

from __future__ import annotations

import re
from enum import Enum
from operator import itemgetter

from parsing.machines import absence
from parsing.machines.robots import any_of

_READ = 1_500  # characters; an absence note is short, and its first sentences say what it is
_SENTENCES = 30
_MOST = 16  # sentences of a note in two languages
_OPENING = 5  # sentences, one of which has to speak of the absence
_TITLE = 300
_STEM = itemgetter(slice(absence.STEM))


class Label(Enum):
    """What a subject announces as a machine would: at its start before a colon or its end, or bracketed at the end.

    Only machines write a NOTE; ABSENCE are words that people put there too.
    """

    NOTE = "note"
    ABSENCE = "absence"
    AUTOMATIC = "automatic"


_AUTOMATIC = r"""
    auto(?:matic|mated)?[- ]?(?:re(?:ply|sponse|sponder)|answer|acknowledge?ment)
    automatische (?:antwort|beantwoording)
    automatische (?:empfangs|eingangs)bestätigung  automati(?:sch antwoord|sche reactie|c reaction)  réponse automatique
    respuesta autom[áa]tica  risposta automatica  resposta autom[áàa]tica  automatiskt? svar  autosvar
    automaattinen vastaus  autom(?:atyczna)? odpowied[źz]  odpowied[źz] automatyczna  automatick[áa] odpov[eě][ďd]
    automatick[áa] odpoveď  automatikus v[áa]lasz  r[ăa]spuns automat  otomatik yan[ıi]t  автоматический ответ
    автоответ
    автоматична відповідь  автоматичен отговор  αυτόματη απάντηση  automatski odgovor  samodejni odgovor
    automaatvastus  automātiska atbilde  automatinis atsakymas  תשובה אוטומטית  رد تلقائي  自動(?:返信|応答|回覆)
    自动(?:回复|答复)  자동 ?(?:회신|응답)  trả lời tự động  balasan otomatis  ตอบกลับอัตโนมัติ
    autoreply  autoresponder
"""
_NOTE = r"""
    out[- ]of[- ](?:the[- ])?office(?: (?:auto[- ]?)?(?:reply|response|message|notification|notice|assistant))?  ooo
    oof
    vacation (?:message|reply|response|notice|auto-?reply)  away from (?:my|the) (?:office|desk|mail|e-?mail)
    i(?:['’]m| am) out of (?:the )?office  absence (?:notification|notice)  (?:i(?:['’]m| am) )?(?:currently )?away
    abwesenheits(?:notiz|meldung|mitteilung|nachricht|benachrichtigung|assistent)
    urlaubs(?:abwesenheit|notiz|meldung)
    (?:ich )?(?:bin )?(?:derzeit )?nicht im (?:büro|haus|hause)
    (?:message d['’])?absen(?:ce|te?) (?:du|de mon) bureau
    (?:message|réponse|notification|avis) d['’]absence  fuera de (?:la )?oficina  ausente de la oficina
    mensaje de ausencia  fuori (?:sede|ufficio|dall['’]ufficio)  assen(?:te|za) dall['’]ufficio  risposta fuori sede
    afwezigheids(?:bericht|melding)  niet (?:aanwezig|op kantoor)  fora do escrit[óo]rio
    ausência (?:temporária|do escritório)  poza biurem  nieobecno[śs][ćc] w biurze  frånvaromeddelande
    inte på kontoret  ikke på kontoret  fraværs(?:melding|besked|meddelelse)  poissa toimistolta
    poissaolo(?:ilmoitus|viesti)  mimo kancelář  nepřítomn\w{1,5} v kanceláři  mimo kanceláriu  házon kívül
    absent din birou  în afara biroului  ofis(?:in)? dışında(?:yım)?  вне офиса  нет на работе  поза офісом
    εκτός γραφείου  不在(?:通知|のお知らせ|連絡)  休暇(?:中)?のお知らせ  休假通知  不在办公室  不在辦公室
    부재 ?중(?: 알림)?
"""
_ABSENCE = r"""
    (?:i(?:['’]m| am) )?(?:currently )?(?:on|away on) (?:vacation|holidays?)
    (?:i(?:['’]m| am) )?(?:currently )?(?:on|away on) (?:annual|parental|maternity|paternity|sick) leave
    abwesenheit  abwesend  (?:bin |ich bin )?(?:im|in) urlaub  urlaubsvertretung  (?:je suis )?en congés?  absence
    (?:je suis )?absente?  (?:estoy )?de vacaciones  ausencia  (?:sono )?in ferie  afwezig(?:heid)?
    (?:met|op) vakantie  ausência  (?:estou )?de férias  em férias  nieobecno[śs][ćc]  (?:jestem )?na urlopie
    frånvaro  frånvarande  (?:på )?semester  fravær(?:ende)?  (?:på |har )?ferie  poissa  poissaolo  (?:olen )?lomalla
    nepřítomn\w{1,5}  (?:jsem )?na dovolené  szabadságon(?: vagyok)?  távollét  în concediu
    (?:yıllık )?izinde(?:yim)?
    (?:я )?в отпуске  отсутствие  (?:я )?у відпустці  відсутність  (?:σε )?άδεια  απουσία  不在  外出(?:中)?
    休暇(?:中)?
    休假  휴가(?: 중)?
"""
_MARKS = r"(?:(?:re|aw|sv|vs|odp|antw|rv|tr|ynt|回复|答复|返信)\s?[:：]\s?){0,2}"
_AFTER = (
    r"\s{0,3}(?:[\])】）]\s{0,3})?(?:$|[:：(（.,;/|–—]|- |from\b|until\b|till\b|bis\b|vom\b|ab\b|jusqu|du\b|hasta\b|"
    r"fino\b|tot\b|t/m\b|até\b|do\b|til\b|\d)"
)


def _labels(block: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = any_of(block).pattern
    return (
        re.compile(rf"\s{{0,3}}{_MARKS}[\[(【（]?(?:{words}){_AFTER}"),
        re.compile(rf"[\[(【（](?:{words})[\])】）]$"),
    )


_LABELS = ((Label.NOTE, _labels(_NOTE)), (Label.ABSENCE, _labels(_ABSENCE)), (Label.AUTOMATIC, _labels(_AUTOMATIC)))


_AUTO = re.compile(rf"\s{{0,3}}{_MARKS}[\[(【（]?auto{_AFTER}")


def is_marked_auto(title: str) -> bool:
    """Whether the subject (lower-case) begins with "AUTO:" as Notes writes it; in four languages that is a car."""
    return _AUTO.match(title[:_TITLE]) is not None


def label(title: str) -> Label | None:
    """What the subject (lower-case) announces in the way of machines; "How do I set an automatic reply?" nothing."""
    title = title[:_TITLE].strip()
    for found, (start, end) in _LABELS:
        if start.match(title) or (title[-1:] in "])】）" and end.search(title)):
            return found
    return None


def speaks_of_absence(text: str) -> bool:
    """Whether the beginning of the text has words of absence at all: enough where a header says it is automatic."""
    text = text[:_READ]
    return _may_be(text) and (absence.AWAY.search(text) or absence.ACCESS.search(text))


def bears_out(found: Label, text: str) -> bool:
    """Whether the text (lower-case) leaves it possible that the label is a machine's: people ask about such things."""
    if absence.TROUBLE.search(text, 0, _READ):
        return False
    sentences = _sentences(text[:_READ])
    if _asks_for_a_note(sentences):
        return False
    if found is Label.ABSENCE:
        return not _says_more(sentences, allowed=0)
    told = [sentence for sentence in sentences if not sentence.endswith(("?", "？"))]
    if len(told) == len(sentences):
        return True
    return any(
        cue.search(sentence) for cue in (absence.SAYS_AUTOMATIC, absence.LATER, absence.THANKS) for sentence in told
    )


def is_note(title: str, text: str, is_answer: bool) -> bool:
    """Whether the new words of a text (lower-case) are an absence note.

    A note needs words of absence and two other marks of such a note; one is enough below a subject that speaks of
    absence, three are wanted from a mail that answers nothing.
    """
    if not _may_be(text[:_READ]):
        return False
    sentences = _sentences(text[:_READ])
    if len(sentences) > _MOST:
        return False
    if not any(map(absence.AWAY.search, sentences[:_OPENING])):
        return False
    marks = sum(any(map(cue.search, sentences)) for cue in absence.CUES)
    # Whom to ask meanwhile is a mark too.
    marks += any(absence.PLACE.search(sentence) and absence.NEUTRAL.search(sentence) for sentence in sentences)
    wanted = 1 if absence.HINT.search(title[:_TITLE]) else 2 if is_answer else 3
    return marks >= wanted and not _says_more(sentences) and not _asks_for_a_note(sentences)


def _asks_for_a_note(sentences: list[str]) -> bool:
    """Whether the reader is asked to set something up, and nobody says of himself that he is away."""
    if not any(map(absence.REQUEST.search, sentences)):
        return False
    return not any(absence.FIRST.search(sentence) and absence.AWAY.search(sentence) for sentence in sentences)


def _says_more(sentences: list[str], allowed: int = 2) -> bool:
    """Whether there is more than absence in it: a question, or a sentence that belongs to no such note.

    One is allowed for each `allowed` sentences that do belong to it; none where that is 0.
    """
    told = other = 0
    for sentence in sentences:
        if absence.AWAY.search(sentence) or any(cue.search(sentence) for cue in absence.CUES):
            told += not absence.THANKS.search(sentence)
        elif _is_sentence(sentence) and not absence.NEUTRAL.search(sentence):
            other += 1
        if (sentence.endswith(("?", "？")) or absence.MATTER.search(sentence)) and not absence.URGENT.search(sentence):
            other += 2
    return other > (told // allowed if allowed else 0)


def _is_sentence(text: str) -> bool:
    """More than a name, a title or a greeting; scripts without spaces are measured by their length."""
    if text.endswith(","):
        return False
    return text.count(" ") >= 3 or (not text.isascii() and " " not in text and len(text) >= 14)


def _may_be(text: str) -> bool:
    words = text.replace(",", " ").replace(".", " ").replace("'", " ").replace("’", " ").split()
    if not absence.GATE.isdisjoint(map(_STEM, words)):
        return True
    if any(part in text for part in absence.GATE_WITHIN):
        return True
    return not text.isascii() and any(word in text for word in absence.GATE_UNSPACED)


def _sentences(text: str) -> list[str]:
    """The sentences of the new words, wrapped lines joined: nothing from a quotation, a closing or a signature on."""
    lines: list[str] = []
    for line in (written.strip()[:600] for written in text.split("\n")):
        if line and absence.QUOTES.search(line):
            break
        if len(line) < 60 and absence.CLOSING.search(line) and len(lines) > 1:
            break
        lines.append(line)
    joined = " ".join(line or "\n\n" for line in lines)
    return [part.strip() for part in absence.END.split(joined) if part.strip()][:_SENTENCES]
