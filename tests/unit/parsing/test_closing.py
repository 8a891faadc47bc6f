"""What closes a mail: signature, device line and disclaimer, and the banner above it (intake 40)."""

import pytest

from parsing.reply import split


def test_signatures():
    found = split("words\n\n-- \nAnna Muster\nCEO\n\nOn Mon, 5 Oct 2026, Desk wrote:\n> old")
    assert (found.reply, found.signature) == ("words", "-- \nAnna Muster\nCEO")


CLOSINGS = [
    "Kind regards,\nAnna Muster",
    "Best regards\n\nAnna Muster\nHead of Support | Muster Ltd\nT: +44 1632 960 001\nwww.muster.example",
    "Thanks and best regards,\nAnna",
    "Mit freundlichen Grüßen aus Kassel\nAnna Muster",
    "MfG\nA. Muster",
    "Bien cordialement,\n\nAnna Muster\n12 rue de la Gare\n75010 Paris",
    "Un saludo,\nAnna",
    "Cordiali saluti\nAnna Muster",
    "Met vriendelijke groet,\nAnna Muster",
    "Pozdrawiam\nAnna",
    "Med vänlig hälsning\nAnna Muster",
    "Hilsen\nAnna",
    "Ystävällisin terveisin\nAnna",
    "S pozdravem\nAnna",
    "Üdvözlettel,\nAnna",
    "Cu stimă,\nAnna",
    "Saygılarımla,\nAnna",
    "С уважением,\nАнна",
    "Με εκτίμηση,\nΆννα",
    "בברכה,\nאנה",
]


@pytest.mark.parametrize("closing", CLOSINGS)
@pytest.mark.parametrize("below", ["", "\n\nOn Mon, 5 Oct 2026, Desk wrote:\n> old", "\n\nSent from my iPhone"])
def test_a_formula_with_the_name_below_it_is_signature(closing, below):
    found = split(f"the words\n\n{closing}{below}")
    assert found.reply == "the words"
    assert found.signature.startswith(closing)


@pytest.mark.parametrize(
    "text",
    [
        "It works.\n\nThanks,\nAnna",
        "It works.\n\nRegards, Anna",
        "It works.\n\nBest regards",
        "Best regards\nAnna",
        "It works.\n\nBest regards\nAnna\n\nPS: but not on the phone",
        "It works.\n\nRegards\nAnna\n\nWhy was it off?",
        "It works.\n\nRegards\nAnna\nAffected users: 12",
        "It works.\n\nRegards\nAnna\n\nBOOK 2",
        "It works.\n\nRegards\nAnna\n\n1. one more\n2. and another",
        "It works.\n\nRegards\nAnna\n\n17",
        "It works.\n\nRegards\nAnna\n\nI also saw that the second printer is off since this morning.",
        "The best of it all is this.\nBest price is 12\nfor two",
        "My number is\n\n+49 561 5550 140",
        "Anna Muster\nanna@muster.example\n+49 561 5550 140",
        "I received this in error, please delete my account.",
        "words\n\nIs the confidential report the one for the addressee?\n\nmore words",
        "Our notice says: this message is confidential and for the intended recipient only, delete it.",
    ],
)
def test_what_could_be_an_answer_is_no_signature_and_no_disclaimer(text):
    found = split(text)
    assert (found.reply, found.signature, found.disclaimer) == (text, "", "")


@pytest.mark.parametrize(
    "banner",
    [
        "CAUTION: This email originated from outside of the organisation. Do not click links or open attachments.",
        "[EXTERNAL EMAIL] Do not click links or attachments unless you know the sender.",
        "Achtung: Diese E-Mail kommt von außerhalb. Öffnen Sie keine Anhänge oder Links.",
        "You don't often get email from anna@muster.example. Learn why this is important",
    ],
)
def test_the_banner_of_a_gateway_is_set_apart(banner):
    found = split(f"{banner}\n\nthe words\n\nOn Mon, 5 Oct 2026, Desk wrote:\n> old")
    assert (found.reply, found.disclaimer) == ("the words", banner)
    assert split(banner).reply == banner


def test_particulars_without_a_formula():
    found = split("it is off.\n\nThanks,\nAnna Muster\nanna@muster.example\n+49 561 5550 140\nwww.muster.example")
    assert found.reply == "it is off.\n\nThanks,"
    assert found.signature.split("\n")[0] == "Anna Muster"


def test_a_long_text_below_two_dashes_is_no_signature():
    text = "first part\n\n--\n" + "\n".join(f"line {number} of the second part" for number in range(80))
    assert split(text).reply == text


DISCLAIMERS = [
    "This e-mail is confidential. If you are not the intended recipient, please delete it.",
    "CONFIDENTIALITY NOTICE: The contents are for the addressee.",
    "Please consider the environment before printing this email.",
    "Virus-free.www.avast.com",
    "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der Empfänger sind, löschen Sie sie bitte.",
    "Ce message est confidentiel et destiné à ses seuls destinataires. Si vous l'avez reçu par erreur, détruisez-le.",
    "Este mensaje es confidencial y va dirigido a su destinatario. Si lo ha recibido por error, elimínelo.",
    "Questo messaggio è riservato ai destinatari. Se ricevuto per errore, vi preghiamo di cancellarlo.",
    "Dit bericht is vertrouwelijk en alleen bestemd voor de geadresseerde. Ten onrechte ontvangen? Verwijder het.",
    "Esta mensagem é confidencial e destina-se ao seu destinatário. Se a recebeu por engano, elimine-a.",
    "Ta wiadomość jest poufna i przeznaczona dla adresata. W razie otrzymania przez pomyłkę proszę ją usunąć.",
    "Detta meddelande är konfidentiellt och avsett för mottagaren. Har du fått det av misstag, radera det.",
    "Tämä viesti on luottamuksellinen ja tarkoitettu vastaanottajalle.",
    "Это сообщение конфиденциально и предназначено только получателю. Если вы получили его по ошибке, удалите его.",
    "本メールは機密情報を含み、宛先の方のみを対象としています。誤って受信された場合は削除してください。",
]


@pytest.mark.parametrize("disclaimer", DISCLAIMERS)
@pytest.mark.parametrize("above", ["", "\n\nKind regards\nAnna Muster", "\n\n-- \nAnna Muster\nMuster Ltd"])
def test_a_disclaimer_at_the_end_is_set_apart(disclaimer, above):
    found = split(f"the words{above}\n\n{disclaimer}\n\nOn Mon, 5 Oct 2026, Desk wrote:\n> old")
    assert (found.reply, found.disclaimer) == ("the words", disclaimer)
    assert found.signature.strip() == above.strip()


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone",
        "Von Samsung Mobile gesendet",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Verzonden vanaf mijn iPad",
        "Skickat från min iPhone",
        "Wysłane z telefonu Samsung",
        "Odesláno z iPhonu",
        "Отправлено с iPhone",
        "Надіслано з iPhone",
        "iPhoneから送信",
        "发自我的iPhone",
        "나의 iPhone에서 보냄",
        "iPhone'umdan gönderildi",
        "Sent from Yahoo Mail on Android<https://mail.example/android>",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPad",
        "Get Outlook for iOS",
        "Sent from Mail for Windows 10",
        "Gesendet mit der GMX Mail App",
    ],
)
def test_device_lines(line):
    found = split(f"words\n\n{line}")
    assert (found.reply, found.signature) == ("words", line)
