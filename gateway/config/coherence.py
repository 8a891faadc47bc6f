"""Whether the keys of a configuration agree with one another: the tree as it was written comes in, problems go out.

Reads the raw tree and steps over whatever has the wrong type (the schema reports that), so that the operator sees
every problem at once. Never repairs anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.config import mailboxes
from gateway.config.policy import (
    asking,
    calls,
    handoffs,
    naming,
    phrasing,
    privacy,
    routing,
    targets,
    urgency,
    workflow,
)
from gateway.config.problem import Path_, Problem, UnfitError, dotted, nearest, say_missing, say_unfit, show
from gateway.rules.desk import Organisation

Tree = Mapping[str, Any]
Found = tuple[Path_, str]

MOST_TOPICS = 19
MOST_SUBTOPICS = 20
NO_TOPICS = frozenset({"other", "others", "general", "misc", "miscellaneous", "general inquiry", "general inquiries"})
_HERE = ("127.", "[::1]", "localhost:")
TRUE_WORDS = frozenset({"1", "true", "yes", "on", "t", "y"})


def find_problems(tree: Tree) -> list[Problem]:
    """Everything that two or more keys disagree about."""
    return [
        *_check_addresses(tree),
        *_check_people(tree),
        *_check_teams(tree),
        *_check_names(tree),
        *_check_topics(tree),
        *_check_doors(tree),
        *_check_outgoing(tree),
        *mailboxes.problems(tree, [word for _, word in _desk_addresses(tree)]),
        *_check_hours(tree),
        *_check_clock(tree),
        *targets.problems(tree),
        *workflow.problems(tree),
        *routing.problems(tree),
        *calls.problems(tree),
        *handoffs.problems(tree),
        *urgency.problems(tree),
        *naming.problems(tree),
        *phrasing.problems(tree),
        *privacy.problems(tree),
        *asking.problems(tree),
    ]


def find_warnings(tree: Tree, organisations: Mapping[str, Organisation]) -> list[Problem]:
    """What works but will not serve the desk well."""
    crowded = [
        Problem(path, f"found {len(subtopics)} subtopics; more than {MOST_SUBTOPICS} are rarely told apart by anybody")
        for path, topic in _tables(tree, "topic")
        if isinstance(subtopics := topic.get("subtopic"), list) and len(subtopics) > MOST_SUBTOPICS
    ]
    return [
        *crowded,
        *mailboxes.warnings(tree),
        *naming.warnings(tree),
        *workflow.warnings(tree),
        *targets.warnings(tree, organisations),
        *asking.warnings(tree),
    ]


def _tables(tree: Tree, *names: str) -> Iterator[tuple[Path_, Tree]]:
    """Every table under [[name]], or under [[name.inner]], with its path."""
    found: list[tuple[Path_, Tree]] = [((), tree)]
    for name in names:
        found = [
            ((*path, name, position), item)
            for path, table in found
            if isinstance(items := table.get(name), list)
            for position, item in enumerate(items)
            if isinstance(item, dict)
        ]
    yield from found


def _words(tables: Iterator[tuple[Path_, Tree]], key: str) -> Iterator[Found]:
    """The texts under `key` as they were written; of a list each of its texts."""
    for path, table in tables:
        value = table.get(key)
        if isinstance(value, str):
            yield (*path, key), value
        elif isinstance(value, list):
            yield from (((*path, key, i), word) for i, word in enumerate(value) if isinstance(word, str))


def _section(tree: Tree, name: str) -> Tree:
    section = tree.get(name)
    return section if isinstance(section, dict) else {}


def _repeated(found: Iterator[Found], what: str) -> Iterator[Problem]:
    """Capitals make no difference, neither in addresses nor in names that people type into mail."""
    seen: dict[str, Path_] = {}
    for path, word in found:
        first = seen.setdefault(word.lower(), path)
        if first != path:
            yield Problem(path, say_unfit(word, f"{what} of its own; {dotted(first)} has this one"))


def _desk_addresses(tree: Tree) -> list[Found]:
    return [*_words(_tables(tree, "address"), "address"), *_words(_tables(tree, "address"), "aliases")]


def _check_addresses(tree: Tree) -> Iterator[Problem]:
    yield from _repeated(iter(_desk_addresses(tree)), "an address")
    value = tree.get("address", [])
    kinds = [table.get("kind", "support") for _, table in _tables(tree, "address")]
    if isinstance(value, list) and all(
        kind in ("staff", "commands") for kind in kinds
    ):  # a misspelled kind is the schema's to report
        yield Problem(
            ("address",), say_missing('at least one [[address]] of kind "support", for customers to write to')
        )


def _check_people(tree: Tree) -> Iterator[Problem]:
    """Nobody of the desk may be reached at an address of the desk: each mail to him would come back as a new one."""
    yield from _repeated(_words(_tables(tree, "agent"), "address"), "an address")
    ours = {word.lower() for _, word in _desk_addresses(tree)}
    operators = _words(iter([(("desk",), _section(tree, "desk"))]), "operators")
    for path, word in [*operators, *_words(_tables(tree, "agent"), "address")]:
        if word.lower() in ours:
            yield Problem(
                path, say_unfit(word, "a mailbox of a person: mail to an address of the desk comes back to it")
            )


def _check_teams(tree: Tree) -> Iterator[Problem]:
    teams = dict.fromkeys(word.lower() for _, word in _words(_tables(tree, "team"), "name"))
    if not teams:
        if isinstance(tree.get("team", []), list):
            yield Problem(("team",), say_missing("at least one [[team]] with name and tier"))
        return
    for kind in ("address", "agent"):
        for path, word in _words(_tables(tree, kind), "team"):
            if word and word.lower() not in teams:
                unfit = UnfitError(allowed=teams, nearest=nearest(word, teams))
                yield Problem(path, say_unfit(word, "", unfit))
    for path, table in _tables(tree, "address"):
        if table.get("kind", "support") != "commands" and not table.get("team"):
            yield Problem((*path, "team"), say_missing(f"the team that answers: {', '.join(teams)}"))
    for path, table in _tables(tree, "agent"):
        roles = table.get("roles", ["agent"])
        if isinstance(roles, list) and "agent" in roles and not table.get("team"):
            yield Problem((*path, "team"), say_missing(f"the team of this agent: {', '.join(teams)}"))


def _check_names(tree: Tree) -> Iterator[Problem]:
    for kind, key in (("team", "name"), ("agent", "name"), ("topic", "name")):
        yield from _repeated(_words(_tables(tree, kind), key), f"a {key}")
    for path, topic in _tables(tree, "topic"):
        inner = (((*path, *rest), word) for rest, word in _words(_tables(topic, "subtopic"), "name"))
        yield from _repeated(inner, "a name")


def _check_topics(tree: Tree) -> Iterator[Problem]:
    """A topic tells a person what to do. Too many, or one that means nothing, tell nothing (X1, X2, R51)."""
    count = sum(1 for _ in _tables(tree, "topic"))
    if count > MOST_TOPICS:
        yield Problem(("topic",), f"found {count} topics; allowed: at most {MOST_TOPICS}, with subtopics below them")
    for path, word in _words(_tables(tree, "topic"), "name"):
        if " ".join(word.lower().split()) in NO_TOPICS:
            text = "a topic that says what it is about; mail that fits none waits for triage without one"
            yield Problem(path, say_unfit(word, text))


def _check_doors(tree: Tree) -> Iterator[Problem]:
    paths = [(name, "listen") for name in ("smtp", "submission", "lmtp", "web")]
    doors = [(path, _section(tree, path[0]).get(path[1])) for path in (*paths, ("smtp", "proxy_listen"))]
    # Port 0 is another one each time.
    yield from _repeated(
        ((path, at) for path, at in doors if isinstance(at, str) and at and not at.endswith(":0")), "a port"
    )
    for one, other in (("certificate", "private_key"), ("private_key", "certificate")):
        yield from _needs(tree, ("smtp", one), ("smtp", other))
    yield from _needs(tree, ("submission", "listen"), ("submission", "logins_file"))
    if not str(_section(tree, "submission").get("listen", "")).startswith(_HERE):  # a password wants encryption
        yield from _needs(tree, ("submission", "listen"), ("smtp", "certificate"))
    yield from _needs(tree, ("smtp", "proxy_listen"), ("smtp", "proxy_from"))


def _needs(tree: Tree, one: tuple[str, str], other: tuple[str, str]) -> Iterator[Problem]:
    """A key that means nothing without another one."""
    if _section(tree, one[0]).get(one[1]) and not _section(tree, other[0]).get(other[1]):
        yield Problem(other, say_missing(f"a value, because {dotted(one)} has one"))


def _check_outgoing(tree: Tree) -> Iterator[Problem]:
    """A password may also come from the environment; then it stands beside the file's keys here."""
    way = _section(tree, "outgoing")
    if not (way.get("password") or way.get("token_command")):
        yield from _needs(tree, ("outgoing", "username"), ("outgoing", "password_file"))
    for key in ("password_file", "password", "token_command"):
        yield from _needs(tree, ("outgoing", key), ("outgoing", "username"))
    other = next((key for key in ("password_file", "password") if way.get(key)), "")
    if way.get("token_command") and other:
        text = f"found it beside outgoing.{other}; one of the two logs in"
        yield Problem(("outgoing", "token_command"), text)
    yield from _check_signing(tree)


def _check_signing(tree: Tree) -> Iterator[Problem]:
    """A signature counts for DMARC only when its domain is that of the From, or above it (RFC 7489 section 3.1.1)."""
    for one, other in (("dkim_selector", "dkim_key_file"), ("dkim_key_file", "dkim_selector")):
        yield from _needs(tree, ("outgoing", one), ("outgoing", other))
    yield from _needs(tree, ("outgoing", "dkim_domain"), ("outgoing", "dkim_selector"))
    way = _section(tree, "outgoing")
    domain = way.get("dkim_domain") or _section(tree, "desk").get("domain")
    if not way.get("dkim_selector") or not isinstance(domain, str):
        return
    for path, word in _words(_tables(tree, "address"), "address"):
        if not f".{word.rpartition('@')[2]}".lower().endswith(f".{domain.lower()}"):
            text = f"the domain of {dotted(path)} ({show(word)}) or one above it: mail from there is signed as well"
            yield Problem(("outgoing", "dkim_domain"), say_unfit(domain, text))
            return


def _check_hours(tree: Tree) -> Iterator[Problem]:
    if isinstance(tree.get("hours", {}), dict) and not any(_section(tree, "hours").values()):
        text = 'working time on at least one day, such as monday = [["09:00", "17:00"]]'
        yield Problem(("hours",), say_missing(text))


def _check_clock(tree: Tree) -> Iterator[Problem]:
    offset, demo = _section(tree, "clock").get("offset"), _section(tree, "desk").get("demo", False)
    if offset and not (demo is True or str(demo).lower() in TRUE_WORDS):
        yield Problem(("clock", "offset"), f"found {show(offset)}; only the clock of a demo desk may be shifted")
