"""What closes a mail: signature, the line that a device adds, disclaimer; and the banner that a gateway puts above it.

In: a run of own lines as `blocks.visible` gives them, whether the text or a cut ends below it, and whether own words
stand above. Out: for those lines that are signature or disclaimer, their place in the run and their mark. Must never
take words for either when they could be an answer: a line `Label: value` below the name, a question, a list, a
postscript or a bare number keeps all of it in the reply, and so does a reply that would be empty without it.
"""

from __future__ import annotations

import re
from itertools import islice

from parsing.words import deviceline, phrases
from parsing.words.quotation import Mark

_AND = re.compile(r" (?:and|und|&|\+|et|y|e|en|i|och|og|a|ja|si|și|ve|и|та|και) ")
_DASHES = frozenset("-—–")
_RULE = frozenset("-_=*~#+ \u1427")  # and the sign by which a tracker follows its mail
_BELOW_DASHES = 60  # lines of text below "--"; what is longer is no signature
_NAME_BLOCK = 14  # lines that can follow a closing formula
_DASHED = 4  # lines of dashes that are looked at
_NAMED = 8  # words in the first line of a signature
_AFTERTHOUGHT = 4  # lines of a paragraph below the signature
_PARAGRAPHS = 12  # paragraphs at the end that can be disclaimer
_SMALL = 4  # words in small letters that make a sentence
_LEGAL_HEADS = frozenset({"registered", "company", "reg", "reg.", "vat", "sitz", "place", "siège", "sede", "société"})
_ANNOUNCING = frozenset({"is", "are", "to", "for", "with", "at", "an", "ist", "sind", "lautet", "lauten", "für", "mit",
                         "est", "sont", "pour", "à", "avec", "es", "son", "para", "con", "è", "sono", "per", "naar",
                         "voor", "met", "até", "é", "são"})  # fmt: skip
_HOST = re.compile(r"(?<![\d.])[1-9]\d{0,2}(?:\.\d{1,3}){3}(?![\d.])")
_SAME = 3  # addresses below one another, which are a list
_WIDE = 100
_NEAR = 3
_BANNER = 700
# A person who speaks of himself or asks something; lawyers do neither.
_SPEAKS = re.compile(
    r"\bI (?:am|have|had|do|did|was|will|would|think|need|can|could|never|got|want|just|received|see|saw|tried)\b|"
    r"\bI'(?:m|ve|d|ll)\b|\b(?:[Ii]ch|mir|mich|[Mm]ein\w{0,2})\b|\bj'ai\b|\b[Jj]e (?:suis|ne|n'ai|vous ai)\b|"
    r"^(?=.{1,80}\?$)(?!.{0,60}(?:print|druck|imprim|stamp))|"
    r"\b(?:I|we|We|my|our|ich|wir|mein\w{0,2}|unser\w{0,2}|je|nous|mon|notre|yo|nosotros|ik|wij|mijn|eu|nós|jag|jeg|"
    r"minä|я|мы|мне|нам)\b[^?.!]{0,120}\?(?=\s|$)"
)
_GREETING = 6  # words of a greeting
_GREETS = frozenset({
    "hello", "hi", "hey", "dear", "good", "hallo", "guten", "moin", "servus", "liebe", "lieber", "sehr",
    "grüezi", "bonjour", "salut", "cher", "chère", "madame", "monsieur", "hola", "buenos", "buenas",
    "estimado", "estimada", "estimados", "olá", "ola", "prezado", "prezada", "caro", "cara", "bom", "boa",
    "ciao", "buongiorno", "gentile", "salve", "beste", "geachte", "goedemorgen", "goedemiddag", "goedendag",
    "dag", "dzień", "cześć", "witam", "szanowni", "szanowna", "szanowny", "hej", "god", "hei", "moi", "terve",
    "tere", "dobrý", "dobry", "zdravím", "ahoj", "vážení", "vážený", "bună", "buna", "stimate", "szia", "jó",
    "tisztelt", "kedves", "merhaba", "sayın", "здравствуйте", "добрый", "привет", "уважаемый", "уважаемые",
    "вітаю", "добрий", "γεια", "καλημέρα", "αγαπητέ", "שלום", "مرحبا", "السلام", "您好", "你好", "こんにちは",
    "お世話になっております", "안녕하세요"
})  # fmt: skip
_LEGAL = 300  # characters from which three signs are enough for a disclaimer

_FORMULA = frozenset(phrases.FORMULAS)
_PREFIXES = tuple(sorted((formula for formula in phrases.FORMULAS if len(formula) > 3), key=len, reverse=True))
_BY_HEAD = {head: tuple(formula for formula in _PREFIXES if formula[:3] == head) for head in {f[:3] for f in _PREFIXES}}
_FORMULA_HEADS = frozenset(words[:2] for words in (*phrases.FORMULAS, *phrases.THANKS))
_SHORT = frozenset(formula for formula in phrases.FORMULAS if len(formula) <= 3)
_POSTSCRIPT = re.compile(r"^(?:p\.?\s?p?\.?\s?s|n\.?b|edit|update|nachtrag|з\.?ы|постскриптум)\b\.?", re.IGNORECASE)
_LIST = re.compile(r"^(?:[-*•+]\s|\d{1,3}[.)]\s|#|@|>)")
_NUMBER = re.compile(r"^\W{0,3}\d{1,4}\W{0,3}$")
_LABEL = re.compile(r"^([^\W\d_][^:：@/]{0,40})\s?[:：](?!//)")
_LINK = re.compile(r"\b(?:https?://|www\.)\S{1,300}|\b[\w-]{2,60}\.(?:com|net|org|de|fr|es|it|nl|eu|at|ch|co\.uk)\b")
_MAIL = re.compile(r"[^\s@<>()]{1,80}@[^\s@<>()]{2,200}")
_CALL = re.compile(r"\+?\(?\d[\d\s()./\u2013-]{5,24}\d")
_CONTACTS = re.compile(
    r"^(?:t|p|m|f|e|w|d|c|o|tel|télé?|telefon|telephone|téléphone|teléfono|telefono|telefoon|telefone|phone|ph|fon|"
    r"mobile?|mobil|mob|cell|celular|móvil|portable|handy|gsm|fax|telefax|e-?mail|mail|courriel|correo|web|website|"
    r"internet|www|site|skype|teams|zoom|linkedin|twitter|facebook|office|büro|direct|direkt|durchwahl|tél|тел|"
    r"телефон|моб|факс|пошта|почта|τηλ|κιν|電話|电话|手机|传真|邮箱|전화|sitz|registergericht|amtsgericht|hrb|"
    r"handelsregister|geschäftsführer|geschäftsführung|geschäftsführerin|vorstand|aufsichtsrat|ust|ust-?id.{0,6}|"
    r"steuernummer|vat.{0,6}|siret|siren|rcs|tva.{0,20}|nip|regon|krs|kvk|btw|iban|bic|cif|nif|p\.? ?iva|c\.?f|ičo?|"
    r"dič|address|adresse|anschrift|dirección|indirizzo|adres|hours|office hours|öffnungszeiten|company|"
    r"registered office|head office|hauptsitz|vorsitzender|ceo|y-tunnus|puh|tlf|org\.? ?nr|cvr|адрес|сайт|адреса)"
    r"\.?$",
    re.IGNORECASE,
)
_COMMANDS = frozenset({"status", "close", "call", "book", "cancel", "yes", "no", "ja", "nein", "oui", "non", "ok"})

_ASCII_SUBJECTS = tuple(tuple(word for word in words if word.isascii()) for words in phrases.SUBJECTS)
_OPENING_HEADS = frozenset(opening[:4] for opening in phrases.OPENINGS)


def parts(run: list[str], tail: bool, text_above: bool) -> list[tuple[int, Mark]]:
    """The lines of a run that are signature or disclaimer."""
    marks: dict[int, Mark] = {}
    dashes, end = _below_dashes(run, text_above)
    above = run[:dashes] if dashes >= 0 else run
    for index in deviceline.may_begin(above):
        if deviceline.is_device_line(above[index]):
            marks[index] = Mark.SIGNATURE
    if dashes >= 0:
        marks.update(dict.fromkeys(range(dashes, end), Mark.SIGNATURE))
    if tail:
        _mark_disclaimer(run, marks)
        if dashes < 0:
            _mark_name_block(run, marks)
        _mark_last_rules(run, marks)
    if not text_above:
        _mark_banner(run, marks)
    if not text_above and all(not line or marks.get(index) == Mark.DISCLAIMER for index, line in enumerate(run)):
        return []  # a mail about a disclaimer
    return list(marks.items())


def is_greeting(line: str) -> bool:
    """Whether a line greets and says nothing else."""
    bare = line.strip(" *_>").lower()
    words = bare.split()
    return (
        0 < len(words) <= _GREETING and (bare[-1:] in ",!.:" or len(words) <= 2) and words[0].rstrip(",!.") in _GREETS
    )


def is_formula(line: str) -> bool:
    """Whether the line is a closing formula, perhaps with a name behind it."""
    return _formula(line) is not None


def _formula(line: str) -> str | None:
    """What stands behind the formula in its line; None when there is no formula."""
    if len(line) > 70:
        return None
    bare = line.strip(" *_>").lower()
    if bare[:2] not in _FORMULA_HEADS:
        return None
    core = bare.rstrip(" ,.!;:-–—*_،。")
    if core in _FORMULA:
        return ""
    if bare.startswith(phrases.THANKS):
        # "Thanks and best regards" closes as the latter does, "Thanks" alone are words.
        joined = _AND.split(core, maxsplit=1)
        return "" if len(joined) == 2 and joined[1] in _FORMULA else None
    if bare[:3] not in _BY_HEAD:
        head, comma, name = bare.partition(",")
        return name.strip() if comma and head in _SHORT and len(name.split()) <= 3 else None
    return _behind_prefix(bare)


def _behind_prefix(bare: str) -> str | None:
    for formula in _BY_HEAD[bare[:3]]:
        if bare.startswith(formula):
            rest = bare[len(formula) :]
            if rest[:1].isalpha():
                continue
            words = rest.strip(" ,.!;:-–—*_").split()
            behind = len(words) <= (4 if rest[:1] in ",." or _is_greeting_from(words) else 2)
            return " ".join(words) if behind and "?" not in rest else None
    return None


def _is_greeting_from(words: list[str]) -> bool:
    return bool(words) and words[0] in {"aus", "from", "de", "da", "uit", "från", "fra", "z", "из", "i", "und", "et"}


def _below_dashes(run: list[str], text_above: bool) -> tuple[int, int]:
    """The line of the signature mark (RFC 3676 section 4.3) and the line after the signature; -1 without one."""
    found = [index for index, line in enumerate(run) if line[-1:] in _DASHES and phrases.SIGNATURE.match(line)]
    for index in [index for index in found if text_above or index][:_DASHED]:
        below = (line for line in run[index + 1 : index + 4 * _BELOW_DASHES] if line)
        texts = [line for line in below if not deviceline.is_device_line(line)]  # some telephones sign with the mark
        if len(texts) <= _BELOW_DASHES and not _is_section(texts, len(found) > 1):
            return index, _before_afterthought(run, index)
    return -1, len(run)


def _is_section(texts: list[str], several: bool) -> bool:
    """Whether dashes separate what a person says, not him from it: sentences below one of several such lines."""
    if texts and texts[0][:2] == "--":
        return True  # remarks of SQL or Lua
    if several:
        return any(line[-1] in ".?!;？。" and len(line.split()) > 2 and not _MAIL.search(line) for line in texts)
    if not texts or texts[0][-1] not in ".?!":
        return False
    words = len(texts[0].split())
    return (words > _NAMED and _SPEAKS.search(texts[0]) is not None) or (words > 1 and texts[0][0].islower())


def _before_afterthought(run: list[str], dashes: int) -> int:
    """Where the last paragraph below a signature begins if it asks or commands something; else the end."""
    end = len(run)
    while end > dashes and not run[end - 1]:
        end -= 1
    start = end
    while start > dashes and run[start - 1]:
        start -= 1
    lines = run[start:end]
    if start - 1 <= dashes + 1 or not 0 < len(lines) <= _AFTERTHOUGHT:
        return len(run)
    asks = lines[-1][-1] in "?？" and len(" ".join(lines).split()) > 3 and not any(map(_LINK.search, lines))
    return start if asks or (lines[0][0] == "#" and lines[0][1:2].isalpha()) else len(run)


def _mark_disclaimer(run: list[str], marks: dict[int, Mark]) -> None:
    """From the end up, paragraph by paragraph, as long as they are disclaimer (or signature, which may stand below)."""
    end = len(run)
    found = False
    for _ in range(_PARAGRAPHS):
        while end > 0 and not run[end - 1]:
            end -= 1
        start = end
        while start > 0 and run[start - 1]:
            start -= 1
        if start == end:
            return
        lines = run[start:end]
        first = _disclaimer_start(lines, found)
        if first < 0:
            if not all(marks.get(index) == Mark.SIGNATURE or set(run[index]) <= _RULE for index in range(start, end)):
                return
        else:
            for index in range(start + first, end):
                marks[index] = Mark.DISCLAIMER
            found = True
            if first > 0:
                return
        end = start


def _disclaimer_start(lines: list[str], found: bool) -> int:
    """The line of this paragraph with which a disclaimer begins; -1 when none does."""
    start = _told_start(lines, found)
    return -1 if start >= 0 and _SPEAKS.search(" ".join(lines[start:])[:4_000]) else start


def _told_start(lines: list[str], found: bool) -> int:
    for index, line in enumerate(lines[:40]):
        lowered = line.strip(" *_|-").lower()
        if lowered[:4] in _OPENING_HEADS and lowered.startswith(phrases.OPENINGS):
            return index
    if len(lines) > 1 and set(lines[0]) <= _RULE and len(lines) <= 9:
        footer = " ".join(lines).lower()
        if any(word in footer for word in phrases.LISTS):
            return 0
    text = " ".join(lines)[:4_000]
    if len(text) < 30:
        return 0 if found and text.isupper() else -1
    return _legal_start(lines, text.lower())


def _legal_start(lines: list[str], text: str) -> int:
    subjects = _ASCII_SUBJECTS if text.isascii() else phrases.SUBJECTS
    told = sum(any(word in text for word in words) for words in subjects[1:4])
    if not told:
        return -1  # neither confidential nor for somebody nor by mistake
    told += sum(any(word in text for word in words) for words in subjects[4:])
    named = told >= 2 and any(word in text for word in subjects[0])
    if not (named or told >= 4 or (told >= 3 and len(text) > _LEGAL)):
        return -1
    # In a paragraph that begins with something else, the disclaimer begins with the first line that speaks of it.
    for index, line in enumerate(lines):
        lowered = line.lower()
        if any(word in lowered for words in phrases.SUBJECTS[:3] for word in words):
            return 0 if index <= 1 and len(lines) > 1 and len(lines[0]) > 30 else index
    return 0


def _mark_banner(run: list[str], marks: dict[int, Mark]) -> None:
    """What a gateway printed above the words: a paragraph at the very top that warns of mail from outside."""
    start = next((index for index, line in enumerate(run) if line), 0)
    if not run[start].strip(" *_|<>").lower().startswith(phrases.BANNER_HEADS):
        return
    end = next((index for index in range(start, len(run)) if not run[index]), len(run))
    text = " ".join(run[start:end]).lower()
    if len(text) > _BANNER or end == len(run):
        return
    if any(word in text for word in phrases.BANNERS) and any(word in text for word in phrases.BANNER_CARE):
        for index in range(start, end):
            marks[index] = Mark.DISCLAIMER


def _mark_name_block(run: list[str], marks: dict[int, Mark]) -> None:
    """A closing formula with the name and its particulars, or the particulars alone."""
    first = next((index for index, line in enumerate(run) if line), 0)
    backwards = (index for index in range(len(run) - 1, -1, -1) if run[index] and index not in marks)
    last = list(islice((index for index in backwards if _is_text(run[index])), _NAME_BLOCK + 1))[::-1]
    if len(last) < 2:
        return
    for place in range(len(last) - 1, -1, -1):
        behind = _formula(run[last[place]])
        if behind is None:
            continue
        below = last[place + 1 :]
        lines = [run[index] for index in below]
        content = _is_announced(run, last[place]) and len(lines) < _SAME and not any(map(_is_contact, lines))
        if last[place] > first and _is_name_block(lines) and not content:
            _mark_below(run, marks, last[place])
        return
    start = _particulars(run, last)
    if start > first:
        _mark_below(run, marks, start)


def _is_text(line: str) -> bool:
    return line[0].isalnum() or not set(line) <= _RULE


def _mark_below(run: list[str], marks: dict[int, Mark], start: int) -> None:
    for index in range(start, len(run)):
        if run[index]:
            marks.setdefault(index, Mark.SIGNATURE)


def _is_name_block(lines: list[str]) -> bool:
    """Nothing in it but what people write below a formula."""
    return 0 < len(lines) <= _NAME_BLOCK and not any(_says_something(line, index) for index, line in enumerate(lines))


def _says_something(line: str, index: int) -> bool:
    """Whether a line below the formula could be more than a particular of the writer."""
    bare = line.strip(" *_|")
    if not bare:
        return False
    contact = ("@" in bare and _MAIL.search(bare)) or _CALL.search(bare) or ("." in bare and _LINK.search(bare))
    if bare[-1] in "?？" or _POSTSCRIPT.match(bare) or _LIST.match(bare) or _NUMBER.match(bare):
        return True
    words = bare.split()
    if words[0].strip(",.!:#").lower() in _COMMANDS:
        return True
    label = _LABEL.match(bare)
    if label and not _CONTACTS.match(label.group(1).strip(" *_")):
        return True
    if _is_told(bare, words, bool(contact)):
        return True
    if len(words) > (12 if contact else 8) and "|" not in bare:
        return bare[-1] in ".!。" or len(bare) > _WIDE or index == 0
    return bare[-1] in ".!" and len(words) >= 5 and not contact


def _is_told(bare: str, words: list[str], contact: bool) -> bool:
    """Whether a line with a number in it is a sentence: four of its words are no names."""
    if len(words) < _SMALL or phrases.DIGIT.search(bare) is None:
        return False
    if words[0][0].isdigit() or words[0].lower() in _LEGAL_HEADS:
        return False
    small = sum(word.strip("(),.").isalpha() and word.lstrip("(")[0].islower() for word in words)
    return small >= _SMALL and (bare[-1] in ".!)。" if contact else True) and not ("." in bare and _LINK.search(bare))


def _particulars(run: list[str], texts: list[int]) -> int:
    """Where a name begins with two lines of nothing but address, number or link below it; -1 without."""
    end = texts[-1]
    start = end
    while start > 0 and run[start - 1] and end - start < _NAME_BLOCK:
        start -= 1
    if run[start].lower().startswith(phrases.THANKS):
        start += 1
    lines = run[start : end + 1]
    if len(lines) < 3 or not _is_name(lines[0]) or not _is_name_block(lines) or _is_announced(run, start):
        return -1
    if sum("@" in line for line in lines) >= _SAME or any(map(_HOST.search, lines)):
        return -1
    return start if sum(_is_contact(line) for line in lines[1:]) >= 2 else -1


def _is_announced(run: list[str], start: int) -> bool:
    """Whether the words above say that something follows: a list, an address that is the content."""
    before = next((line for line in reversed(run[max(0, start - _NEAR) : start]) if line), "")
    return before[-1:] in {":", "："} or before.rpartition(" ")[2].lower() in _ANNOUNCING


def _is_name(line: str) -> bool:
    words = line.strip(" *_,").split()
    return 1 <= len(words) <= 5 and all(word[:1].isupper() or not word[:1].isalpha() for word in words) and (
        not any(char.isdigit() or char in "?!:@" for char in line)
    )  # fmt: skip


def _is_contact(line: str) -> bool:
    """A line that is an address, a number or a link, perhaps with its label."""
    label = _LABEL.match(line.strip(" *_"))
    bare = line.strip(" *_|")
    bare = bare[label.end() :] if label and _CONTACTS.match(label.group(1).strip()) else bare
    rest = _MAIL.sub("", bare) if "@" in bare else bare
    rest = _CALL.sub("", _LINK.sub("", rest) if "." in rest else rest)
    return rest != bare and not any(char.isalpha() for char in rest)


def _mark_last_rules(run: list[str], marks: dict[int, Mark]) -> None:
    """Rules at the very end separate the words from what was taken away."""
    for index in range(len(run) - 1, 0, -1):
        if index in marks or not run[index]:
            continue
        if not set(run[index]) <= _RULE:
            return
        marks[index] = Mark.SIGNATURE
