"""HTML into readable text: structure, links, images, hidden text, the containers of mail clients, hostile sources."""

import time

import pytest

from parsing import limits
from parsing.pages.markup import to_text
from parsing.pages.sanitised import cleaned


def lines(source, images=None):
    return to_text(source, images or {}).split("\n")


def test_structure_becomes_lines():
    source = (
        "<html><head><style>x{}</style><title>t</title></head><body><script>alert(1)</script><h1>Title</h1>"
        "<p>Hello&nbsp;<b>World</b></p><ul><li>one<li>two<ul><li>inner</ul></ul><ol><li>first<li>second</ol>"
        '<a href="https://x.test/a">link</a><br>next<hr><blockquote>old<br>words</blockquote>new'
        "<pre>  a\n\n   b</pre></body>"
    )
    assert lines(source) == [
        "Title", "", "Hello World", "", "- one", "- two", "  - inner", "", "1. first", "2. second", "",
        "link <https://x.test/a>", "next", "________________________________", "", "> old", "> words", "", "new", "",
        "  a", "", "   b",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<table border=1><tr><td>a<td>b<tr><td>1<td>2</table>", ["a | b", "1 | 2"]),
        ("<table><tr><th>Name<th>Count</tr><tr><td>cable<td>3</tr></table>", ["Name | Count", "cable | 3"]),
        (
            (
                '<table style="border-collapse:collapse"><tr><td style="border:solid windowtext 1.0pt">'
                "<p class=MsoNormal>a</p></td><td><p class=MsoNormal>b</p></td></tr></table>"
            ),
            ["a | b"],
        ),
        ("<table><tr><td>a<td>b<td>c<tr><td>1<td>2<td>3</table>", ["a | b | c", "1 | 2 | 3"]),
        ("<table border=0><tr><td>Tel:<td>030 1<tr><td>Fax:<td>030 2</table>", ["Tel: 030 1", "Fax: 030 2"]),
        ("<table border=1 role=presentation><tr><td>a<td>b</table>", ["a", "b"]),
        ("<table border=1><tr><td><table><tr><td>in</table><td>out</table>", ["in", "out"]),
        ("<table><tr><td>Anna<br>Corp<td>text</table>", ["Anna", "Corp", "text"]),
        ("<table border=1><tr><td>one<p>two<td>b</table>", ["one two | b"]),
    ],
)
def test_data_tables_have_bars_and_layout_has_none(source, found):
    assert lines(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('<a href="https://x.test/">https://x.test</a>', "https://x.test"),
        ('<a href="https://www.x.test/">x.test</a>', "x.test"),
        ('<a href="https://evil.test/bank.test">bank.test</a>', "bank.test <https://evil.test/bank.test>"),
        ('<a href="https://x.test/a/long/path/to/it">https://x.test/a/long…</a>', "https://x.test/a/long…"),
        ('<a href="mailto:anna@x.test?subject=a">anna@x.test</a>', "anna@x.test"),
        ('<a href="mailto:anna@x.test">Anna</a>', "Anna <anna@x.test>"),
        ('<a href="tel:+493012345678">030 12345678</a>', "030 12345678"),
        ('<a href="tel:+493012345678">call us</a>', "call us <+493012345678>"),
        ('<a href="#top">up</a> <a href="/x">rel</a> <a href="javascript:x()">js</a>', "up rel js"),
        (
            (
                '<a href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fx.test%2Fa&amp;data=05">'
                "https://x.test/a</a>"
            ),
            "https://x.test/a",
        ),
        ('<a title="1 > 0" href="https://x.test/q?a=1&amp;b=2">q</a>', "q <https://x.test/q?a=1&b=2>"),
        ('<a href="https://x.test/"><img src="https://x.test/p.png" alt=""></a>end', "end"),
    ],
)
def test_a_link_tells_where_it_leads_when_its_text_does_not(source, found):
    assert to_text(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('a<img src="cid:img1@x">b', "a [image: error.png] b"),
        ('<img src="cid:unknown%40x" alt="Screenshot of it">', "[image: Screenshot of it]"),
        ('<img src="cid:ii_1234" alt="">', "[image: ii_1234]"),
        ('<img src="https://x.test/t.gif" width="1" height="1" alt="hello there">', ""),
        ('<img src="https://x.test/t.gif" style="width:1px;height:1px" alt="hello there">', ""),
        ('<img src="https://x.test/l.png" alt="logo">', ""),
        ('<img src="https://x.test/l.png" alt="banner_17.jpg">', ""),
        ('<img src="https://x.test/l.png" alt="Your parcel is at the gate">', "[image: Your parcel is at the gate]"),
        ('fine <img src="https://x.test/e.png" alt="😀"> really', "fine 😀 really"),
        ('<img src="data:image/png;base64,AAAA">', "[image]"),
    ],
)
def test_images_stand_in_their_place(source, found):
    assert to_text(source, {"img1@x": "error.png"}) == found


@pytest.mark.parametrize(
    "source",
    [
        '<span style="display:none">no</span>yes',
        '<div style="DISPLAY: none; max-height:0">no<p>no</p></div>yes',
        '<div style="mso-hide:all">no</div>yes',
        "<p hidden>no</p>yes",
        '<span style="font-size:0px">no</span>yes',
        '<div style="font-size:0;line-height:0;">no</div>yes',
        '<div style="visibility:hidden">no</div>yes',
        '<div style="display:none">no<div>no</div>no</div>yes',
        '<table><tr><td style="display:none">no<td>yes</table>',
        "<!-- no -->yes",
        "<!--[if mso]><p>no</p><![endif]-->yes",
        "<![if !mso]>yes<![endif]>",
        "<!-->yes",
        "<title>no</title><head><base>yes",
    ],
)
def test_hidden_text_is_left_out(source):
    assert to_text(source) == "yes"


@pytest.mark.parametrize(
    "source",
    [
        '<div style="font-size:0px"><div style="font-size:13px">yes</div></div>',
        '<div style="display:none;display:block">yes</div>',
        '<p style="font-size:0.9em">yes</p>',
        '<p style="max-width:0.5in">yes</p>',
        '<p title=5">yes</p>',
        "<svg>yes",
    ],
)
def test_what_is_shown_is_kept(source):
    assert to_text(source) == "yes"


def test_the_padding_of_a_preheader_is_no_text():
    assert lines("<div>\u034f \u200c \u00a0 \u034f \u200c</div><p>Hello</p>") == ["Hello"]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (
            (
                '<div>ok</div><div class="yahoo_quoted" id="yahoo_quoted_77"><div>\nOn Monday, Bo &lt;b@x.test&gt; '
                "wrote:</div><div>one</div><div>two</div></div>"
            ),
            ["ok", "On Monday, Bo <b@x.test> wrote:", "> one", "> two"],
        ),
        (
            '<div>ok</div><div class="ydp1f5yahoo_quoted"><div>one</div></div><div>below</div>',
            ["ok", "> one", "", "below"],
        ),
        (
            (
                'ok<div class="protonmail_quote">On Monday, Bo wrote:<br><blockquote class="protonmail_quote" '
                'type="cite">one</blockquote></div>'
            ),
            ["ok", "On Monday, Bo wrote:", "", "> one"],
        ),
        (
            (
                'ok<div class="zmail_extra"><div>---- On Mon, Bo wrote ----</div><br>'
                "<blockquote><p>one</p></blockquote></div>"
            ),
            ["ok", "---- On Mon, Bo wrote ----", "", "> one"],
        ),
        (
            'ok<div name="quote"><div>Am Montag schrieb Bo:</div><div name="quoted-content">one</div></div>',
            ["ok", "Am Montag schrieb Bo:", "> one"],
        ),
        (
            'ok<div name="quote"><div><b>Gesendet:</b> Montag<br><b>Von:</b> Bo</div><div>one</div></div>',
            ["ok", "Gesendet: Montag", "Von: Bo", "one"],
        ),
        ('<div class="x_x_tutanota_quote">one</div>', ["> one"]),
        ('<div class="moz-forward-container">one</div>', ["one"]),
        (
            (
                'ok<div class="gmail_quote"><div class="gmail_attr">Bo wrote:<br></div>'
                '<blockquote class="gmail_quote">one'
                "<blockquote>deep</blockquote></blockquote></div>"
            ),
            ["ok", "Bo wrote:", "", "> one", ">", "> > deep"],
        ),
        ('<blockquote style="margin:0 0 0 40px;border:none;padding:0px">indented</blockquote>', ["indented"]),
    ],
)
def test_containers_of_clients_are_quotations(source, found):
    assert lines(source) == found


@pytest.mark.parametrize(
    "source",
    [
        'hi<div class="gmail_signature">Anna</div>',
        'hi<br><span class="gmail_signature_prefix">-- </span><br><div class="gmail_signature">Anna</div>',
        'hi<pre class="moz-signature" cols="72">-- \nAnna</pre>',
        'hi<div id="Signature">Anna</div>',
        'hi<div id="x_Signature">Anna</div>',
        'hi<div id="ms-outlook-mobile-signature">Anna</div>',
        'hi<div class="protonmail_signature_block">Anna</div>',
        'hi<div id="AppleMailSignature">Anna</div>',
        'hi<div name="messageSignatureSection">Anna</div>',
    ],
)
def test_containers_of_signatures_get_their_mark_once(source):
    assert [line for line in lines(source) if line] == ["hi", "-- ", "Anna"]


def test_an_empty_signature_leaves_no_mark():
    assert lines('hi<div class="protonmail_signature_block"><div></div></div><div>more</div>') == ["hi", "more"]


def test_lists_and_paragraphs_of_word():
    source = (
        "<p class=MsoNormal>one<o:p></o:p></p><p class=MsoNormal>two</p><p class=MsoNormal><o:p>&nbsp;</o:p></p>"
        '<p class=MsoListParagraph><![if !supportLists]><span style="font-family:Symbol"><span style="mso-list:Ignore">'
        "·<span>&nbsp;&nbsp; </span></span></span><![endif]>point</p>"
        '<p class=MsoListParagraph><span style="mso-list:Ignore">2.<span>&nbsp;</span></span>second</p>'
    )
    assert lines(source) == ["one", "two", "", "- point", "2. second"]


def test_of_many_empty_lines_two_stay():
    assert lines("a" + "<br>" * 50 + "b") == ["a", "", "", "b"]


@pytest.mark.parametrize(
    "source",
    ["<div>" * 100_000, "<!--" * 250_000, "<a " * 300_000, "<" * 1_000_000, "&" * 1_000_000, '<a href="' * 100_000,
     "<blockquote>" * 80_000 + "x", "<ul><li>" * 100_000, " " * 2_000_000, "<script>" * 100_000, "<svg>" * 150_000,
     "<a href=https://x.test/>y</a>" * 5_001, "<td>" * 200_000, "<pre>\n" * 100_000, "<table><tr><td>" * 60_000 + "x",
     "<table>" + "<tr><td>a" * 100_000, "<div class=yahoo_quoted>" * 40_000 + "x", "<div style=display:none>" * 40_000,
     "<p></div>" * 100_000, "<div id=signature>x</div>" * 40_000, "<br>" * 250_000, "&nbsp;" * 160_000,
     "<table><tr><td>x</table>" * 40_000, "<img src=cid:x>" * 60_000, '<p style="' + "font-size:" * 100_000,
     "<div></span>" * 80_000, "<blockquote></blockquote>" * 40_000, "<!--a" * 200_000, '<a title=">">' * 80_000,
     "<span style='mso-list:Ignore'>x" * 30_000, "<div " + "class=a " * 120_000 + ">x"],
)  # fmt: skip
def test_hostile_html_costs_linear_time(source):
    start = time.process_time()
    text = to_text(source)
    assert time.process_time() - start < 1.0
    assert len(text) <= limits.BODY_TEXT * 2


def test_links_over_the_limit_keep_their_text():
    text = to_text('<a href="https://x.test/page">y</a><br>' * (limits.HTML_LINKS + 1))
    assert text.count("<https://x.test/page>") == limits.HTML_LINKS
    assert text.count("y") == limits.HTML_LINKS + 1


def test_behind_the_last_tag_that_is_walked_the_text_is_kept():
    text = to_text("<b>x</b>" * limits.HTML_WALKED + "<p class='a'>the end &amp; more</p>")
    assert text.endswith("the end & more")
    assert "<" not in text


def test_cells_over_the_limit_are_lines():
    text = to_text("<table border=1>" + "<tr><td>a<td>b" * (limits.HTML_CELLS // 2 + 1) + "</table>")
    assert "|" not in text
    assert text.count("a") == limits.HTML_CELLS // 2 + 1


def test_a_script_leaves_no_trace():
    assert to_text("a<script>bad()</script >b<svg onload=x>c</svg><style>d</style><template>e</template>") == "ab"


def test_an_ampersand_in_an_address_is_no_character_reference():
    """HTML section 13.2.5.73: in an attribute, a name without a semicolon that `=` or a letter follows is none."""
    source = '<a href="http://x.test/?a=1&copy=2&register=3&amp;lt=4&#38;e&eacute;&times">here</a>'
    assert to_text(source) == "here <http://x.test/?a=1&copy=2&register=3&lt=4&eé×>"
    assert "&amp;copy=2&amp;register=3" in cleaned(source)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("a <<< b", ["a <<< b"]),
        ("<<<<p>x", ["<<<", "", "x"]),
        ("1 < 2 and <3", ["1 < 2 and <3"]),
        ('<a title="1 > 0" href="http://x.test/">y</a>', ["y <http://x.test/>"]),
        ('<p title="it is 5">a<p title=\'5"\'>b<p title="<b>">c', ["a", "", "b", "", "c"]),
    ],
)
def test_brackets_that_are_text_and_tags_that_hold_some(source, found):
    assert lines(source) == found
