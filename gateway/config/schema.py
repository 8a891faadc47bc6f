"""Every key of the configuration file, with what it expects and its default, as a pydantic-settings tree.

A raw tree comes in, a validated frozen one goes out. Only `gateway.config.loading` imports this module, so that
nothing else needs pydantic. The words handed to `expect` are what an operator reads when a value does not fit. Opens
no file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Annotated, get_args, get_origin

from pydantic import AfterValidator, BaseModel, Field
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.config import notation
from gateway.config.kinds import (
    ADDRESS,
    HOURS,
    LANGUAGES,
    LISTEN,
    Address,
    Amount,
    Day,
    Domain,
    Line,
    Listening,
    Number,
    Spans,
    Switch,
    Table,
    TeamName,
    expect,
    fits,
    one_of,
)
from gateway.config.mailboxes import ImapTable
from gateway.config.policy.calls import CallsTable
from gateway.config.policy.digests import DigestsTable
from gateway.config.policy.handoffs import HandoffTable, TrackerTable
from gateway.config.policy.intake import FieldTable, QuestionsTable, RequireTable
from gateway.config.policy.notices import NoticesTable
from gateway.config.policy.phrasing import TemplateTable
from gateway.config.policy.privacy import PrivacyTable
from gateway.config.policy.routing import (
    AgentTable,
    CapabilityTable,
    EscalationTable,
    RoutingTable,
    ShiftTable,
    TeamTable,
)
from gateway.config.policy.sorting import RuleTable, SortingTable, TopicTable
from gateway.config.policy.targets import CalendarTable, SlaTable
from gateway.config.policy.urgency import CostTable, OrganisationsTable, OrganisationTable, PriorityTable
from gateway.config.policy.workflow import DivisionTable, WorkTable
from gateway.config.problem import DELIMITER, PREFIX, Path_, dotted, nearest, say_unknown


class DeskTable(Table):
    name: Line = expect("the name of the desk, a text of one line")
    domain: Domain = expect("the domain of the desk, such as desk.example")
    prefix: str = expect("2 to 12 letters and digits", "DESK", pattern=r"^[A-Za-z][A-Za-z0-9]{1,11}$")
    zone: Annotated[str, fits(notation.read_zone)] = expect("a time zone of the IANA list, such as Europe/Berlin")
    languages: list[Annotated[str, one_of(*LANGUAGES)]] = expect(
        f"a list of languages from {', '.join(LANGUAGES)}; the first is the default", list(LANGUAGES), min_length=1
    )
    operators: list[Address] = expect(f"a list of at least one address, each {ADDRESS}", min_length=1)
    demo: Switch = expect("true or false", False)
    reopen_days: Number = expect("a number of days from 0 to 3650", 14, ge=0, le=3650)
    nudge_hours: Amount = expect("a number of working hours from 0 (never) to 1000", 0, ge=0, le=1000)


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
    token_command: list[Line] = expect("a list of a program and its arguments that prints an OAuth2 access token", [])
    dkim_selector: Annotated[str, fits(notation.read_selector)] = expect(
        'the name of the key in the DNS, such as "rd2026": letters, digits and hyphens, or ""', ""
    )
    dkim_key_file: str = expect("the path of a file with the private RSA key that mail is signed with (PEM)", "")
    dkim_domain: Annotated[str, AfterValidator(lambda text: text and notation.read_domain(text))] = expect(
        "the domain that signs, such as desk.example: that of the desk's addresses or one above it", ""
    )


class TrustTable(Table):
    authserv_id: Annotated[str, Field(pattern=r"^[!-~]*$")] = expect(
        'the name with which your mail server signs its Authentication-Results, or ""', ""
    )
    hops: list[Annotated[str, AfterValidator(notation.read_ip)]] = expect(
        "a list of IP addresses", ["127.0.0.1", "::1"]
    )
    verify: Switch = expect("true or false", False)
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


def count_hours(table: HoursTable) -> timedelta:
    """The working time of an ordinary week."""
    return sum((notation.measure(spans) for _, spans in table), timedelta())


class HolidaysTable(Table):
    dates: list[Day] = expect("a list of dates such as [2026-12-25, 2026-12-26]", [])


class StaffTable(Table):
    show_names: Annotated[str, one_of("none", "first", "full")] = expect('"none", "first" or "full"', "none")


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
    imap: list[ImapTable] = []
    web: WebTable
    outgoing: OutgoingTable
    trust: TrustTable
    budget: BudgetTable
    intake: IntakeTable
    reader: ReaderTable
    hours: HoursTable
    holidays: HolidaysTable
    sla: SlaTable
    calendar: list[CalendarTable] = []
    staff: StaffTable
    privacy: PrivacyTable
    notices: NoticesTable
    digests: DigestsTable
    team: list[TeamTable] = []
    agent: list[AgentTable] = []
    shift: list[ShiftTable] = []
    capability: list[CapabilityTable] = []
    routing: RoutingTable
    escalation: list[EscalationTable] = []
    handoff: list[HandoffTable] = []
    tracker: list[TrackerTable] = []
    topic: list[TopicTable] = []
    rule: list[RuleTable] = []
    sorting: SortingTable
    field: list[FieldTable] = []
    require: list[RequireTable] = []
    questions: QuestionsTable
    template: list[TemplateTable] = []
    priority: PriorityTable
    organisation: list[OrganisationTable] = []
    work: WorkTable
    division: list[DivisionTable] = []
    organisations: OrganisationsTable
    cost: CostTable
    calls: CallsTable
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
    return {field.alias or name: field for name, field in found.model_fields.items()} if found else {}


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
    field = fields(names[:-1]).get(names[-1])
    if field is None:  # a name of the operator's own, inside a table of such names
        return describe(names[:-1])
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
