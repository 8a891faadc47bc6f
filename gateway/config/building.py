"""The valid tree of a configuration as the plain values that the rest of the program knows.

In: a `Tree` that the schema and the checks have passed. Out: one frozen `Config` with the desk's policy in it. Opens no
file and refuses nothing: whatever could be wrong was said before.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from gateway.config import mailboxes, notation
from gateway.config.policy import (
    calls,
    digests,
    handoffs,
    intake,
    notices,
    phrasing,
    privacy,
    routing,
    sorting,
    targets,
    urgency,
    workflow,
)
from gateway.config.policy.urgency import Row
from gateway.config.schema import Tree
from gateway.config.settings import (
    Config,
    LmtpDoor,
    Outgoing,
    ReaderLimits,
    Setting,
    Signing,
    SmtpDoor,
    StoreSettings,
    Submission,
    Verify,
    WebDoor,
)
from gateway.rules.desk import Agent, Budgets, Desk, DeskAddress, Intake, Team
from scheduling.hours import MONDAY_FIRST, WeeklyHours


def build(
    tree: Tree, file: Path, settings: tuple[Setting, ...], warnings: tuple[str, ...], listed: tuple[Row, ...]
) -> Config:
    """The whole of it."""
    folder, smtp, reader = file.parent, tree.smtp, tree.reader
    return Config(
        file=file,
        demo=tree.desk.demo,
        store=StoreSettings(
            url=notation.place_store(tree.store.url, folder),
            data=folder / tree.store.data,
            reserve=int(tree.store.reserve_mb * 2**20),
        ),
        smtp=SmtpDoor(
            listen=notation.read_listen(smtp.listen),
            max_size=smtp.max_size,
            connections=smtp.connections,
            connections_per_address=smtp.connections_per_address,
            hostname=smtp.hostname or f"mail.{tree.desk.domain}",
            recipients=smtp.recipients,
            errors=smtp.errors,
            commands=smtp.commands,
            idle=timedelta(seconds=smtp.idle_seconds),
            session=timedelta(minutes=smtp.session_minutes),
            data_rate=smtp.data_rate,
            certificate=_file(folder, smtp.certificate),
            private_key=_file(folder, smtp.private_key),
            proxy_listen=notation.read_listen(smtp.proxy_listen),
            proxy_from=frozenset(smtp.proxy_from),
        ),
        submission=Submission(
            listen=notation.read_listen(tree.submission.listen), logins_file=_file(folder, tree.submission.logins_file)
        ),
        lmtp=LmtpDoor(listen=notation.read_listen(tree.lmtp.listen)),
        web=WebDoor(
            listen=notation.read_listen(tree.web.listen),
            public_url=tree.web.public_url,
            operators_from=frozenset(tree.web.operators_from),
        ),
        outgoing=_build_outgoing(tree, folder),
        reader=ReaderLimits(
            processes=reader.processes, deadline=timedelta(seconds=reader.deadline), memory_mb=reader.memory_mb
        ),
        verify=Verify(
            enabled=tree.trust.verify,
            nameservers=tuple(notation.read_nameserver(text) for text in tree.trust.dns),
        ),
        imap=mailboxes.build(tree.imap, folder, _support(tree)),
        clock_offset=notation.read_offset(tree.clock.offset) if tree.clock.offset else timedelta(),
        policy=_build_desk(tree, listed),
        settings=settings,
        warnings=warnings,
    )


def _support(tree: Tree) -> str:
    """The desk's first address for customers."""
    return next(table.address for table in tree.address if table.kind == "support")


def _build_outgoing(tree: Tree, folder: Path) -> Outgoing:
    relay = notation.read_relay(tree.outgoing.url)
    return Outgoing(
        scheme=relay.scheme,
        maildir=folder / relay.path if relay.path else None,
        host=relay.host,
        port=relay.port,
        username=tree.outgoing.username,
        password_file=_file(folder, tree.outgoing.password_file),
        password=tree.outgoing.password,
        starttls=tree.outgoing.starttls,
        connections=tree.outgoing.connections,
        timeout=tree.outgoing.timeout,
        ca_file=_file(folder, tree.outgoing.ca_file),
        token_command=mailboxes.program(tree.outgoing.token_command, folder),
        signing=_build_signing(tree, folder),
    )


def _build_signing(tree: Tree, folder: Path) -> Signing | None:
    way = tree.outgoing
    if not way.dkim_selector:
        return None
    return Signing(
        selector=way.dkim_selector, domain=way.dkim_domain or tree.desk.domain, key_file=folder / way.dkim_key_file
    )


def _file(folder: Path, name: str) -> Path | None:
    return folder / name if name else None


def _build_desk(tree: Tree, listed: tuple[Row, ...]) -> Desk:
    """The policy, its secret still empty. A command address without a team has that of the first support address."""
    desk = tree.desk
    first = next(table.team for table in tree.address if table.kind == "support")
    return Desk(
        name=desk.name,
        domain=desk.domain,
        prefix=desk.prefix,
        zone=desk.zone,
        languages=tuple(dict.fromkeys(desk.languages)),
        operators=tuple(desk.operators),
        addresses={
            word: DeskAddress(address=word, canonical=table.address, team=table.team or first, kind=table.kind)
            for table in tree.address
            for word in (table.address, *table.aliases)
        },
        teams={team.name: Team(name=team.name, tier=team.tier) for team in tree.team},
        agents={
            agent.address: Agent(
                name=agent.name,
                full_name=agent.full_name,
                address=agent.address,
                team=agent.team,
                roles=frozenset(agent.roles),
                notices=agent.notices,
            )
            for agent in tree.agent
        },
        organisations=urgency.organisations(tree.organisation, listed),
        urgency=urgency.build(tree.priority),
        routing=routing.build(tree.agent, tree.shift, tree.capability, tree.routing),
        calls=calls.build(tree.calls, tree.agent, tree.capability, tree.web.public_url),
        escalations=routing.escalations(tree.escalation),
        handoffs=handoffs.build(tree.handoff),
        trackers=handoffs.trackers(tree.tracker),
        cost=urgency.cost(tree.cost),
        topics=sorting.words(tree.topic, tree.rule, tree.sorting),
        taxonomy=sorting.build(tree.topic, tree.rule),
        tags=tuple(dict.fromkeys(tree.sorting.tags)),
        inquiry=intake.build(tree.field, tree.require, tree.questions),
        hours=WeeklyHours(tuple(getattr(tree.hours, day) for day in MONDAY_FIRST)),
        holidays=frozenset(tree.holidays.dates),
        digests=digests.build(tree.digests, tree.agent),
        service=targets.build(tree.sla),
        calendars=targets.calendars(tree.calendar),
        reopen_within=timedelta(days=desk.reopen_days),
        nudge_after=timedelta(hours=desk.nudge_hours),
        phrasing=phrasing.build(tree.template),
        show_names=tree.staff.show_names,
        privacy=privacy.build(
            tree.privacy,
            tree.agent,
            [tree.trust.authserv_id, notation.read_relay(tree.outgoing.url).host],
            [tree.desk.domain, tree.smtp.hostname or f"mail.{tree.desk.domain}"],
        ),
        notifying=notices.build(
            tree.notices, web=notation.read_listen(tree.web.listen) is not None, public_url=tree.web.public_url
        ),
        authserv_id=tree.trust.authserv_id,
        hops=frozenset(tree.trust.hops),
        stamps={
            mailboxes.named(table.username, table.host, table.folder): table.authserv_id.lower() for table in tree.imap
        },
        budgets=Budgets(**tree.budget.model_dump()),
        intake=Intake(
            sender_hour=tree.intake.sender_hour,
            domain_hour=tree.intake.domain_hour,
            unlimited_from=frozenset(tree.intake.unlimited_from),
        ),
        key_life=timedelta(days=tree.trust.key_days),
        confirm_within=timedelta(hours=tree.trust.confirm_hours),
        arc_sealers=frozenset(tree.trust.arc_sealers),
        divisions=workflow.divisions(tree.division),
        four_eyes=tree.work.four_eyes,
        activities=tuple(dict.fromkeys(tree.work.activities)),
        secret=b"",
    )
