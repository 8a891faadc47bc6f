"""The strict From rule, lists of mailboxes and the form in which addresses are compared (intake 11-14, 20)."""

import time

import pytest

from parsing import limits
from parsing.address import author, is_address, mailboxes, normalise, split_detail
from parsing.message import Mailbox


@pytest.mark.parametrize(
    ("value", "address", "name"),
    [
        ("anna@corp.test", "anna@corp.test", ""),
        ("Anna Muster <anna@corp.test>", "anna@corp.test", "Anna Muster"),
        ('"agent@corp.test" <evil@x.test>', "evil@x.test", "agent@corp.test"),
        ('"Muster, Anna" <anna@corp.test>', "anna@corp.test", "Muster, Anna"),
        ("=?utf-8?q?J=C3=B6rg?= <joerg@corp.test>", "joerg@corp.test", "Jörg"),
        ("=?utf-8?q?=3Cagent=40corp.test=3E?= <evil@x.test>", "evil@x.test", "<agent@corp.test>"),
        ("anna@corp.test (Anna)", "anna@corp.test", "Anna"),
        ("Anna\r\n <anna@corp.test>", "anna@corp.test", "Anna"),
        ("anna@corp.test (Anna (of Corp))", "anna@corp.test", "Anna (of Corp)"),
        ("=?utf-8?Q?M=C3=BCller=2C_Anna?= <anna@corp.test>", "anna@corp.test", "Müller, Anna"),
        ('"=?utf-8?Q?J=C3=B6rg?=" <joerg@corp.test>', "joerg@corp.test", "Jörg"),
        ("=?utf-8?Q?a=0D=0ABcc=3A_b?= <anna@corp.test>", "anna@corp.test", "a  Bcc: b"),
        ('"Anna \\"Nan\\" Muster" <anna@corp.test>', "anna@corp.test", 'Anna "Nan" Muster'),
        ("Anna <@relay.test,@other.test:anna@corp.test>", "anna@corp.test", "Anna"),
        ("=?utf-8?Q?=E2=80=AEanna?= <anna@corp.test>", "anna@corp.test", "anna"),
        ('"john doe"@corp.test', '"john doe"@corp.test', ""),
    ],
)
def test_one_mailbox_without_doubt_is_the_author(value, address, name):
    mailbox, defect = author([value])
    assert defect == ""
    assert (mailbox.address, mailbox.name) == (address, name)


@pytest.mark.parametrize(
    "values",
    [
        ["agent@corp.test", "evil@x.test"],
        ["agent@corp.test <evil@x.test>"],
        ["agent@corp.test, evil@x.test"],
        ["agent@corp.test; evil@x.test"],
        ["agents: agent@corp.test;"],
        ["agent@corp.test\r\n (c) <evil@x.test>"],
        ["<agent@corp.test> <evil@x.test>"],
        ["<agent@corp.test>evil@x.test"],
        ["<agent@corp.test>\u00a0"],
        ["agent@corp.test)evil@x.test"],
        ["=?utf-8?q?agent=40corp.test?=@evil.test"],
        ["=?utf-8?q?=22agent=40corp.test=22_=3Cagent=40corp.test=3E?="],
        ["<=?utf-8?q?agent?=@corp.test>"],
        ["agent@corp.test(comment)evil@x.test"],
        ["agent@corp.test\u202e <evil@x.test>"],
        ["agent @ corp . test"],
        ["agent@corp.test\r\n\tevil@x.test"],
        ["Anna <agent@corp.test>, <>"],
        ["undisclosed-recipients:;"],
        ["agent@corp.test\x01"],
        ["agent@[127.0.0.1"],
        ["agent@corp..test"],
        ["(agent@corp.test)"],
        ["<agent@corp.test"],
        ["<@relay.test:>"],
        ["agent@corp.test\x00@x.test"],
        ['"agent@corp.test <evil@x.test>'],
        ["agent@corp.test (evil <evil@x.test>"],
        ["agent@c\u043erp.test"],
        ["agent"],
        [""],
        [],
    ],
)
def test_a_doubtful_from_is_no_identity(values):
    assert author(values)[1]


def test_the_routable_address_is_kept_for_display_when_it_is_clear():
    mailbox, defect = author(["agent@corp.test <evil@x.test>"])
    assert mailbox.address == "evil@x.test"
    assert defect


@pytest.mark.parametrize(
    "value", ["(" * 60_000, '"' * 60_000, "<" * 60_000, "a@b," * 16_000, "\\" * 60_000, ":;" * 30_000]
)
def test_hostile_headers_cost_linear_time(value):
    start = time.process_time()
    author([value])
    assert len(mailboxes([value])) <= limits.ADDRESSES
    assert time.process_time() - start < 1.0


def test_lists_open_groups_and_leave_nonsense_out():
    found = mailboxes(["Anna <a@x.test>, team: b@x.test, c@x.test;, nonsense, <d@x.test>"])
    assert [mailbox.address for mailbox in found] == ["a@x.test", "b@x.test", "c@x.test", "d@x.test"]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a@x.test; b@x.test;", ["a@x.test", "b@x.test"]),
        ("Anna <a@x.test>;Bo <b@x.test>", ["a@x.test", "b@x.test"]),
        ("a @ x . test, , b@x.test", ["a@x.test", "b@x.test"]),
        ("undisclosed-recipients:;", []),
        ("one: a@x.test; two: b@x.test;, c@x.test", ["a@x.test", "b@x.test", "c@x.test"]),
        ("\"Muster, Anna\" <a@x.test>, 'b@x.test' <b@x.test>", ["a@x.test", "b@x.test"]),
        ("<a@x.test", ["a@x.test"]),
        ("a@x.test>", ["a@x.test"]),
        ("'a@x.test'; <'b@x.test'>, <mailto:c@x.test>", ["a@x.test", "b@x.test", "c@x.test"]),
        ('"Anna Muster" a@x.test, Bo Berg b@x.test', ["a@x.test", "b@x.test"]),
        ("a@x.test b@x.test", []),
        ("=?utf-8?Q?Anna_=3Ca=40x.test=3E=2C_b=40x.test?=", ["a@x.test", "b@x.test"]),
        ("=?utf-8?Q?a=40y.test?= <a@x.test>", ["a@x.test"]),
    ],
)
def test_lists_as_clients_write_them(value, found):
    assert [mailbox.address for mailbox in mailboxes([value])] == found


def test_a_name_in_raw_bytes_is_read_in_the_charset_of_the_body():
    value = "Žofie <z@x.test>".encode("iso8859-2").decode("ascii", "surrogateescape")
    assert author([value], "iso-8859-2")[0].name == "Žofie"


@pytest.mark.parametrize(
    "text", ["a@b.test", "jörg@x.test", '"a b"@x.test', "a+b=c@x-y.test", "a@[192.0.2.1]", "a@[IPv6:2001:db8::1]"]
)
def test_addresses(text):
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@b",
        "a@",
        "a b@x.test",
        "a@b@c..d",
        "a@b>",
        "a\n@b.test",
        "a@-x.test",
        ".a@b.test",
        "a..b@c.test",
        "a@b\x00.test",
        "<a@b.test>",
        "a@[x]",
        "\u202ea@b.test",
        "a" * 200 + "@b.test",
    ],
)
def test_no_addresses(text):
    assert not is_address(text)


def test_normalise():
    assert normalise("Support@DESK.Example.") == "support@desk.example"
    assert normalise("agent@c\u043erp.test").startswith("agent@xn--")
    assert normalise("a@b\u00fccher.test") == "a@xn--bcher-kva.test"


def test_split_detail():
    assert split_detail("support+k12@desk.example") == ("support@desk.example", "k12")
    assert split_detail("support@desk.example") == ("support@desk.example", "")
    assert split_detail("+x@desk.example") == ("+x@desk.example", "")


@pytest.mark.parametrize(
    "value",
    [
        "a@b.test", "<a@b.test>", "Ann Lee <a.b-c_d+e@b-c.test>", '"Lee, Ann" <a@b.test>', "Ann Lee<a@b.test>",
        "=?utf-8?q?J=C3=B6rg?= <a@b.test>", "J\udcf6rg <a@b.test>", "Ann\tLee  <a@b.test>", "'Ann' <a@b.test>",
        '"Ann" Lee <a@b.test>', '"A\\"nn" <a@b.test>', "Ann <a@-b.test>", "Ann <a..b@b.test>", "Ann <a@b_c.test.>",
        "Ann a@b.test", "a@b.test <c@d.test>", "Ann <=?utf-8?q?a?=@b.test>", '"" <a@b.test>', " <a@b>", "<a b@b.test>",
        "a@" + "b." * 130 + "test", "a" * 129 + "@b.test", "a@" + "b" * 64 + ".test", "Ann <a@b.test> (work)",
        '"<a@b.test>"',
    ],
)  # fmt: skip
def test_a_mailbox_alone_is_read_as_in_a_list(value):
    assert mailboxes([value]) == mailboxes([f"{value}, z@z.test"])[:-1]
    defects = {defect for _, defect in (author([value]), author([f"() {value}"])) if "several" not in defect}
    assert len(defects) == 1


def test_an_address_in_a_comment_is_a_recipient_and_never_an_author():
    written = ["Hans (hans@example.com)"]
    assert [(box.name, box.address) for box in mailboxes(written)] == [("Hans", "hans@example.com")]
    assert author(written) == (None, "From has no valid address")
    assert [box.address for box in mailboxes(["a@x.example (b@y.example)"])] == ["a@x.example"]


@pytest.mark.parametrize("behind", [", agent@corp.test", " <agent@corp.test>", ""])
def test_an_author_whose_header_is_not_read_whole_is_no_identity(behind):
    """Other readers see the mailbox behind the white space."""
    found, defect = author(["eve@x.test" + "\r\n " * (limits.HEADER_VALUE // 3) + behind])
    assert (found, defect) == (Mailbox(address="eve@x.test"), "From is too long")


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ('"nora"@x.example', "nora@x.example"),
        ('"no\\ra"@X.example', "nora@x.example"),
        ('"nora.wind+a"@x.example', "nora.wind+a@x.example"),
        ('"nora wind"@x.example', '"nora wind"@x.example'),
        ('"no\\\\ra"@x.example', '"no\\\\ra"@x.example'),
        ('"nora..wind"@x.example', '"nora..wind"@x.example'),
        ('""@x.example', '""@x.example'),
    ],
)
def test_quotes_that_mean_nothing_make_nobody_else(written, same):
    """RFC 5321 section 4.1.2; else each spelling of one mailbox would have a budget of its own."""
    assert normalise(written) == same
