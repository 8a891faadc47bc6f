"""The verb that says something by template: template.

In: a `Request`. Out: a `Planned` with the template's words, or a `Refused`. A template that is only looked at
(`preview`) leaves nothing of the whole mail done.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

from gateway.rules.policy.phrasing import OWN, Template
from gateway.rules.speech.phrasing import MOST_VALUE, Phrase
from gateway.rules.verbs.request import Planned, Refused, Request, Verb

PREVIEW = "preview"
_VALUE = re.compile(r"""([a-z][a-z0-9_]{0,31})=(?:"([^"]{0,400})"|'([^']{0,400})'|(\S{1,400}))(?:\s+|$)""")


def _template(request: Request) -> Planned | Refused:
    ticket, desk = request.ticket, request.desk
    known = desk.phrasing.templates
    name, _, rest = request.args.partition(" ")
    template = known.get(name.lower())
    if template is None:
        close = get_close_matches(name.lower(), known, n=1, cutoff=0.5)
        listed = ", ".join(known) or "the desk has none"
        reason = f"there is no template {name}; templates: {listed}" if name else f"say which template: {listed}"
        return Refused(
            reason=reason, nearest=f"#template {(close or list(known))[0]}" if known else "", of_verbs=bool(known)
        )
    read = _values(template, rest)
    if isinstance(read, Refused):
        return read
    values, preview = read
    phrase = Phrase(template=template, values=values)
    if lacking := phrase.lacks(ticket):
        return Refused(reason=f"{template.name} says {{{lacking}}}, and no answer is due", nearest="another template")
    line = f"#template {template.name}{' preview' if preview else ''}"
    return Planned(ticket=ticket, line=line, phrase=phrase, dry=preview)


def _values(template: Template, rest: str) -> tuple[dict[str, str], bool] | Refused:
    """The values that are given, and whether the template is only looked at."""
    values: dict[str, str] = {}
    preview, rest = False, rest.strip()
    while rest:
        word, _, after = rest.partition(" ")
        if word.lower().lstrip("#") == PREVIEW:
            preview, rest = True, after.strip()
            continue
        found = _VALUE.match(rest)
        if found is None:
            return Refused(reason=f"{word[:40]} is no value", nearest=_form(template))
        key, value = found[1], next(part for part in found.groups()[1:] if part is not None)
        if key not in template.variables:
            wants = ", ".join(template.variables) or "no value"
            why = "the desk says that itself" if key in OWN else f"{template.name} takes {wants}"
            return Refused(reason=f"{key}: {why}", nearest=_form(template))
        if len(value) > MOST_VALUE:
            return Refused(reason=f"{key}: a value has at most {MOST_VALUE} letters")
        values[key], rest = value, rest[found.end() :].strip()
    missing = [name for name in template.variables if name not in values]
    if missing and not preview:  # what is only looked at shows their places open
        return Refused(reason=f"{template.name} needs {', '.join(missing)}", nearest=_form(template))
    return values, preview


def _form(template: Template) -> str:
    return " ".join((f"#template {template.name}", *(f"{name}=…" for name in template.variables)))


VERBS = (
    Verb(
        name="template",
        usage="#template NAME [preview] [key=value …]",
        meaning="a text of the desk above your words; preview shows it to you alone",
        plan=_template,
    ),
)
