"""Mailing lists: a person's post stays a person's, and no list is acknowledged (intake 25)."""

import pytest

from parsing.message import Kind
from parsing.reading import read

MAILMAN = ["List-Id: <users.lists.test>", "List-Post: <mailto:users@lists.test>", "Precedence: list"]


def mail(*lines, body="hello", sender="Dana <dana@whit.test>", envelope=None):
    return read(("\r\n".join([f"From: {sender}", *lines]) + f"\r\n\r\n{body}").encode(), envelope_sender=envelope)


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        ([*MAILMAN, "Subject: Re: [users] ink"], "Lower the heat."),
        ([*MAILMAN, "Subject: ink", "In-Reply-To: <a@b>"], "Lower the heat."),
        ([*MAILMAN, "Subject: ink", "User-Agent: Mozilla Thunderbird"], "The heat is too high."),
        ([*MAILMAN, "Subject: ink"], "Can somebody help?"),
        ([*MAILMAN, "Subject: Tinte"], "Bei mir schmiert die Tinte."),
        (["List-Unsubscribe: <mailto:x@x>", "Subject: Re: ink", "Precedence: bulk"], "Lower the heat."),
        (["X-Mailing-List: linux-ink@vger.test", "Subject: [PATCH] ink", "X-Mailer: git-send-email 2.40"], "diff"),
        (["Precedence: bulk", "Subject: ink", "X-Mailer: Microsoft Outlook 16.0"], "The heat is too high."),
    ],
)
def test_a_persons_post(lines, body):
    found = mail(*lines, body=body)
    assert found.kind is Kind.HUMAN
    assert "through a list" in found.kind_reasons[0]
    assert found.suppress_auto_reply
    assert not found.auto_generated


@pytest.mark.parametrize(
    ("lines", "sender"),
    [
        ([*MAILMAN, "Subject: Notes"], "Dana <dana@whit.test>"),
        ([*MAILMAN, "Subject: Re: x", "Auto-Submitted: auto-generated"], "Dana <dana@whit.test>"),
        ([*MAILMAN, "Subject: Re: x", "X-GitHub-Reason: mention"], "Dana <notify@whit.test>"),
        ([*MAILMAN, "Subject: Re: x", "Feedback-ID: 1:2:campaign"], "Dana <dana@whit.test>"),
        ([*MAILMAN, "Subject: Re: x"], "News <newsletter@whit.test>"),
        ([*MAILMAN, "Subject: Re: x"], "x <no-reply@whit.test>"),
        ([*MAILMAN, "Subject: svn commit: r12 - trunk"], "Dana <dana@whit.test>"),
        (["List-Id: <x>", "List-Post: NO", "Subject: Hours"], "Library <library@city.test>"),
        (["List-Unsubscribe: <https://x.test/u>", "Subject: What do I plant?"], "Club <hello@club.test>"),
        (["Precedence: bulk", "Subject: Your points"], "Shop <hello@shop.test>"),
    ],
)
def test_announcements_and_machines(lines, sender):
    found = mail(*lines, body="What do you think? I like it.", sender=sender) if "NO" in str(lines) else mail(
        *lines, sender=sender
    )  # fmt: skip
    assert found.kind is Kind.LIST
    assert found.suppress_auto_reply


def test_a_null_sender_is_no_person():
    assert mail(*MAILMAN, "Subject: Re: x", envelope="").kind is not Kind.HUMAN


def test_a_loop_mark_is_a_wish():
    found = mail("X-Loop: list@x.test", "Subject: ink")
    assert found.kind is Kind.HUMAN
    assert found.suppress_auto_reply
