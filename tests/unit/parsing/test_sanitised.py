"""The sanitised copy of the HTML: no script, no remote load, nothing deep, whatever the source says (intake 53)."""

import re
import time
from html.parser import HTMLParser

import pytest

from parsing import limits
from parsing.message import Reading
from parsing.pages.sanitised import cleaned
from parsing.reading import read

HTML = Reading(html=True)
TAG = re.compile(r"<[a-zA-Z/][^>]*>")
TAGS = {"a", "b", "blockquote", "br", "center", "code", "del", "div", "em", "font", "h1", "hr", "i", "img", "li", "ol",
        "p", "pre", "q", "s", "span", "strong", "table", "tbody", "td", "tr", "tt", "u", "ul"}  # fmt: skip
ATTRIBUTES = {"align", "alt", "border", "colspan", "face", "height", "href", "rel", "src", "style", "title", "width"}


class Elements(HTMLParser):
    """Every opening tag that stands in a source, by a parser that is not ours."""

    def __init__(self, source):
        super().__init__()
        self.found = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


VECTORS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=http://evil.test/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</script>",
    "<script\x0d\x0a>alert(1)</script>",
    "<script/x>alert(1)</script>",
    "<<script>alert(1)//<</script>",
    "<script src=//evil.test>",
    "<script>",
    "</script><script>alert(1)</script>",
    "<\x00script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=http://evil.test/t.gif>",
    "<img/src=http://evil.test/t.gif>",
    "<img src='//evil.test/t.gif'>",
    "<img src=' http://evil.test/t.gif'>",
    '<img src="ht\ntp://evil.test/t.gif">',
    "<img srcset='http://evil.test/a 2x'>",
    "<img lowsrc=http://evil.test/a>",
    "<img dynsrc=http://evil.test/a>",
    "<img src=data:text/html,<script>alert(1)</script>>",
    "<img src=data:image/svg+xml;base64,PHN2Zz4=>",
    "<img src='javascript:alert(1)'>",
    '<img src="cid:x" onload=alert(1)>',
    "<img src=`http://evil.test`>",
    '<img """><script>alert(1)</script>">',
    "<img src=x:alert(1) onerror=eval(src)>",
    "<image src=http://evil.test/a>",
    "<img src=file:///etc/passwd>",
    "<img src=/track.gif>",
    "<img src=blob:http://evil.test/1>",
    "<img src=ftp://evil.test/x>",
    '<img src=cid:a"http://evil.test>',
    "<img usemap=#m><map name=m><area href=http://evil.test>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><image href=http://evil.test/a></svg>",
    "<svg><use href=http://evil.test/a#b></svg>",
    "<svg><a xlink:href=javascript:alert(1)>x</a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><foreignObject><iframe src=http://evil.test>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math href=javascript:alert(1)>x</math>",
    '<math><mtext><mglyph><svg><mtext><textarea><path id="</textarea><img onerror=alert(1) src=1>">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe src=http://evil.test></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe src=javascript:alert(1)>",
    "<frameset><frame src=http://evil.test></frameset>",
    "<noframes><p>x",
    "<object data=http://evil.test/x></object>",
    "<object type=text/html data=javascript:alert(1)>",
    "<embed src=http://evil.test/x.swf>",
    "<applet code=X codebase=http://evil.test></applet>",
    "<video src=http://evil.test/v poster=http://evil.test/p></video>",
    "<audio src=http://evil.test/a autoplay></audio>",
    "<video><source src=http://evil.test/v></video>",
    "<video><track src=http://evil.test/t></video>",
    "<picture><source srcset=http://evil.test/a><img src=http://evil.test/b></picture>",
    "<bgsound src=http://evil.test/a>",
    "<link rel=stylesheet href=http://evil.test/x.css>",
    "<link rel=prefetch href=http://evil.test/>",
    "<link rel=dns-prefetch href=//evil.test>",
    "<base href=http://evil.test/><a href=x>y</a><img src=a.gif>",
    "<meta http-equiv=refresh content='0;url=http://evil.test'>",
    "<meta http-equiv=set-cookie content=a=b>",
    "<meta charset=utf-7>+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "<isindex action=javascript:alert(1) type=image>",
    "<form action=http://evil.test><input type=submit formaction=http://evil.test/b></form>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<button formaction=javascript:alert(1)>x",
    "<input type=image src=http://evil.test/a>",
    "<input autofocus onfocus=alert(1)>",
    "<select onchange=alert(1)>",
    "<textarea autofocus onfocus=alert(1)>",
    "<keygen autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>x",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='jav&#x09;ascript:alert(1)'>x</a>",
    "<a href='jav&#x0A;ascript:alert(1)'>x</a>",
    "<a href=' &#14; javascript:alert(1)'>x</a>",
    "<a href=&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='//evil.test/x'>x</a>",
    "<a href='http://ok.test/' onclick=alert(1) target=_top>x</a>",
    "<a href='http://ok.test/' ping=http://evil.test style='position:fixed;top:0'>x</a>",
    "<a href='feed:javascript:alert(1)'>x",
    '<a href="javascript&colon;alert(1)">x</a>',
    "<a href='view-source:http://evil.test'>x</a>",
    "<a name=x id=y>x</a>",
    "<area href=javascript:alert(1)>",
    "<p style='background:url(http://evil.test/a)'>x",
    "<p style=\"background-image:url('//evil.test')\">x",
    "<p style='b\\61ckground:u\\72l(http://evil.test)'>x",
    "<p style='background:url/**/(http://evil.test)'>x",
    "<p style='width:expression(alert(1))'>x",
    "<p style='behavior:url(#default#time2)'>x",
    "<p style='-moz-binding:url(//evil.test)'>x",
    "<p style='position:fixed;top:0;left:0;width:9999px;height:9999px;z-index:9'>x",
    "<p style='position:absolute;margin:-999px'>x",
    "<p style='list-style-image:url(http://evil.test)'>x",
    "<p style='content:url(http://evil.test)'>x",
    "<p style='cursor:url(http://evil.test),auto'>x",
    "<p style='color:red;@import url(http://evil.test)'>x",
    "<p style='border-image:url(http://evil.test)'>x",
    "<p style='font-family:x;src:url(http://evil.test)'>x",
    "<p style='background-color:image-set(\"http://evil.test\" 1x)'>x",
    "<p style='color:var(--x,url(http://evil.test))'>x",
    "<style>@import 'http://evil.test/x.css';</style>",
    "<style>body{background:url(http://evil.test)}</style>",
    "<style><img src=x onerror=alert(1)></style>",
    "<style></style onload=alert(1)>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<body background=http://evil.test/b onload=alert(1)>",
    "<table background=http://evil.test/t><tr><td background=http://evil.test/d>x",
    "<div background=http://evil.test>x</div>",
    "<q cite=http://evil.test>x</q>",
    "<blockquote cite=http://evil.test>x</blockquote>",
    "<del cite=http://evil.test>x</del>",
    "<tr background='http://evil.test'>",
    "<font face='x\" onmouseover=alert(1) y'>x</font>",
    "<td onmouseover=alert(1)>",
    "<div onclick\x0b=alert(1)>x",
    "<div/onclick=alert(1)>x",
    "<div\nonclick\n=\nalert(1)>x",
    "<b/onmouseover=alert(1)//",
    "<div title='x' 'onclick=alert(1)>x",
    '<div title="</div><script>alert(1)</script>">x</div>',
    "<!--<img src='--><img src=x onerror=alert(1)//'>",
    "<!--><script>alert(1)</script>-->",
    "<!--!><script>alert(1)</script>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml:namespace prefix=t>",
    "<? <img src=x onerror=alert(1)> ?>",
    "<% <img src=x onerror=alert(1)> %>",
    "<comment><img src='</comment><img src=x onerror=alert(1)//'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<title><a title='</title><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<textarea><img src='</textarea><img src=x onerror=alert(1)>'>",
    "<marquee onstart=alert(1)>x",
    "<layer src=http://evil.test>",
    "<ilayer src=http://evil.test>",
    "<plaintext><script>alert(1)",
    "<listing>&lt;img onerror=alert(1) src=x&gt;</listing>",
    "<option><style></option></select><img src=x onerror=alert(1)></style>",
    "<dialog open onclose=alert(1)>x",
    "<portal src=http://evil.test>",
    "<x onclick=alert(1)>x</x>",
    "<custom-tag onclick=alert(1)>x",
    "<table><form><input onfocus=alert(1) autofocus></table>",
    "<a><table><a href=javascript:alert(1)>x</table></a>",
    "<v:shape src='http://evil.test/v'><v:imagedata src='http://evil.test/i'/></v:shape>",
    "<o:p onclick=alert(1)>x</o:p>",
]


@pytest.mark.parametrize("source", VECTORS)
def test_nothing_runs_and_nothing_loads(source):
    for tag, attributes in Elements(cleaned(f"<p>before</p>{source}<p>after</p>")).found:
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES
        assert re.fullmatch(r"cid:[^\s\"<>]*|data:image/(png|gif|jpeg);base64,[\w+/=]*", attributes.get("src", "cid:x"))
        assert re.match(r"(https?://|mailto:|tel:)", attributes.get("href", "tel:"))
        assert not re.search(r"url|evil|position|expression|[\\@(/]", attributes.get("style", ""))
        assert tag != "a" or attributes.get("rel") == "noopener noreferrer"


def test_the_parser_of_this_test_sees_what_would_run():
    assert ("img", {"src": "x", "onerror": "alert(1)"}) in Elements("<p>a<img src=x onerror=alert(1)>").found


def test_there_are_more_than_a_hundred():
    assert len(set(VECTORS)) > 150


def test_what_may_stay_stays():
    source = (
        '<p style="color: red; font-size: 12px">Hello <b>bold</b> <a href="https://x.test/?a=1&amp;b=2">link</a> '
        '<a href="mailto:a@x.test">mail</a> <a href="tel:+49301">call</a></p><ul><li>one</li></ul>'
        '<table border="1"><tr><td colspan="2">cell</td></tr></table><img src="cid:a@x" alt="shot" width="10">'
        '<img src="data:image/png;base64,iVBORw0KGgo="><blockquote type="cite">old</blockquote><pre>  code</pre>'
    )
    found = cleaned(source)
    for piece in (
        "color:red", "font-size:12px", "<b>bold</b>", 'href="https://x.test/?a=1&amp;b=2" rel="noopener noreferrer"',
        'href="mailto:a@x.test"', 'href="tel:+49301"', "<li>one</li>", 'colspan="2"', 'src="cid:a@x"', 'alt="shot"',
        'src="data:image/png;base64,iVBORw0KGgo="', "old</blockquote>", "<pre>  code</pre>",
    ):  # fmt: skip
        assert piece in found, piece


@pytest.mark.parametrize(
    "source",
    ["<div>" * 200_000 + "x", "<div><table></div></table>" * 40_000, "<b></i>" * 140_000, "<a>" * 250_000,
     "<div a='</div>'>" * 60_000, "&" * 1_000_000, "&amp;" * 200_000, "<" * 1_000_000, "<p " + "a=1 " * 200_000 + ">",
     '<p style="color:red">x' * 50_000, '<p style="' + "color:red;" * 100_000 + '">', "<!--" * 250_000,
     "<td>" * 200_000,
     "<p><table></p>" * 70_000, "<font><p>" * 100_000, "<a href=https://x.test/>" * 40_000, "<nobr><a><b>" * 80_000],
)  # fmt: skip
def test_hostile_html_costs_little(source):
    start = time.process_time()
    found = cleaned(source)
    assert time.process_time() - start < 1.0
    assert len(found) < limits.SANITISED_SOURCE * 4


def test_the_tree_is_never_deeper_than_the_limit():
    for source in ("<div>" * 1_000 + "x", "<div><table></div></table>" * 1_000 + "x", "<div a='</div>'>" * 1_000 + "x"):
        depth = deepest = 0
        for tag in TAG.findall(cleaned(source)):
            depth += -1 if tag[1] == "/" else tag not in {"<br>", "<hr>"}
            deepest = max(deepest, depth)
        # Tables gain a tbody each when they are built.
        assert deepest <= limits.HTML_DEPTH * 2


HEAD = b"From: a@x.test\r\nSubject: s\r\nMIME-Version: 1.0\r\nContent-Type: "


def test_it_is_made_only_where_it_is_asked_for():
    raw = HEAD + b"text/html\r\n\r\n<p>one <script>two</script></p>"
    assert read(raw).html == ""
    assert read(raw, HTML).html == "<p>one </p>"


def test_of_alternatives_one_and_of_attachments_none():
    raw = HEAD + (
        b"multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
        b"--a\r\nContent-Type: text/plain\r\n\r\nplain\r\n"
        b"--a\r\nContent-Type: text/html\r\n\r\n<p>shown</p>\r\n--a--\r\n"
        b"--m\r\nContent-Type: text/html; name=a.html\r\nContent-Disposition: attachment\r\n\r\n"
        b"<p>file</p>\r\n--m--\r\n"
    )
    assert read(raw, HTML).html == "<p>shown</p>"
    assert read(HEAD + b"text/plain\r\n\r\n<p>text</p>", HTML).html == ""


def test_many_parts_share_one_limit():
    part = b"--m\r\nContent-Type: text/html\r\n\r\n" + b"<p>x</p>" * 4_000 + b"\r\n"
    raw = HEAD + b"multipart/mixed; boundary=m\r\n\r\n" + part * 30 + b"--m--\r\n"
    found = read(raw, HTML).html
    assert 0 < len(found) <= limits.SANITISED_SOURCE * 1.1
    small = b"--m\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n"
    raw = HEAD + b"multipart/mixed; boundary=m\r\n\r\n" + small * (limits.HTML_PARTS + 5) + b"--m--\r\n"
    assert read(raw, HTML).html.count("<p>") == limits.HTML_PARTS


def test_a_closing_tag_closes_what_is_near():
    assert cleaned("<div>" + "<b>" * (limits.HTML_NEAR - 1) + "x</div>y").endswith("</div>y")
    assert cleaned("<div>" + "<b>" * limits.HTML_NEAR + "x</div>y").endswith("</div>")


def test_elements_over_the_limit_lose_their_tags_and_no_words():
    page = cleaned("<b>x</b>" * (limits.HTML_TAGS + 5))
    assert page.count("<b>") == limits.HTML_TAGS
    assert page.count("x") == limits.HTML_TAGS + 5
