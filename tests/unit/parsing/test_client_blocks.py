"""What mail clients and desks write above the mail that is answered: all below it is old (intake 45)."""

import time

import pytest

from parsing.reply import split

BLOCKS = [
    ("From: Desk, Harbour <support@desk.example>\nSent: Monday, October 5, 2026 10:11 AM\nTo: Anna Muster\n"
    "Subject: RE: Printer"),
    "From: Harbour Desk\nSent: Monday, October 5, 2026 10:11 AM\nTo: Anna Muster\nCc: Bob\nSubject: RE: Printer",
    ("________________________________\nFrom: Harbour Desk\nSent: 05 October 2026 10:11\nTo: Anna Muster\n"
    "Subject: RE: Printer"),
    "Von: Harbour Desk\nGesendet: Montag, 5. Oktober 2026 10:11\nAn: Anna Muster\nBetreff: AW: Printer",
    ("Von: Harbour Desk <support@desk.example>\nDatum: Montag, 5. Oktober 2026 um 10:11\nAn: Anna Muster "
    "<anna@kunde.example>\nBetreff: Re: Printer"),
    "*Von:* Harbour Desk\n*Datum:* 5. Oktober 2026\n*An:* Anna\n*Betreff:* Printer",
    "De : Harbour Desk\nEnvoyé : lundi 5 octobre 2026 10:11\nÀ : Anna Muster\nObjet : RE: Printer",
    "De: Harbour Desk\nEnviado el: lunes, 5 de octubre de 2026 10:11\nPara: Anna\nAsunto: RE: Printer",
    "Da: Harbour Desk\nInviato: lunedì 5 ottobre 2026 10:11\nA: Anna\nOggetto: R: Printer",
    "Fra: Harbour Desk\nDato: 5. oktober 2026 kl. 10.11.12 CEST\nTil: Anna\nEmne: Sv: Printer",
    ("Lähettäjä: Harbour Desk\nPäiväys: maanantai 5. lokakuuta 2026 klo 10.11\nVastaanottaja: Anna\nAihe: Vs: "
    "Printer"),
    ("From: \"Harbour Desk\" <support@desk.example>\nTo: \"Anna\" <anna@kunde.example>\nSent: Monday, October 5, "
    "2026 10:11:12 AM\nSubject: Re: Printer"),
    ("From:        Harbour Desk\nTo:        Anna Muster\nDate:        10/05/2026 10:11 AM\nSubject:        Re: "
    "Printer"),
    ("-------- Original message --------\nFrom: Harbour Desk <support@desk.example>\nDate: 05/10/2026 10:11 "
    "(GMT+01:00)\nTo: anna@kunde.example\nSubject: Re: Printer"),
    ("----- Original Message -----\nFrom: Harbour Desk\nTo: Anna\nSent: Monday, October 5, 2026 10:11 AM\n"
    "Subject: Re: Printer"),
    ("发件人： Harbour Desk\n发送时间： 2026-10-05 10:11\n收件人： Anna\n主题： 回复: "
    "Printer"),
    ("------------------ 原始邮件 ------------------\n发件人: \"Harbour "
    "Desk\";\n发送时间: 2026年10月5日(星期一) 晚上10:11\n收件人: \"Anna\";\n主题: 回复: "
    "Printer"),
    ("差出人: Harbour Desk\n送信日時: 2026年10月5日月曜日 10:11\n宛先: Anna\n件名: RE: "
    "Printer"),
    "От: Harbour Desk\nОтправлено: 5 октября 2026 г. 10:11\nКому: Anna\nТема: RE: Printer",
    "Van: Harbour Desk\nDatum: maandag 5 oktober 2026 om 10:11\nAan: Anna\nOnderwerp: Re: Printer",
    ("Date: Mon, 5 Oct 2026 10:11:12 +0200\nFrom: support@desk.example\nTo: anna@kunde.example\nSubject: Re: "
    "Printer"),
    ("Subject: Re: Printer\nDate: Mon, 5 Oct 2026 10:11:12 +0200\nFrom: support@desk.example\nTo: "
    "anna@kunde.example"),
    "On 10/5/26 10:11, Harbour Desk wrote:",
    "On Oct 5, 2026, at 10:11, Harbour Desk <support@desk.example> wrote:",
    "Am Mo., 5. Okt. 2026 um 10:11 Uhr schrieb Harbour Desk <support@desk.example>:",
    "Am 05.10.26 um 10:11 schrieb Harbour Desk:",
    "2026-10-05 10:11 GMT+02:00 Harbour Desk <support@desk.example>:",
    "2026-10-05 10:11 Harbour Desk <support@desk.example>:",
    "At 2026-10-05 10:11:12, \"Harbour Desk\" <support@desk.example> wrote:",
    "05.10.2026, 10:11, \"Harbour Desk\" <support@desk.example>:",
    "Понедельник, 5 октября 2026, 10:11 +03:00 от Harbour Desk <support@desk.example>:",
    "Harbour Desk <support@desk.example> schrieb am Mo., 5. Okt. 2026, 10:11:",
    "Le lun. 5 oct. 2026 à 10:11, Harbour Desk <support@desk.example> a écrit :",
    "Il giorno lun 5 ott 2026 alle ore 10:11 Harbour Desk <support@desk.example> ha scritto:",
    "Dnia 5 października 2026 10:11 Harbour Desk <support@desk.example> napisał(a):",
    "W dniu pon., 5.10.2026 o 10:11 Harbour Desk <support@desk.example> napisał(a):",
    "From: support@desk.example\nDate: Monday, 5 October 2026\nTo: anna@kunde.example\nSubject: Re: Printer",
    ("From: Harbour Desk <support@desk.example>\nDate: Monday, October 5, 2026\nTo: Anna <anna@kunde.example>\n"
    "Subject: Re: Printer"),
    ("Gesendet: Montag, 05. Oktober 2026 um 10:11 Uhr\nVon: \"Harbour Desk\" <support@desk.example>\nAn: "
    "anna@kunde.example\nBetreff: Re: Printer"),
    "El 5/10/26 a las 10:11, Harbour Desk escribió:",
    ("Sent from Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\nFrom: Harbour Desk "
    "<support@desk.example>\nSent: Monday, October 5, 2026 10:11:12 AM\nTo: Anna <anna@kunde.example>\nSubject: "
    "Re: Printer"),
]  # fmt: skip


@pytest.mark.parametrize("words", ["The blue one.", "Hi,\n\nthe blue one.\n\nRegards\nAnna"])
@pytest.mark.parametrize("block", BLOCKS)
def test_what_a_client_wrote_is_old(block, words):
    found = split(f"{words}\n\n{block}\n\nDear Anna,\nwhich printer do you mean?\n\nHarbour Desk")
    assert "blue one" in found.reply
    assert "which printer" in found.quoted


@pytest.mark.parametrize(
    "line",
    [
        "##- Type your reply above this line -##", "-- Bitte oberhalb dieser Zeile antworten --",
        "=== Répondez au-dessus de cette ligne ===", "## Escriba arriba de esta línea ##",
        "--- Rispondere sopra a questa riga ---", "--- Antwoord boven deze regel ---",
        "--- Responda acima desta linha ---", "--- Odpowiedz powyżej tej linii ---",
        "--- Svara ovanför den här raden ---", "--- Svar over denne linjen ---",
        "--- Kirjoita tämän rivin yläpuolelle ---", "--- Pište nad touto čárou ---",
        "--- Пишите выше этой строки ---", "--- Пишіть вище цього рядка ---",
        "--- Bu satırın üstüne yazın ---", "--- この行より上に返信 ---", "--- 请在此行之上回复 ---",
        "REPLY ABOVE THIS LINE", "PLEASE WRITE YOUR ANSWER ABOVE THIS LINE TO KEEP IT",
    ],
)  # fmt: skip
def test_below_our_own_line_all_is_old(line):
    found = split(f"the blue one\n\n{line}\n\nwhich printer?")
    assert (found.reply, "which printer?" in found.quoted) == ("the blue one", True)


@pytest.mark.parametrize(
    "unit",
    [
        "From: a b\nDate: x\nTo: c\nSubject: d\n",
        "Name: a\nFrom: a b\nDate: 1.1.2026 10:11\nTo: c\nSubject: d\n",
        "-----\nFrom: a\nDate: b\n",
        "> x\n\nplease note the words of\nOn 5 October 2026 he wrote:\n",
        "PLEASE ANSWER ABOVE IN CAPITALS OR HERE\n",
        "--\nAnna says that it works now.\n\n",
        "Sent by mail from the tablet of a mobile phone\n",
        "Anna\n192.0.2.1\n192.0.2.2\n\n",
    ],
)
def test_what_is_nearly_a_block_costs_no_more(unit):
    text = unit * (1_000_000 // len(unit))
    start = time.process_time()
    split(text)
    assert time.process_time() - start < 1.0
