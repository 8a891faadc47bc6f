"""Charsets of mail: named, misnamed, unknown, mixed, encoded twice (intake 49, reliability 38)."""

import time

import pytest

from parsing import charset, limits


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("iso-8859-1", "Grüße".encode(), "Grüße"),
        ("windows-1252", "l’été – déjà".encode(), "l’été – déjà"),
        ("windows-1251", "Привет".encode(), "Привет"),
        ("gb2312", "你好世界".encode(), "你好世界"),
        ("utf-8", "Grüße".encode("cp1252"), "Grüße"),
        ("utf-8", "l’été".encode("cp1252"), "l’été"),
        ("us-ascii", "Grüße".encode("cp1252"), "Grüße"),
        ("utf-8", "Grüße – schön, ".encode() + "Fußzeile".encode("cp1252"), "Grüße – schön, Fußzeile"),
        ("utf-8", "Grüße, schö".encode() + b"\xc3", "Grüße, schöÃ"),
        ("utf-8", b"\xef\xbb\xbfabc", "abc"),
        ("iso-8859-1", "\ufeffGrüße".encode(), "Grüße"),
        ("", "Hallo Welt".encode("utf-16"), "Hallo Welt"),
        ("utf-8", "Hallo Welt".encode("utf-16-le"), "Hallo Welt"),
        ("utf-16", "Hallo Welt".encode("utf-16-be"), "Hallo Welt"),
        ("utf-16le", "Hallo".encode("utf-16-le"), "Hallo"),
        ("hz-gb-2312", "你好".encode("hz"), "你好"),
        ("gb2312", "鎔〇".encode("gb18030"), "鎔〇"),
        ("iso-2022-jp", "日本語".encode("iso2022_jp"), "日本語"),
        ("ISO-2022-JP-MS", b"\x1b$B-!-j\x1b(B", "①㈱"),
        ("iso-2022-jp", b"\x1b(I\x43\x3d\x44\x1b(B", "ﾃｽﾄ"),
        ("us-ascii", "日本語".encode("iso2022_jp"), "日本語"),
        ("shift_jis", "日本語の文章です".encode("euc_jp"), "日本語の文章です"),
        ("", "Привет мир".encode("cp1251"), "Привет мир"),
        ("", "Привет мир".encode("koi8-r"), "Привет мир"),
        ("", "你好，世界".encode("gb2312"), "你好，世界"),
        ("utf8; format=flowed", "ü".encode(), "ü"),
        ('"UTF-8"', "ü".encode(), "ü"),
        ("unknown-8bit", "ü".encode(), "ü"),
        ("bogus", "ü".encode("cp1252"), "ü"),
        ("utf-7", b"+ADw-script+AD4-", "+ADw-script+AD4-"),
        ("raw_unicode_escape", b"\\u0041", "\\u0041"),
        ("punycode", b"bcher-kva", "bcher-kva"),
        ("base64", b"YQ==", "YQ=="),
        ("bz2", b"BZh", "BZh"),
        ("uu", b"begin", "begin"),
        ("undefined", b"a", "a"),
        ("mbcs", b"a", "a"),
        ("x" * 10_000, b"a", "a"),
    ],
)
def test_text_is_read_as_it_was_meant(name, data, text):
    assert charset.decode(data, name)[0] == text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Grüße an alle Ämter", True),
        ("J’ai déjà reçu l’été", True),
        ("Привет, мир", True),
        ("Müller", False),
    ],
)
def test_text_encoded_twice_is_repaired_only_when_certain(text, meant):
    twice = b"".join(
        char.encode("latin-1").decode("latin-1").encode() if "\x80" <= char <= "\x9f" else char.encode()
        for char in text.encode().decode("cp1252", "ignore")
    )
    if text.encode().decode("cp1252", "ignore").encode("cp1252") != text.encode():
        twice = text.encode().decode("latin-1").encode()
    found, defect = charset.decode(twice, "utf-8")
    assert (found == text) is meant
    assert (defect == "text was encoded twice") is meant


@pytest.mark.parametrize(
    "text", ["It prints Ã¼ everywhere", "It prints Ã¼ and Ã¶, not ü and ö", "SÃO PAULO", "Âge: été"]
)
def test_text_about_such_signs_is_left(text):
    assert charset.decode(text.encode(), "utf-8") == (text, "")


def test_html_names_its_own_charset():
    data = b'<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251"></head>'
    assert charset.of_html(data + "Привет".encode("cp1251")) == "windows-1251"
    assert charset.of_html(b'<meta charset="koi8-r">\xe0') == "koi8-r"
    assert charset.of_html(b"<p>\xe0") == ""
    assert charset.of_html(b'<meta charset="koi8-r">ascii') == ""
    start = time.process_time()
    charset.of_html(b"<meta " * 200_000 + b"\xe0")
    assert time.process_time() - start < 0.2


def test_bytes_without_a_name_may_be_in_the_charset_of_the_body():
    assert charset.undeclared("Žluťoučký".encode("iso8859-2"), "iso-8859-2") == "Žluťoučký"
    assert charset.undeclared("Grüße".encode(), "iso-8859-2") == "Grüße"
    assert charset.undeclared("武汉欢迎您".encode("gb2312"), "iso-8859-1") == "武汉欢迎您"
    assert charset.undeclared("Jörg".encode("cp1252"), "evil-codec") == "Jörg"


@pytest.mark.parametrize(
    "data",
    [b"\xc3" * 500_000, b"\xff\xfe" * 500_000, b"\x1b$B" * 300_000, "Ã¼".encode() * 250_000, b"a\xff\xc3\xbc" * 250_000,
     b"\0" * 1_000_000, b"\x1b(I\xff" * 250_000],
)  # fmt: skip
@pytest.mark.parametrize("name", ["utf-8", "iso-2022-jp", "gb2312", ""])
def test_hostile_bytes_cost_linear_time(data, name):
    start = time.process_time()
    text, _ = charset.decode(data, name)
    assert time.process_time() - start < 1.0
    assert "\0" not in text


def test_of_too_many_wrong_bytes_none_is_mended():
    few, many = "ü".encode() * 10 + b"\xe4", ("ü".encode() + b"\xe4") * (limits.CHARSET_REPAIRS + 1)
    assert charset.decode(few, "utf-8")[0].endswith("ä")
    assert charset.decode(many, "utf-8")[0].endswith("\ufffd")


@pytest.mark.parametrize(
    ("data", "name", "text"),
    [
        (b"a\x1b[31mb\x07\x00\x7f\tc\x0cd\x0be\nf", "", "a[31mb\tc\nd\ne\nf"),
        ("ä\x1b[0m \x9b31m\x85ü\x0cö".encode(), "utf-8", "ä[0m 31mü\nö"),
        ("a\x1b\x9bé".encode("utf-16-le"), "utf-16le", "aé"),
        ("Grüße – “a”".encode().decode("latin-1").encode(), "utf-8", "Grüße – “a”"),
    ],
)
def test_no_control_that_a_terminal_obeys_is_left(data, name, text):
    assert charset.decode(data, name)[0] == text


def test_only_lines_that_are_not_ascii_tell_the_charset_of_a_long_text():
    text = "an ordinary line of a long log\n" * 3_000
    words = "Здравствуйте, не могу войти в личный кабинет, помогите пожалуйста\n"
    assert charset.decode((text + words + text).encode("koi8-r"), "")[0] == text + words + text
