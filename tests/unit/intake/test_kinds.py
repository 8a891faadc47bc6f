"""Typed values: numbers, products, choices, versions, web and postal addresses, files. A row for each way of writing
makes it long."""

import time
from collections.abc import Iterable

import pytest

from gateway.config.policy.intake import MOST_CUES
from parsing.intake.kinds import KINDS, number
from parsing.intake.passage import Found, Passage
from parsing.message import Attachment, Choice, Sought

INVOICE = Sought(name="invoice_number", kind="number", pattern="INV-####-#####", cues=("invoice",))
ORDER = Sought(name="order_number", kind="number", pattern="##########", cues=("order", "bestell", "commande"))
PRODUCTS = tuple(
    Choice(value=name, names=names)
    for name, names in (
        ("Kestrel Desktop", ()),
        ("Kestrel Mobile", ("the bird app",)),
        ("Heron Scanner", ()),
        ("Heron Printer", ("hp-200",)),
    )
)
PRODUCT = Sought(name="product", kind="product", choices=PRODUCTS)
REGION = Sought(
    name="region",
    kind="choice",
    cues=("region", "server"),
    choices=(
        Choice(value="EU", names=("europe", "europa")),
        Choice(value="US", names=("america",)),
        Choice(value="Asia"),
    ),
)
WORKAROUND = Sought(name="workaround", kind="yesno", cues=("workaround", "way around", "umgehen"))
VERSION = Sought(name="version", kind="version")
PAGE = Sought(name="page", kind="url")
ADDRESS = Sought(name="address", kind="address")
SCREENSHOT = Sought(name="screenshot", kind="file", choices=(Choice(value="picture"), Choice(value="log")))


def found(sought: Sought, text: str, *, asked: bool = False, files: tuple[Attachment, ...] = ()) -> list[Found]:
    return list(KINDS[sought.kind](Passage(text=text, asked=asked, files=files), sought))


def values(sought: Sought, text: str, *, asked: bool = False, sure: bool = True) -> list[str]:
    return [one.value for one in found(sought, text, asked=asked) if one.sure is sure]


def places(text: str, all_found: Iterable[Found]) -> list[str]:
    return [text[one.start : one.end] for one in all_found]


@pytest.mark.parametrize(
    "text",
    ["INV-2026-00412", "inv-2026-00412.", "INV 2026 00412", "Inv2026-00412", "no. INV.2026.00412,", "INV–2026–00412"],
)
def test_a_number_is_given_as_its_shape_has_it(text: str):
    assert values(INVOICE, f"It is about {text}") == ["INV-2026-00412"]


@pytest.mark.parametrize("text", ["INV-2026-0041", "INV-2026-004123", "XINV-2026-00412", "2026-00412", "INVOICE 2026"])
def test_what_has_another_shape_is_no_number(text: str):
    assert values(INVOICE, text) == []


@pytest.mark.parametrize("text", ["4500118273", "4500.118.273", "45 0011 8273", "order: 4500-118-273", "45.0098.1127,"])
def test_digits_alone_are_a_number_with_the_right_count(text: str):
    assert len(values(ORDER, text)[0]) == 10


@pytest.mark.parametrize(
    "text",
    [
        "+4500118273",
        "Tel. 030 5550 1234",
        "call (+49) 931 5550119",
        "02 99 00 11 57",
        "ring 4500118273 now",
        "2026-11-18 09:40",
        "450011827",
        "45001182731",
        "4500118273 EUR and 4500118273€"[22:],
        "x4500118273",
    ],
)
def test_a_telephone_a_date_an_amount_is_no_order(text: str):
    assert values(ORDER, text) == []


def test_the_number_beside_a_cue_comes_first():
    text = f"Their reference is 9900118273 {'and so on ' * 12}, our order 4500118273"
    assert values(ORDER, text) == ["4500118273", "9900118273"]


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        ("luhn", "4539578763621486", "4539578763621487"),
        ("mod97", "DE89370400440532013000", "DE89370400440532013001"),
        ("mod11", "0306406152", "0306406153"),
        ("mod11", "080442957X", "0804429571"),
    ],
)
def test_check_digits(check: str, right: str, wrong: str):
    if check == "mod97":  # as of a remittance, ISO 11649: the check digits stand in front and are counted last
        right, wrong = (text[4:] + text[:4] for text in (right, wrong))
    assert number.checks(right, check)
    assert not number.checks(wrong, check)


def test_a_wrong_check_digit_is_not_sure():
    card = Sought(name="card", kind="number", pattern="################", check="luhn")
    assert values(card, "4539 5787 6362 1486", asked=True) == ["4539578763621486"]
    assert values(card, "4539 5787 6362 1487", asked=True) == []
    assert values(card, "4539 5787 6362 1487", asked=True, sure=False) == ["4539578763621487"]


def test_any_number_is_one_where_it_was_asked_for():
    contract = Sought(name="contract", kind="number")
    assert values(contract, "It is K-3307, I think", asked=True) == ["K-3307"]
    assert values(contract, "It is K-3307, I think") == []


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("our Heron Scanner beeps", "Heron Scanner"),
        ("six heron scanners", "Heron Scanner"),
        ("der HeronScanner", "Heron Scanner"),
        ("the Heron-Printer.", "Heron Printer"),
        ("Kestral Mobile crashes", "Kestrel Mobile"),
        ("Kestrle  Mobil is bad", "Kestrel Mobile"),
        ("I use the bird app daily", "Kestrel Mobile"),
        ("our HP 200", "Heron Printer"),
        ("it is the scanner, a Heron", "Heron Scanner"),
        ("Der Heron Printer neben dem Heron Scanner: der Heron Printer ist es", "Heron Printer"),
    ],
)
def test_a_product_is_known_by_its_names(text: str, product: str):
    assert values(PRODUCT, text) == [product]


@pytest.mark.parametrize(
    "text", ["a heron on the pond", "Mobile phone", "the printer", "kestrels are birds", "superheron scannerx"]
)
def test_a_word_of_a_name_is_no_product(text: str):
    assert values(PRODUCT, text) == []


def test_two_products_are_not_sure():
    assert values(PRODUCT, "Heron Scanner or Heron Printer", sure=False) == ["Heron Scanner", "Heron Printer"]


def test_one_word_is_enough_where_it_was_asked_for():
    assert values(PRODUCT, "the scanner", asked=True) == ["Heron Scanner"]
    assert values(PRODUCT, "the heron", asked=True) == []
    assert values(PRODUCT, "the Osprey Scanner", asked=True) == []
    assert values(PRODUCT, "the Osprey Scanner", asked=True, sure=False) == ["Heron Scanner"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("b", "US"),
        ("(b)", "US"),
        ("B.", "US"),
        ("b) America", "US"),
        ("2", "US"),
        ("Europa", "EU"),
        ("the US one", "US"),
    ],
)
def test_a_choice_is_answered_with_a_letter_or_a_name(text: str, value: str):
    assert values(REGION, text, asked=True) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "Not Europe",
        "It is definitely not the one in Europe",
        "no, and not Asia",
        "We don't use Asia",
        "nicht in Europa",
    ],
)
def test_a_choice_that_is_denied_is_not_chosen(text: str):
    assert values(REGION, text, asked=True) == []


def test_a_denial_in_another_clause_or_of_something_else_leaves_a_choice():
    assert values(REGION, "No, Europe", asked=True) == ["EU"]
    assert values(REGION, "We cannot reach the server in Europe") == ["EU"]
    assert values(REGION, "It is not the Europe server") == []


def test_a_choice_in_free_text_needs_a_cue():
    assert values(REGION, "We are in Europe and like it") == []
    assert values(REGION, "It is the server in Europe that fails") == ["EU"]
    assert values(REGION, "EU or US", asked=True, sure=False) == ["EU", "US"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("Yes, over USB", "yes"),
        ("ja, mit dem Kabel", "yes"),
        ("Oui.", "yes"),
        ("sí", "yes"),
        ("a", "yes"),
        ("b", "no"),
        ("no", "no"),
        ("Nein, leider", "no"),
        ("non", "no"),
        ("none", "no"),
        ("not really", "no"),
        ("geen", "no"),
    ],
)
def test_yes_and_no(text: str, value: str):
    assert values(WORKAROUND, text, asked=True) == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Hi. It hangs. There is a workaround over USB. Bye", ["yes"]),
        ("There is no way around it, we tried.", ["no"]),
        ("Umgehen lässt sich das nicht.", ["no"]),
        ("Is there a workaround?", []),
        ("Yes, it is so.", []),
    ],
)
def test_a_yes_in_free_text_needs_a_cue(text: str, value: list[str]):
    assert values(WORKAROUND, text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("On the sticker: FW 4.12.1", "4.12.1"),
        ("we are on 3.9.0, all of us", "3.9.0"),
        ("Version 12.2", "12.2"),
        ("version: 5", "5"),
        ("v2.1 it is", "v2.1"),
        ("Installiert ist 2026.2 Build 41, sagt er", "2026.2 Build 41"),
        ("fw 2026.3 build 88", "2026.3 build 88"),
        ("firmware is 4.10.2-rc1", "4.10.2-rc1"),
        ("on my phone the app says 6.2.0", "6.2.0"),
    ],
)
def test_a_version(text: str, value: str):
    assert values(VERSION, text)[:1] == [value]


@pytest.mark.parametrize(
    "text",
    [
        "on 2.11.2026 and 19.11.",
        "it costs 12.50 EUR",
        "at 192.168.0.1",
        "order 4500.118.273",
        "8.300 Artikel",
        "The server is on 9.4.2",
        "Android 15.3.1 on it",
        "call before 13 o'clock",
        "36 Monate laut Vertrag",
        "my smartphone has 14.0.2",
        "INV-2026.3.1",
        "https://a.example/1.2.3",
    ],
)
def test_other_numbers_are_no_version(text: str):
    assert values(VERSION, text) == []


def test_a_bare_version_is_one_where_it_was_asked_for():
    assert values(VERSION, "12", asked=True) == ["12"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("See https://a.example/x?id=7.", "https://a.example/x?id=7"),
        ("(www.bramhall.example)", "www.bramhall.example"),
        ("auf osprey-konto.example/a7, dann", "osprey-konto.example/a7"),
        ("the page shop.acme.com is down", "shop.acme.com"),
        ("<http://a.example/b>", "http://a.example/b"),
    ],
)
def test_a_web_address(text: str, value: str):
    assert values(PAGE, text) == [value]
    assert places(text, found(PAGE, text)) == [value]


@pytest.mark.parametrize(
    "text", ["mail a@b.com", "update.exe and a.js", "document.cookie", "artikel.xml", "e.g. this", "3.5 GB", "end.Next"]
)
def test_what_only_has_dots_is_no_web_address(text: str):
    assert values(PAGE, text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            "I'm at Fennel Cottage, 3 Mill Lane, Ashburton TQ13 7ZZ, as before.",
            "Fennel Cottage, 3 Mill Lane, Ashburton TQ13 7ZZ",
        ),
        ("Ship-to: Havenweg 118, dock 6, 3089 JK Rotterdam.", "Havenweg 118, dock 6, 3089 JK Rotterdam"),
        ("in die Kirchgasse 9, 97070 Würzburg; das Lager", "Kirchgasse 9, 97070 Würzburg"),
        ("au 17 rue des Tanneurs, 67000 Strasbourg, troisième", "17 rue des Tanneurs, 67000 Strasbourg"),
        ("we are in Rruga e Ullinjve 27, 1001 Tirana", "Rruga e Ullinjve 27, 1001 Tirana"),
        ("Send it to\nAnna Ring\nAm Anger 4\nD-99084 Erfurt\nThanks", "Anna Ring Am Anger 4 D-99084 Erfurt"),
        ("to 1200 Main Street, Springfield, IL 62701 please", "1200 Main Street, Springfield, IL 62701"),
    ],
)
def test_a_postal_address(text: str, value: str):
    assert values(ADDRESS, text) == [value]


@pytest.mark.parametrize(
    "text",
    ["In 2026 Berlin was fine", "we need 12000 Artikel today", "on 10 November 2023 Excel broke", "Tel. 0931 555 0119"],
)
def test_numbers_before_a_capital_are_no_postal_address(text: str):
    assert found(ADDRESS, text) == []


def test_a_street_alone_is_not_sure():
    assert values(ADDRESS, "we are in the Lindenstraße 12 now", sure=False) == ["Lindenstraße 12"]


def attachment(name: str, real: str, size: int = 50_000, *, inline: bool = False) -> Attachment:
    return Attachment(
        part=1,
        filename=name,
        safe_name=name,
        content_type=real,
        size=size,
        sha256="",
        inline=inline,
        content_id="",
        real_type=real,
    )


@pytest.mark.parametrize(
    ("file", "sure"),
    [
        (attachment("a.png", "image/png"), [True]),
        (attachment("a.png", "image/png", 500), [True]),
        (attachment("trace.log", "text/plain"), [True]),
        (attachment("image001.png", "image/png", inline=True), [True]),
        (attachment("image001.png", "image/png", 12_000, inline=True), [False]),
        (attachment("logo.png", "image/png", 2_000, inline=True), []),
        (attachment("terms.pdf", "application/pdf"), []),
        (attachment("me.vcf", "text/vcard"), []),
    ],
)
def test_r40_a_file_answers_for_a_file(file: Attachment, sure: list[bool]):
    assert [one.sure for one in found(SCREENSHOT, "", files=(file,))] == sure


def test_any_file_answers_where_any_is_wanted():
    anything = Sought(name="proof", kind="file")
    assert [one.value for one in found(anything, "", files=(attachment("terms.pdf", "application/pdf"),))] == [
        "terms.pdf"
    ]
    assert found(anything, "", files=(attachment("smime.p7s", "application/pkcs7-signature"),)) == []


HOSTILE = (
    "1 " * 10_000,
    "1." * 10_000,
    "a." * 10_000,
    "9" * 20_000,
    "INV-" * 5_000,
    "INV-2026-" * 2_200,
    "Heron " * 3_300,
    "heronheron" * 2_000,
    "A 1, " * 4_000,
    "Aa " * 6_000 + "1, 97070 B",
    "www." * 5_000,
    "http://" * 2_800,
    "12345 Xx " * 2_200,
    "Weg 1 " * 3_300,
    "workaround " * 1_800,
    "europe server " * 1_400,
    " " * 20_000,
    "x.co/" * 4_000,
)


@pytest.mark.parametrize(
    "sought", [INVOICE, ORDER, PRODUCT, REGION, WORKAROUND, VERSION, PAGE, ADDRESS], ids=lambda one: one.name
)
def test_the_worst_case_is_bounded(sought: Sought):
    for text in HOSTILE:
        for asked in (False, True):
            started = time.process_time()
            many = found(sought, text[:20_000], asked=asked)
            assert time.process_time() - started < 0.25, text[:20]
            assert len(many) <= 10


@pytest.mark.parametrize("kind", ["number", "choice", "yesno", "count", "when"])
def test_as_many_cues_as_a_field_may_have_cost_little(kind: str):
    cues = tuple(f"cue number {at}" for at in range(MOST_CUES))
    many = Sought(name="x", kind=kind, cues=cues, pattern="##########", choices=REGION.choices)
    for text in (*HOSTILE, "0123456789 " * 2_000, "cue number europe " * 1_200, "3 people since May. " * 1_000):
        started = time.process_time()
        found(many, text[:20_000])
        assert time.process_time() - started < 0.25, text[:20]


def test_a_large_catalogue_costs_little():
    many = Sought(
        name="p", kind="product", choices=tuple(Choice(value=f"Model{at} Type{at % 7}") for at in range(2_000))
    )
    text = "We have a modell12 typ5 and Model77 Type0 here. " + "All that we say of it is that it models nothing. " * 40
    found(many, text)
    started = time.process_time()
    assert values(many, text) == ["Model77 Type0"]
    assert time.process_time() - started < 0.05
