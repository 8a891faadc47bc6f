"""Mailing lists: whether one carried a mail, and whether a person stands behind it.

In: the header fields and the sender; for the second question the beginning of subject and text. Out: the mark of a
list, and whether the mail is a person's post to a discussion. Must never call a newsletter or a notification a
person's, however personally it is worded; what cannot be told stays the list's.
"""

from __future__ import annotations

import re

from parsing.headers import unfolded
from parsing.machines.robots import ANSWERS, GENERATED_HEADERS, NO_REPLY, any_of, names

Fields = dict[str, list[str]]

_HEADERS = names("""
    list-id list-post list-unsubscribe list-help list-subscribe list-owner list-archive mailing-list
    x-mailing-list x-mailinglist x-list x-listname x-beenthere x-mailman-version x-ml-name x-list-id
    x-listserver x-campaign x-campaignid x-mc-user x-rpcampaign x-newsletter x-mailing-id x-bulkmail
    x-ezlm x-list-name x-sympa-to sender-list resent-list x-list-host x-listar-version x-google-group-id
""")
# Discussion lists write these, mass mailers do not.
_DISCUSSION = names("""
    list-post mailing-list x-mailing-list x-mailinglist x-beenthere x-mailman-version x-ml-name x-listname x-list
    x-listserver x-sympa-to x-listar-version x-google-group-id x-ezlm resent-list
""")
_BULK = names("""
    x-campaign x-campaignid x-campaign-id x-mc-user x-rpcampaign x-newsletter x-mailing-id x-bulkmail
    list-unsubscribe-post x-csa-complaints x-mailgun-sid x-sg-eid x-mandrill-user x-report-abuse x-job x-mailer-lid
    x-mailer-recptid x-sfmc-stack x-messageid x-emsg x-mailjet-campaign x-ses-outgoing auto-submitted x-auto-generated
    x-github-reason x-github-sender x-gitlab-project x-jira-fingerprint x-bugzilla-url x-bugzilla-reason x-jenkins-job
    x-launchpad-message-rationale x-trac-project x-redmine-host x-git-refname x-git-repository x-svn-commit-repository
    x-cron-env x-debian-pr-message x-phabricator-to x-gerrit-messagetype x-sourceforge-tracker x-travis-build
    x-discourse-topic-id x-zendesk-from-account-id
""")
_SENDER = re.compile(
    r"(?:^|\s)(?:listserv|majordomo|mailman|listmaster|owner-[\w.+-]{1,60}|[\w.+-]{1,60}-(?:owner|bounces|request))@"
)
_ANNOUNCER = any_of(r"""
    (?:^|[\s._+-])(?:news(?:letter)?s?|mailings?|mailer|notif(?:y|ication)s?|notifier|alerts?|announce(?:ments?)?)(?:[._+-][\w.+-]{0,40})?@
    (?:^|[\s._+-])(?:marketing|promo(?:tion)?s?|offers?|updates?|bugzilla|jira|jenkins|gitlab|github|trac|cron|root)(?:[._+-][\w.+-]{0,40})?@
    (?:^|[\s._+-])(?:digest|bounces?|buildbot|builds?|commits?|cvs|svn|git|wiki|nagios|icinga|no-?reply)(?:[._+-][\w.+-]{0,40})?@
""")
_MACHINE_SUBJECT = any_of(r"""
    ^(?:\[[^\]]{1,40}\] ?){0,3}(?:cvs|svn|git|hg)\b.{0,40}(?:commit|:)  \bcommit:  ^cron <  digest,? vol
    \bnewsletter\b
    build (?:failed|fixed|is back|success)  ^\[(?:jira|bug|github|jenkins|gitlab)\b  \[bug \d
    ^(?:fixed|failure|success):
    issue tracker  \bdigest\b.{0,20}\bissue\b
""")
_CLIENT = any_of(r"""
    thunderbird  mozilla  outlook  apple mail  iphone  ipad  mutt  evolution  kmail  kontact  roundcube  squirrelmail
    gnus  alpine  \bpine\b  claws  sylpheed  seamonkey  the bat  lotus notes  notes  eudora  k-9  fairemail  zimbra
    horde
    internet messaging  webmail  mailspring  spark  emclient  em client  pegasus  opera mail  postbox  mulberry
    wanderlust
    mew version  notmuch  neomutt  git-send-email  quilt  aerc  microsoft  groupwise  geary  trojita  icedove  balsa
    entourage  turnpike  exmh  nmh  vm  cyrus-jmap  yahoomail  open-xchange  sogo  nextcloud  android  samsung
    protonmail
""")
_PERSONAL = re.compile(
    r"\?|\b(?:i|i'm|i've|my|me|ich|mir|mein|meine|je|j'ai|mon|ma|yo|tengo|mi|mio|ho|sono|ik|mijn|eu|meu|minha|ja|mam|"
    r"jag|min|jeg|minä|olen|mám|jsem|я|мне|мой|у меня)\b"
)


def carried(fields: Fields, sender: str) -> str:
    """The mark by which a list (or a mass mailer) is known; empty when there is none."""
    for name in _HEADERS:
        if name in fields:
            return f"header {name}"
    for value in fields.get("precedence", [])[:1]:
        precedence = unfolded(value).lower()
        if precedence.startswith(("list", "bulk", "junk")):
            return f"precedence: {precedence[:20].split()[0]}"
    return "sent by a list server" if _SENDER.search(sender) else ""


def is_persons_post(fields: Fields, sender: str, title: str, head: str, is_threaded: bool) -> bool:
    """Whether a person wrote what the list carried: an answer, or a post of a mail client or in the first person."""
    if any(name in fields for name in _BULK) or any(name in fields for name in GENERATED_HEADERS):
        return False
    if is_bulk_feedback(fields):
        return False
    if not sender or NO_REPLY.search(sender) or _SENDER.search(sender) or _ANNOUNCER.search(sender):
        return False
    if _MACHINE_SUBJECT.search(title):
        return False
    if not _names_a_list(fields):
        return _has_client(fields)
    if is_threaded or ANSWERS.match(title.partition("]")[2].lstrip() if title.startswith("[") else title):
        return True
    return _is_discussion(fields) and (_has_client(fields) or _PERSONAL.search(head[:600]) is not None)


def is_bulk_feedback(fields: Fields) -> bool:
    """Whether a Feedback-ID names a campaign: Proton writes `N:user:proton` on the mail of all of its users."""
    values = fields.get("feedback-id", [])[:1]
    return any("user" not in unfolded(value)[:500].lower().split(":") for value in values)


def _names_a_list(fields: Fields) -> bool:
    """Precedence bulk and junk are what mass mailers and robots write: no list."""
    if any(name in fields for name in _HEADERS):
        return True
    return unfolded(fields.get("precedence", [""])[0]).lower().startswith("list")


def _is_discussion(fields: Fields) -> bool:
    """RFC 2369 section 3.4: `List-Post: NO` says that nobody may post."""
    post = unfolded(fields.get("list-post", [""])[0]).strip().lower()
    if post.startswith("no"):
        return False
    return any(name in fields for name in _DISCUSSION)


def _has_client(fields: Fields) -> bool:
    return any(
        _CLIENT.search(unfolded(value)[:200].lower())
        for name in ("user-agent", "x-mailer", "x-newsreader")
        for value in fields.get(name, [])[:1]
    )
