"""Commands, subjects, topics and languages (intake 40, 59)."""

import time

import pytest

from parsing import category, language, subject
from parsing.command import commands
from parsing.message import Lexicon, TopicWords


@pytest.mark.parametrize(
    ("words", "found", "rest"),
    [
        ("#close", [("close", "")], ""),
        (
            "\n\n#priority 1 because down\n#assign benedikt\n\nHello",
            [("priority", "1 because down"), ("assign", "benedikt")],
            "Hello",
        ),
        ("@accept\n!note\nwords", [("accept", ""), ("note", "")], "words"),
        ("\u200b#tag\u00a0+vip", [("tag", "+vip")], ""),
        ("#todo \u201ccall her\u201d", [("todo", '"call her"')], ""),
        ("#closed", [("closed", "")], ""),
        ("#close\n#end\n#assign x", [("close", "")], "#assign x"),
        ("#dry-run\n#close", [("dry-run", ""), ("close", "")], ""),
        ("words\n#close", [], "words\n#close"),
        ("#1 is broken", [], "#1 is broken"),
        ("# heading", [], "# heading"),
        ("! attention", [], "! attention"),
        ("@Anna, could you look?", [], "@Anna, could you look?"),
        ("", [], ""),
    ],
)
def test_commands(words, found, rest):
    block = commands(words)
    assert [(command.verb, command.args) for command in block.commands] == found
    assert block.rest == rest
    assert block.looks_like_command == bool(found)


def test_what_looks_like_a_command_and_is_none_is_said():
    block = commands("#closed! now")
    assert block.commands == ()
    assert block.looks_like_command


def test_an_escape_makes_it_text():
    block = commands("#-- #close is what she wrote\nmore")
    assert block.commands == ()
    assert not block.looks_like_command
    assert block.rest == "#close is what she wrote\nmore"


def test_a_block_that_is_too_long_is_held_whole():
    block = commands("\n".join("#tag +x" for _ in range(21)))
    assert block.commands == ()
    assert block.looks_like_command
    assert len(commands("\n".join("#tag +x" for _ in range(20))).commands) == 20


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("Re: Printer", "Printer"), ("AW: WG: Printer", "Printer"), ("Re[2]: Printer", "Printer"),
        ("RE: Fwd: SV: Printer [DESK-12]", "Printer"),
        ("回复：Printer", "Printer"), ("[DESK-1] Re: Printer", "Printer"), ("Re:", ""), ("", ""), ("Request: x",
        "Request: x"), ("R: x", "x"),
        ("Regarding: x", "Regarding: x"), ("Re:Re: RE : Printer", "Printer"), ("Re(3): Re^2: Re2: Printer", "Printer"),
        ("TR: RE: facture", "facture"), ("Réf : facture", "facture"), ("RV: RES: factura", "factura"),
        ("RIF: I: fattura", "fattura"), ("Antw: Doorst: printer", "printer"), ("ENC: RES: fatura", "fatura"),
        ("SV: VB: skrivare", "skrivare"), ("VS: VL: tulostin", "tulostin"), ("Odp: PD: drukarka", "drukarka"),
        ("Vá: Továbbítás: számla", "számla"), ("YNT: İLT: fatura", "fatura"), ("Ответ: Пересл: счёт", "счёт"),
        ("Відп: рахунок", "рахунок"), ("ΑΠ: ΠΡΘ: λογαριασμός", "λογαριασμός"), ("返信: 転送: 見積", "見積"),
        ("答复: 转发: 发票", "发票"), ("回覆: 轉寄: 發票", "發票"), ("답장: 전달: 견적", "견적"),
        ("תגובה: הועבר: חשבון", "חשבון"),
        ("رد: فاتورة", "فاتورة"), ("Trả lời: hóa đơn", "hóa đơn"), ("Atb: rēķins", "rēķins"), ("Odg: račun", "račun"),
        ("[EXTERNAL] Re: x", "x"), ("[SPAM?] x", "x"), ("{Spam?} Fwd: x", "x"), ("***SPAM*** x", "x"),
        ("[EXT] AW: x", "x"), ("EXTERNAL: Re: x", "x"), ("[External Email] x", "x"),
        ("External drive is full", "External drive is full"), ("[dev] Re: [dev] x", "[dev] x"),
        ("Re: [dev] x", "[dev] x"), ("[dev] [urgent] x", "[dev] [urgent] x"), ("Question: x", "Question: x"),
        ("PC: x", "PC: x"), ("Resume: x", "Resume: x"),
    ],
)  # fmt: skip
def test_base(written, bare):
    assert subject.base(written) == bare
    assert subject.base(bare) == bare


@pytest.mark.parametrize(
    "written",
    ["Fwd: x", "FW: x", "WG: x", "TR : x", "RV: x", "ENC: x", "I: x", "VB: x", "PD: x", "VL: x", "İLT: x", "转发: x",
     "轉寄：x", "転送: x", "전달: x", "Doorst: x", "Chuyển tiếp: x", "[EXTERNAL] Fwd: x", "[dev] Fwd: x", "Fwd[2]: x",
     "fwd: Re: x"],
)  # fmt: skip
def test_marks_of_a_forward(written):
    assert subject.is_forward(written)


@pytest.mark.parametrize("written", ["Re: x", "Re: Fwd: x", "AW: WG: x", "Forward motion: x", "SV: x", "VS: x", "x", "",
                                     "fwd x", "[Fwd] x", "Transfer: x"])  # fmt: skip
def test_no_marks_of_a_forward(written):
    assert not subject.is_forward(written)


def test_references():
    assert subject.references("Re: [DESK-1042] x DESK-7 desk-1042", ("DESK",)) == (1042, 7)
    assert subject.references("XDESK-1 DESK-1x DESK- 1 DESK-12345678901 OTHER-3", ("DESK",)) == ()
    assert subject.references("[OLD-3]", ("DESK", "OLD")) == (3,)
    start = time.process_time()
    subject.references("[#" * 500_000 + "DESK-" * 100_000, ("DESK",))
    subject.base("Re: " * 250_000)
    subject.base("[a] " * 250_000)
    subject.is_forward("[a" * 250_000)
    assert time.process_time() - start < 0.5


TOPICS = Lexicon(
    topics=(
        TopicWords(topic="Outage", subtopic="website", words=("outage", "website is down", "ausfall")),
        TopicWords(topic="Billing", subtopic="invoice", words=("invoice", "rechnung")),
    )
)


def test_topics_are_ranked_with_their_words():
    found = category.match("", "Invoice 12: the website is down, total outage, invoice", TOPICS).topics
    assert [match.topic for match in found] == ["Outage", "Billing"]
    assert found[0].words == ("website is down", "outage")


@pytest.mark.parametrize("text", ["there is no outage", "kein Ausfall", "outages", "", "nothing", "not an outage"])
def test_denied_or_partial_words_do_not_count(text):
    assert category.match("", text, TOPICS).topics == ()


def test_not_only_is_no_denial():
    assert category.match("", "not only an outage", TOPICS).topics


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The printer does not start and we can not print", "en"),
        ("Der Drucker startet nicht und wir haben keine Zeit", "de"),
        ("L'imprimante ne démarre pas et nous avons un problème avec les documents", "fr"),
        ("La impresora no funciona y no podemos imprimir por favor", "en"),
        ("ok", "en"),
        ("", "en"),
    ],
)
def test_language(text, found):
    assert language.guess(text, ("en", "de", "fr"), "en") == found


ALL = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "no", "fi", "cs", "sk", "hu", "ro", "tr", "ru", "uk",
       "el", "ja", "zh", "ko", "ar", "he")  # fmt: skip


@pytest.mark.parametrize(
    ("spoken", "text"),
    [
        ("en", "The export you promised has not arrived yet, when will it be there?"),
        ("en", "Can someone tell me how much this costs"),
        ("de", "Seit dem Umzug kommt bei uns keine Post mehr an, woran kann das liegen?"),
        ("de", "Anbei das gewünschte Protokoll, wie besprochen"),
        ("de", "Immer noch kaputt."),
        ("fr", "Toujours en panne."),
        ("es", "Sigue sin funcionar."),
        ("nl", "Nog steeds kapot."),
        ("pt", "Olá, há alguma novidade?"),
        ("sv", "Hej, finns det något nytt?"),
        ("da", "Min faktura er forkert, kan I tjekke den?"),
        ("no", "Det er fortsatt ødelagt."),
        ("tr", "Aboneliğimi iptal etmek istiyorum."),
        ("ru", "Прошу отменить подписку."),
        ("uk", "Прошу скасувати мою підписку."),
        ("fr", "Nous n'avons toujours pas reçu le devis que vous aviez promis"),
        ("fr", "Pouvez-vous me rappeler demain pour en parler ?"),
        ("es", "Todavía no hemos recibido el presupuesto que nos prometieron"),
        ("es", "¿Cuándo estará listo?"),
        ("it", "Non abbiamo ancora ricevuto il preventivo che ci avevate promesso"),
        ("it", "Quando sarà pronto il documento che ho chiesto?"),
        ("nl", "We hebben de beloofde offerte nog steeds niet ontvangen"),
        ("nl", "Kunt u mij morgen terugbellen over de levering?"),
        ("pt", "Ainda não recebemos o orçamento que nos prometeram"),
        ("pt", "Quando é que fica pronto o documento?"),
        ("pl", "Nadal nie otrzymaliśmy obiecanej wyceny, kiedy będzie gotowa?"),
        ("sv", "Vi har fortfarande inte fått offerten som ni lovade oss"),
        ("da", "Vi har stadig ikke modtaget det tilbud, som I har lovet os, hvornår kommer det?"),
        ("no", "Vi har fortsatt ikke mottatt tilbudet dere lovet, hva skjer med det?"),
        ("fi", "Emme ole vielä saaneet tarjousta, jonka lupasitte"),
        ("cs", "Stále jsme nedostali nabídku, kterou jste nám slíbili"),
        ("sk", "Stále sme nedostali ponuku, ktorú ste nám sľúbili"),
        ("hu", "Még mindig nem kaptuk meg az ígért árajánlatot, mikor lesz kész?"),
        ("ro", "Încă nu am primit oferta pe care ne-ați promis-o"),
        ("tr", "Söz verdiğiniz teklifi hâlâ almadık, ne zaman hazır olacak?"),
        ("ru", "Мы до сих пор не получили обещанное предложение, когда оно будет?"),
        ("uk", "Ми досі не отримали обіцяної пропозиції, коли вона буде готова?"),
        ("el", "Δεν έχουμε λάβει ακόμη την προσφορά"),
        ("ja", "見積書はまだ届いていません。いつ頃になりますか。"),
        ("zh", "我们还没有收到报价单，什么时候能好？"),
        ("ko", "아직 견적서를 받지 못했습니다."),
        ("ar", "لم نستلم عرض السعر حتى الآن"),
        ("he", "עדיין לא קיבלנו את הצעת המחיר"),
    ],
)
def test_the_language_of_short_mails(spoken, text):
    assert language.guess(text, ALL, "xx") == spoken


@pytest.mark.parametrize("text", ["ok", "4711", "", "+1", "INV-2026-001.pdf", "Москва", "x\n" * 5_000, "\u05d0"])
def test_unclear_texts_get_the_default(text):
    assert language.guess(text, ALL, "xx") == "xx"


def test_a_language_of_another_desk_is_none_of_ours():
    assert language.guess("Vi har fortfarande inte fått offerten som ni lovade oss", ("en", "de"), "en") == "en"
    assert language.guess("Vi har stadig ikke modtaget det tilbud, som I har lovet", ("en", "no"), "en") == "no"
    assert language.guess("見積書はまだ届いていません。", ("en", "zh"), "en") == "en"
