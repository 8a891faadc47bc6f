"""Two variants of one text: does the plain one say what the HTML shows?

In: the plain text and the readable text of the HTML of one multipart/alternative. Out: whether the plain text is only a
notice that one should read the HTML, and whether the two disagree: people see one, machines the other (intake 58).
Must never compare more than `_COMPARED` characters of each, and never take furniture (a header, a footer, a signature,
links) that stands in the HTML alone for another message.
"""

from __future__ import annotations

import re

_COMPARED = 8_000
_LOOKED_UP = 200  # words of either text that are looked for in the other
_EAST = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f"
_WORD = re.compile(rf"[{_EAST}]|[^\W\d_{_EAST}]{{3,30}}")
_LEFT_OUT = re.compile(r"(?:https?://|mailto:|cid:)[^\s>\])]{1,2000}|\[(?:image|cid)[: ][^\]\n]{0,200}\]")
_LEAST = 5  # words below which two texts cannot be told apart
_STUB = 600
_NOTICES = ("html", "plain text", "text version", "text-version", "textversion", "text only", "text-only",
            "nur text", "reiner text", "version texte", "texte brut", "texto plano", "texto sin formato", "solo testo",
            "versione testuale", "alleen tekst", "tekstversie", "zwykłego tekstu", "wersj", "текстов",
            "テキスト", "纯文本", "mail client", "email client", "e-mail client", "mailprogramm", "browser", "navigat",
            "przegląd")  # fmt: skip


def is_stub(plain: str, html: str) -> bool:
    """`Your mail program cannot show HTML`: a short notice beside a text that is much longer and says other words."""
    if len(plain) > _STUB or len(html) < 2 * len(_bare(plain)):
        return False
    if not any(notice in plain.lower() for notice in _NOTICES):
        return not _words(plain)
    said = _words(plain)
    shown = set(_words(html))
    return sum(word in shown for word in said) * 10 < len(said) * 7


def disagree(plain: str, html: str) -> bool:
    """Whether the one holds what the other has not. Asked both ways: most of the words of the plain text must stand in
    the HTML, and a plain text beside a much longer HTML must hold at least a quarter of its words."""
    said, shown = _words(plain), _words(html)
    cut = len(plain) > _COMPARED or len(html) > _COMPARED
    if len(said) < _LEAST:
        return len(shown) >= 60 and not cut
    if len(shown) < _LEAST:
        return False  # a picture of the text
    in_html, in_plain = set(shown), set(said)
    missing = [word for word in said[:_LOOKED_UP] if word not in in_html]
    if len(missing) * 5 > 2 * min(len(said), _LOOKED_UP):
        return True
    hidden = [word for word in shown[:_LOOKED_UP] if word not in in_plain]
    return not cut and len(hidden) >= 60 and len(hidden) * 4 > 3 * min(len(shown), _LOOKED_UP)


def _bare(text: str) -> str:
    return _LEFT_OUT.sub(" ", text) if "[" in text or ":" in text else text


def _words(text: str) -> list[str]:
    """The different words of a text, in order; of East Asian text each character is one."""
    return list(dict.fromkeys(_WORD.findall(_bare(text[:_COMPARED]).lower())))
