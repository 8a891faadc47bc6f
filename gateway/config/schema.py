"""Every key of the configuration file, with what it expects and its default, as a pydantic-settings tree.

A raw tree comes in, a validated frozen one goes out. Only `gateway.config.loading` imports this module, so that
nothing else needs pydantic. The words handed to `expect` are what an operator reads when a value does not fit. Opens
no file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.config import notation
from gateway.config.problem import DELIMITER, PREFIX, Path_, UnfitError, choose, dotted, nearest, say_unknown
from scheduling.hours import Span

LANGUAGES = ("en", "de", "fr")


def fits(read: Callable[[str], object]) -> AfterValidator:
    """The text must be readable; it stays as it was written."""

    def check(text: str) -> str:
        read(text)
        return text

    return AfterValidator(check)


def one_of(*allowed: str) -> AfterValidator:
    """The text must be one of these words."""
    return fits(lambda word: choose(word, allowed))


def _no_bool(value: object) -> object:
    if isinstance(value, bool):  # bool is a kind of int in Python, not in a configuration
        raise UnfitError
    return value


def _one_line(text: str) -> None:
    if not text.strip() or not text.isprintable():
        raise UnfitError


def expect(words: str, default: Any = ..., **limits: Any) -> Any:
    """A key: what it expects, in the operator's words, and its default (none: it must be there)."""
    return Field(default, description=words, **limits)


Line = Annotated[str, fits(_one_line)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
TeamName = Annotated[str, AfterValidator(str.lower)]
Topic = Annotated[str, fits(_one_line), Field(pattern=r"^[^/\[\]]+$")]
Address = Annotated[str, AfterValidator(notation.read_address)]
Domain = Annotated[str, AfterValidator(notation.read_domain)]
Listening = Annotated[str, fits(notation.read_listen)]
Number = Annotated[int, BeforeValidator(_no_bool)]
Amount = Annotated[float, BeforeValidator(_no_bool), Field(allow_inf_nan=False)]
Spans = Annotated[
    tuple[Span, ...], BeforeValidator(notation.read_spans), PlainSerializer(notation.write_spans, when_used="json")
]
Day = Annotated[date, BeforeValidator(notation.read_day)]

LISTEN = 'HOST:PORT such as "127.0.0.1:8025" (port 0: any free one), or "" to leave this door shut'
ADDRESS = "a mail address such as support@desk.example, without a detail after +"
NAME = "a short name of lower-case letters, digits, - and _, beginning with a letter"
LINE = "a text of one line"
WORDS = "a list of words or phrases"
HOURS = 'a list of pairs such as [["09:00", "12:30"], ["13:00", "17:00"]]'


class Table(BaseModel):
    """A table of the file: no key that is not listed here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DeskTable(Table):
    name: Line = expect("the name of the desk, a text of one line")
    domain: Domain = expect("the domain of the desk, such as desk.example")
    prefix: str = expect("2 to 12 letters and digits", "DESK", pattern=r"^[A-Za-z][A-Za-z0-9]{1,11}$")
    zone: Annotated[str, fits(notation.read_zone)] = expect("a time zone of the IANA list, such as Europe/Berlin")
    languages: list[Annotated[str, one_of(*LANGUAGES)]] = expect(
        f"a list of languages from {', '.join(LANGUAGES)}; the first is the default", list(LANGUAGES), min_length=1
    )
    operators: list[Address] = expect(f"a list of at least one address, each {ADDRESS}", min_length=1)
    demo: bool = expect("true or false", False)
    reopen_days: Number = expect("a number of days from 0 to 3650", 14, ge=0, le=3650)


class AddressTable(Table):
    address: Address = expect(ADDRESS)
    team: TeamName = expect("the name of a [[team]]", "")
    kind: Annotated[str, one_of("support", "staff", "commands")] = expect('"support", "staff" or "commands"', "support")
    aliases: list[Address] = expect(f"a list of addresses, each {ADDRESS}", [])


class StoreTable(Table):
    url: Annotated[str, fits(notation.read_store)] = expect(
        'a SQLite file ("sqlite:///data/replydesk.db") or a PostgreSQL server ("postgresql://HOST/NAME")',
        "sqlite:///data/replydesk.db",
    )
    data: Line = expect("a folder", "data")
    reserve_mb: Amount = expect("a number of megabytes from 0 to 1000000", 2, ge=0, le=1_000_000)


class SmtpTable(Table):
    listen: Listening = expect(LISTEN, "127.0.0.1:8025")
    max_size: Number = expect("a number of bytes from 65536 to 1073741824", 36_700_160, ge=65_536, le=2**30)
    connections: Number = expect("a number from 1 to 100000", 1000, ge=1, le=100_000)
    connections_per_address: Number = expect("a number from 1 to 100000", 50, ge=1, le=100_000)
    hostname: Annotated[str, fits(lambda text: text and notation.read_domain(text))] = expect(
        'the name this host greets with, such as "mail.desk.example"', ""
    )
    recipients: Number = expect("a number from 1 to 10000", 100, ge=1, le=10_000)
    errors: Number = expect("a number from 1 to 10000", 20, ge=1, le=10_000)
    commands: Number = expect("a number from 10 to 1000000", 1000, ge=10, le=1_000_000)
    idle_seconds: Amount = expect("a number of seconds from 1 to 3600", 300, ge=1, le=3600)
    session_minutes: Amount = expect("a number of minutes above 0, at most 1440", 30, gt=0, le=1440)
    data_rate: Number = expect("a number of bytes a second from 0 to 1048576", 500, ge=0, le=2**20)
    certificate: str = expect("the path of a file with the certificate chain (PEM)", "")
    private_key: str = expect("the path of a file with the certificate's private key (PEM)", "")
    proxy_listen: Listening = expect(LISTEN, "")
    proxy_from: list[Annotated[str, AfterValidator(notation.read_ip)]] = expect("a list of IP addresses", [])


class SubmissionTable(Table):
    listen: Listening = expect(LISTEN, "")
    logins_file: str = expect("the path of a file with a line for each login", "")


class LmtpTable(Table):
    listen: Listening = expect(LISTEN, "")


class WebTable(Table):
    listen: Listening = expect(LISTEN, "")
    public_url: Annotated[str, AfterValidator(notation.read_web_url)] = expect(
        'a URL such as "https://desk.example"', ""
    )
    operators_from: list[Annotated[str, AfterValidator(notation.read_ip)]] = expect(
        "a list of IP addresses", ["127.0.0.1", "::1"]
    )


class OutgoingTable(Table):
    url: Annotated[str, fits(notation.read_relay)] = expect(
        '"smtp://HOST:PORT", "smtps://HOST:PORT" or a Maildir such as "maildir:data/sent"'
    )
    username: str = expect("a text", "")
    password_file: str = expect("the path of a file that holds nothing but the password", "")
    starttls: Annotated[str, one_of("auto", "required", "never")] = expect('"auto", "required" or "never"', "auto")
    connections: Number = expect("a number from 1 to 100", 4, ge=1, le=100)
    timeout: Amount = expect("a number of seconds from 1 to 600", 60, ge=1, le=600)
    ca_file: str = expect("the path of a file with certificates to trust (PEM)", "")
    password: str = expect("a text, and only in the environment", "")


class TrustTable(Table):
    authserv_id: Annotated[str, Field(pattern=r"^[!-~]*$")] = expect(
        'the name with which your mail server signs its Authentication-Results, or ""', ""
    )
    hops: list[Annotated[str, AfterValidator(notation.read_ip)]] = expect(
        "a list of IP addresses", ["127.0.0.1", "::1"]
    )
    verify: bool = expect("true or false", False)
    dns: list[Annotated[str, fits(notation.read_nameserver)]] = expect(
        'a list of name servers such as ["127.0.0.1:53", "[::1]:53"]', []
    )
    arc_sealers: list[Domain] = expect("a list of domains such as lists.example.org", [])
    key_days: Number = expect("a number of days from 1 to 3650", 365, ge=1, le=3650)
    confirm_hours: Number = expect("a number of hours from 1 to 720", 72, ge=1, le=720)


class BudgetTable(Table):
    stranger_hour: Number = expect("a number of mails from 0 to 1000", 2, ge=0, le=1000)
    stranger_day: Number = expect("a number of mails from 0 to 1000", 3, ge=0, le=1000)
    participant_day: Number = expect("a number of mails from 1 to 1000", 10, ge=1, le=1000)
    domain_day: Number = expect("a number of mails from 100 to 10000000", 1000, ge=100, le=10_000_000)
    total_hour: Number = expect("a number of mails from 100 to 10000000", 100_000, ge=100, le=10_000_000)
    ticket: Number = expect("a number of mails from 1 to 10000", 30, ge=1, le=10_000)
    unheeded: Number = expect("a number of mails from 1 to 10000", 40, ge=1, le=10_000)


class IntakeTable(Table):
    sender_hour: Number = expect("a number of mails from 1 to 10000000", 100, ge=1, le=10_000_000)
    domain_hour: Number = expect("a number of mails from 1 to 10000000", 2000, ge=1, le=10_000_000)
    unlimited_from: list[Annotated[str, AfterValidator(notation.read_ip)]] = expect("a list of IP addresses", [])


class ReaderTable(Table):
    processes: Number = expect("a number from 1 to 64", 1, ge=1, le=64)
    deadline: Amount = expect("a number of seconds from 1 to 600", 10, ge=1, le=600)
    memory_mb: Number = expect("a number of megabytes from 128 to 65536", 512, ge=128, le=65_536)


class HoursTable(Table):
    monday: Spans = expect(HOURS, ())
    tuesday: Spans = expect(HOURS, ())
    wednesday: Spans = expect(HOURS, ())
    thursday: Spans = expect(HOURS, ())
    friday: Spans = expect(HOURS, ())
    saturday: Spans = expect(HOURS, ())
    sunday: Spans = expect(HOURS, ())


def count_hours(table: HoursTable) -> float:
    """The working hours of an ordinary week."""
    return sum(notation.measure(spans).total_seconds() for _, spans in table) / 3600


class HolidaysTable(Table):
    dates: list[Day] = expect("a list of dates such as [2026-12-25, 2026-12-26]", [])


class SlaTable(Table):
    first_response_hours: Amount = expect("a number of working hours above 0, at most 1000", 4, gt=0, le=1000)


class StaffTable(Table):
    show_names: Annotated[str, one_of("none", "first", "full")] = expect('"none", "first" or "full"', "none")


class TeamTable(Table):
    name: Name = expect(NAME)
    tier: Number = expect("a number from 1 to 9", ge=1, le=9)


class AgentTable(Table):
    name: Name = expect(NAME)
    full_name: Line = expect(LINE)
    address: Address = expect(ADDRESS)
    team: TeamName = expect("the name of a [[team]]", "")
    roles: list[Annotated[str, one_of("agent", "lead", "scheduler", "manager")]] = expect(
        'a list of at least one of "agent", "lead", "scheduler", "manager"', ["agent"], min_length=1
    )


class SubtopicTable(Table):
    name: Topic = expect(f"{LINE} without / [ ]")
    words: list[Line] = expect(WORDS, [])


class TopicTable(SubtopicTable):
    subtopic: list[SubtopicTable] = expect("tables, each under [[topic.subtopic]]", [])


class OrganisationTable(Table):
    domain: Domain = expect("the domain that its people write from, such as northwind.example")
    name: Line = expect(LINE)
    segment: str = expect("a text", "")
    arr: Number = expect("the revenue of a year, a whole number from 0 up", 0, ge=0, le=10**15)
    lifecycle: str = expect("a text", "")


class ClockTable(Table):
    offset: Annotated[str, fits(lambda text: text and notation.read_offset(text))] = expect(
        'a shift such as "+2d3h" or "-90m"', ""
    )


class Tree(BaseSettings):
    """The whole file."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter=DELIMITER, case_sensitive=False
    )

    desk: DeskTable
    address: list[AddressTable] = []
    store: StoreTable
    smtp: SmtpTable
    submission: SubmissionTable
    lmtp: LmtpTable
    web: WebTable
    outgoing: OutgoingTable
    trust: TrustTable
    budget: BudgetTable
    intake: IntakeTable
    reader: ReaderTable
    hours: HoursTable
    holidays: HolidaysTable
    sla: SlaTable
    staff: StaffTable
    team: list[TeamTable] = []
    agent: list[AgentTable] = []
    topic: list[TopicTable] = []
    organisation: list[OrganisationTable] = []
    clock: ClockTable

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the five names are pydantic-settings' own
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """`loading` reads file and environment itself, so that it can tell where each value came from."""
        return (init_settings,)


# What the schema knows about itself, for sentences about keys


def is_list(field: FieldInfo) -> bool:
    """Whether the key holds a list, of tables or of values."""
    return get_origin(field.annotation) is list


def fields(table: tuple[str, ...]) -> Mapping[str, FieldInfo]:
    """The keys of a table by name; of the file itself when `table` is empty, of nothing when there is none such."""
    found: type[BaseModel] | None = Tree
    for name in table:
        field = found.model_fields.get(name) if found else None
        found = _table_of(field) if field else None
    return found.model_fields if found else {}


def _table_of(field: FieldInfo) -> type[BaseModel] | None:
    candidates = (field.annotation, *get_args(field.annotation))
    return next((kind for kind in candidates if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def keys(table: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a table's keys."""
    return tuple(fields(table))


def all_keys() -> list[tuple[str, str]]:
    """Every key of the plain tables, as (table, key)."""
    return [(name, key) for name, field in Tree.model_fields.items() if not is_list(field) for key in keys((name,))]


def describe(path: Path_) -> str:
    """What the key at `path` expects, in the operator's words."""
    names = tuple(part for part in path if isinstance(part, str))
    field = fields(names[:-1])[names[-1]]
    if _table_of(field) is None:
        return field.description or "another value"
    return f"tables, each under [[{'.'.join(names)}]]" if is_list(field) else f"a table under [{names[-1]}]"


def say_strange(path: Path_, name: Callable[[Path_], str] = dotted) -> str:
    """`unknown key; did you mean smtp.listen?`: the nearest of its table, else its namesake elsewhere, else all."""
    table, key = path[:-1], str(path[-1])
    known = keys(tuple(part for part in table if isinstance(part, str)))
    meant = nearest(key, known)
    near = [(*table, meant)] if meant else [home for home in all_keys() if home[-1] == key]
    return say_unknown(name(near[0]) if near else "", known, "key" if table else "section")
