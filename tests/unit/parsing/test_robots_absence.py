"""Absence notes without a header that says so, and the people who write about absences (intake 22)."""

import pytest

from parsing.machines import outofoffice
from parsing.machines.outofoffice import Label
from parsing.message import Kind
from parsing.reading import read


def mail(subject, body, *lines, answers=True):
    thread = ["In-Reply-To: <a@desk.example>"] if answers else []
    head = [
        "From: Ann <ann@corp.test>",
        f"Subject: {subject}",
        *thread,
        *lines,
        "Content-Type: text/plain; charset=utf-8",
    ]
    return read(("\r\n".join(head) + "\r\n\r\n" + body).encode())


NOTES = {
    "en": "I'm on parental leave until January. My colleague Jim is covering for me in the meantime.",
    "de": "Danke für deine Nachricht! Ich bin bis Ende der Woche nicht im Büro und melde mich, sobald ich zurück bin.",
    "fr": "Je suis en vacances jusqu'au 15. Je lirai vos messages à mon retour. En cas d'urgence contactez Marie.",
    "es": "Estoy de vacaciones y regreso el 20 de agosto. Si es urgente, contacta con Luis.",
    "it": "Sono assente dall'ufficio fino a lunedì 18. Per urgenze chiamare il numero 02 555.",
    "nl": "Dank voor uw e-mail. Ik ben met verlof tot 1 september. Uw mail wordt niet doorgestuurd.",
    "pt": "Encontro-me de férias e regresso no dia 1 de setembro. Em caso de urgência contacte a Rita.",
    "pl": "Jestem na urlopie do 31 sierpnia. W pilnych sprawach proszę o kontakt z Janem.",
    "sv": "Tack för ditt meddelande. Jag är inte på kontoret idag men svarar så snart jag kan.",
    "da": "Jeg er på ferie og er tilbage på kontoret mandag. Kontakt venligst Lone i hastesager.",
    "no": "Takk for din henvendelse. Jeg har ferie til og med 3. august.",
    "fi": "Olen vuosilomalla 7.7.-3.8. Vastaan viestiisi palattuani.",
    "cs": "Čerpám dovolenou a k e-mailům nemám přístup. Vrátím se 1. září.",
    "sk": "Ďakujem za Váš e-mail. Do 31. augusta som na dovolenke.",
    "hu": "Jelenleg házon kívül vagyok. Sürgős ügyben keresse kollégámat. Visszatérésem után válaszolok.",
    "ro": "Mulțumesc pentru mesaj. Sunt în concediu. Voi răspunde la întoarcere.",
    "tr": "Şu anda ofis dışındayım, pazartesi günü döneceğim. Acil konular için Ayşe Hanım'a ulaşabilirsiniz.",
    "ru": "С 1 по 14 сентября я в отпуске. По срочным вопросам пишите Анне.",
    "uk": "Я у відпустці з 1 по 14 вересня. Відповім після повернення.",
    "el": "Είμαι εκτός γραφείου μέχρι 20/8. Θα απαντήσω στο μήνυμά σας μόλις επιστρέψω.",
    "ja": "只今出張中のため、メールの確認ができません。18日以降に順次ご返信いたします。",
    "zh": "我目前正在休假，8月18日返回办公室。如有急事请致电同事张伟。",
    "ko": "현재 출장 중으로 메일 확인이 어렵습니다. 8월 18일 복귀 후 답변드리겠습니다.",
}


@pytest.mark.parametrize("language", NOTES)
def test_a_note_in_an_answer(language):
    found = mail("Re: [DESK-1] Printer", NOTES[language])
    assert found.kind is Kind.OUT_OF_OFFICE
    assert found.suppress_auto_reply
    assert found.judged_by_words, "nobody may lose a mail for its words"


MORE_NOTES = [
    "I am travelling this week and will have only sporadic access to email. Expect a delayed response.",
    "Our offices are closed from 24 December to 2 January. We will answer your message after the holidays.",
    "Wir haben Betriebsferien vom 1. bis 19. August. Ihre Nachricht wird danach beantwortet.",
    "Notre bureau est fermé du 4 au 22 août. Nous vous répondrons dès notre retour.",
    "En estos momentos no me encuentro en la oficina. Volveré el lunes 20 y responderé a su correo.",
    "L'ufficio resterà chiuso per ferie dal 4 al 24 agosto. Risponderemo alla riapertura.",
    "Ik ben afwezig van 1 t/m 20 augustus. Tijdens mijn afwezigheid kunt u terecht bij Jan.",
    "W dniach 1-15 sierpnia przebywam na urlopie. Na wiadomości odpowiem po 15 sierpnia.",
    "本日は終日外出しております。戻り次第ご返信いたします。",
]


@pytest.mark.parametrize("note", MORE_NOTES)
def test_notes_of_offices_and_travellers(note):
    assert mail("Re: Invoice", note).kind is Kind.OUT_OF_OFFICE


PEOPLE = [
    ("RE: facture", "Merci pour votre aide. Mon collègue est absent jusqu'à lundi. Il manque la page 2."),
    ("Moving", "Our office will be closed from 4 to 8 August. From 11 August our address is 5 Mill Lane."),
    ("Mail delivery failed", "I get this error. Your message could not be delivered, it says. What is it?"),
    ("Re: Visit", "I am out of office next week, please call Tom."),
    ("Re: Visit", "I'm out of the office until Monday. The printer in room 4 has the paper jam, and the toner is low."),
    ("Printer", "I was on holiday until Friday and now my password has expired. It is urgent, I need an invoice."),
    ("Re: Ticket", "Sorry for the late reply, I was on vacation. Yes, please close the ticket."),
    ("Out of Office", "Can you please switch on the out of office for Jane? She is on sick leave until 3 March."),
    ("Vacation", "Please add 3 days of vacation to my account. The form does not accept them."),
    ("Automatic reply", "How can I have every customer get an automatic reply?"),
    ("Automatic reply does not work", "It is switched on, but nothing is sent."),
    ("Abwesenheit", "Ich bin ab Montag abwesend. Bitte leiten Sie meine Anrufe an Frau Sommer um."),
    ("AW: Termin", "Ich bin bis Freitag im Urlaub, aber Herr Maier ist da. Bitte kommen Sie über den Hof."),
    ("RE: Rendez-vous", "Je serai en congés jusqu'au 20, pouvez-vous passer le 21 à la place ?"),
    ("RE: cita", "No puedo el martes porque estoy de vacaciones. ¿Puede ser el jueves?"),
    ("Odp: wizyta", "Jestem na urlopie do piątku. Proszę przyjechać w poniedziałek, drukarka nadal nie działa."),
    ("Re: встреча", "Я в отпуске до пятницы. Приезжайте в понедельник, принтер всё ещё не работает."),
    ("Re: 訪問", "金曜日まで休暇をいただいています。月曜日に来ていただけますか。プリンタはまだ故障しています。"),
    ("Re: numbers", (
            "I'm on leave from tomorrow. In my absence please contact Jim for urgent matters. "
                    "The numbers are 44 and 51. The last one includes the spring campaign of May."
        )),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "body"), PEOPLE)
@pytest.mark.parametrize("answers", [True, False])
def test_people_who_write_about_absence(subject, body, answers):
    found = mail(subject, body, answers=answers)
    assert found.kind is Kind.HUMAN
    assert not found.suppress_auto_reply


def test_a_quoted_note_is_not_the_answer():
    body = f"Did you mean to send me this?\n\n> {NOTES['en']}"
    assert mail("Re: Printer", body).kind is Kind.HUMAN


def test_a_forwarded_note_is_a_persons():
    body = (
        f"Please note.\n\n---------- Forwarded message ---------\nFrom: Jim <j@x.test>\nSubject: away\n\n{NOTES['en']}"
    )
    assert mail("Fwd: away", body).kind is Kind.HUMAN


def test_one_mark_is_enough_below_a_subject_that_speaks_of_absence_and_three_are_wanted_of_a_first_mail():
    assert mail("My holidays", "I am on holiday until Friday.", answers=False).kind is Kind.OUT_OF_OFFICE
    assert mail("My holidays", "I am on holiday.", answers=False).kind is Kind.HUMAN
    note = "I am on holiday until Friday. For urgent matters call Tom."
    assert mail("Hello", note, answers=False).kind is Kind.HUMAN
    assert mail("Hello", note + " Thank you for your message.", answers=False).kind is Kind.OUT_OF_OFFICE


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("automatic reply: printer", Label.AUTOMATIC),
        ("re: printer (automatic response)", Label.AUTOMATIC),
        ("automatische antwort: drucker", Label.AUTOMATIC),
        ("réponse automatique : imprimante", Label.AUTOMATIC),
        ("automaattinen vastaus: tulostin", Label.AUTOMATIC),
        ("自動応答: プリンタ", Label.AUTOMATIC),
        ("out of office", Label.NOTE),
        ("abwesenheitsnotiz: x", Label.NOTE),
        ("fuori sede: x", Label.NOTE),
        ("im urlaub bis 12.8.", Label.ABSENCE),
        ("how do i set an automatic reply?", None),
        ("automatic reply is late", None),
        ("out of office hours support", None),
        ("automatic door", None),
        ("", None),
    ],
)
def test_labels(title, expected):
    assert outofoffice.label(title) is expected


def test_a_header_makes_words_of_absence_enough():
    found = mail("Re: x", "We have your mail.", "Auto-Submitted: auto-replied")
    assert found.kind is Kind.AUTO_REPLY
    found = mail("Re: x", "I am travelling with intermittent access to email.", "Auto-Submitted: auto-replied")
    assert found.kind is Kind.OUT_OF_OFFICE
    assert not found.judged_by_words


def test_an_automatic_answer_that_says_so():
    body = "This is an automated response. Your case is 771."
    assert mail("Re: Printer", body).kind is Kind.AUTO_REPLY
    assert mail("Re: Printer", body).judged_by_words
    first = mail("Your order", body, answers=False)
    assert first.kind is Kind.HUMAN
    assert first.suppress_auto_reply
    assert mail("Re: Printer", f"Why this?\n\n> {body}").kind is Kind.HUMAN
