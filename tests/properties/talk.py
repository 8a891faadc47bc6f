"""What is said in the desk property: every verb rightly and wrongly, what helps a ticket on, and where it is said."""

from __future__ import annotations

SAID: dict[str, tuple[str, ...]] = {
    "accept": ("",),
    "ack": ("",),
    "approve": ("", "#1", "#7"),
    "away": ("", "until tomorrow", "for 3d", "until yesterday", "someday"),
    "assign": ("anastasia", "benedikt", "charlotte", "dominique", "auto", "nobody", "samantha", "nobdy", ""),
    "back": ("", "tomorrow"),
    "blocked": ("scheduling", "specialist", "vendor", "nothing", "sheduling"),
    "call": ("network-engineering", "general 15m within 3d because they asked", "cap:billing-specialist", "cooking",
             "move fri 14:00", "cancel because it works", ""),
    "cc": ("tom@contoso.example", "-tom@contoso.example", "anastasia@desk.example", "nobody", ""),
    "close": ("",),
    "contact": ("tom@contoso.example", "anastasia@desk.example", "no address"),
    "digest": ("", "now"),
    "dry-run": ("", "now"),
    "deescalate": ("because it is calm", ""),
    "eta": ("tomorrow 10:00", "fri 17:00 it takes a part", "-", "yesterday", ""),
    "find": ("status:open", "prio<=2 slow", "colour:red", ""),
    "for": ("nora@northwind.example", "anastasia@desk.example", ""),
    "escalate": ("because they are angry", "network because it is down", "tier2 because of the router", "tier9", ""),
    "handoff": ("network because it is slow", "to-billing", "frontline", "network-back", "nettwork", ""),
    "ask": ("", "steps to reproduce", "invoice number, observed", "stop", "colour"),
    "help": ("",),
    "kind": ("scope, delay", "quality", "change-request", "nonsense", ""),
    "link": ("DESK-1001", "DESK-1002 DESK-1003", "DESK-9999", ""),
    "log": ("45m", "2h type remote session", "3d", "45m type swimming", ""),
    "merge": ("DESK-1001", "DESK-1002", "1003", "DESK-9999", ""),
    "mine": ("", "all"),
    "note": ("",),
    "notices": ("", "digest", "instant", "mute", "loud"),
    "notify": ("",),
    "outcome": ("it works again", "45m it works again", "no-show", "no-show us", ""),
    "on": ("DESK-1001", "DESK-9999", ""),
    "priority": ("1 because launch", "3", "auto", "revenue=y blocking=y", "impact=1 urgency=1", "6", "revenue=perhaps"),
    "refuse": ("because we are full", ""),
    "remind": ("2h", "2d look again", "yesterday", ""),
    "reopen": ("",),
    "resolve": ("the index was rebuilt", "root Access/login it was the password", "root Acess/login x", ""),
    "return": ("because it is not ours need a log", "because it is not ours", ""),
    "retype": ("question", "support", "escalation", "problem"),
    "review": ("",),
    "ruf": ("R", "usability", "X"),
    "schedule": ("tomorrow 10:00", "2d est 4h", "fri 14:00 est: 1h 30m", "someday", ""),
    "set": ("action taken we called", "plan call them daily", "lessons ask earlier", "lessons -", "estimate 2h",
            "contract impact none", "affected users 25", "colour red", "audience internal", ""),
    "show": ("", "DESK-1001", "DESK-9999"),
    "split": ("another matter", ""),
    "sla": ("resolution until +4h because they wait", "first until tomorrow 10:00 because a promise",
            "next until +1h reason: a call", "resolution until yesterday because", "lunch until +1h because"),
    "snooze": ("2d", "off", "never"),
    "start": ("",),
    "status": ("implementation", "awaiting client", "in progress", "resolved", "nowhere"),
    "tag": ("+vip", "-vip +slow", "vip"),
    "take": ("",),
    "team": ("frontline", "network", "billing", "nettwork"),
    "template": ("welcome", "reset link=https://shop.example/r", "reset preview", "rest", ""),
    "todo": ("ask the network people", "-", ""),
    "topic": ("Access/login", "Outage", "Payments", "Other", ""),
    "undo": ("", "all"),
    "verify": ("",),
    "wait": ("customer", "vendor", "internal", "nobody", "godot"),
    "waive": ("all", "steps to reproduce", "colour", ""),
    "with": ("network", "billing", "frontline", "nobody"),
}  # fmt: skip
"""What is said with each verb, rightly and wrongly."""
NEXT_SAID: dict[str, tuple[str, ...]] = {
    "new": ("#accept", "#accept\n#topic Access/login\n#start", "#todo look\n#team network", "#assign auto",
            "#retype escalation", "#retype question", "#merge DESK-1001", "#with billing"),
    "accepted": ("#topic Access/login\n#start", "#topic Usage\n#schedule 2d est 4h", "#todo look\n#team network",
                 "#topic Usage\n#resolve it is told", "#topic Usage\n#status implementation", "#wait customer",
                 "#escalate because it is stuck", "#ack", "#return because no need a log",
                 "#todo go on\n#handoff frontline"),
    "scheduled": ("#start", "#schedule tomorrow 10:00", "#accept", "#snooze 1d", "#wait vendor"),
    "in_progress": ("#set observed it\n#set started at noon\n#todo look\n#handoff network", "#ack",
                    "#set invoice number 47\n#todo check\n#handoff billing", "#return because no need a log",
                    "#todo go on\n#handoff frontline", "#review", "#resolve the index was rebuilt",
                    "#wait customer", "#wait nobody", "#log 45m",
                    "#priority 2", "#schedule 2d", "#todo ask them\n#team network", "#blocked specialist"),
    "awaiting_review": ("#verify", "#resolve it was the password", "#start", "#wait customer", "#priority 1"),
    "implementation": ("#status awaiting client", "#resolve it is built", "#priority 1", "#todo call\n#team frontline"),
    "awaiting_client": ("#status implementation", "#priority 3", "#wait nobody"),
    "resolved": ("#close", "#reopen"),
    "closed": ("#reopen",),
}  # fmt: skip
"""What is said of a ticket that stands so, that it may come far."""
OF_ESCALATIONS = ("#kind scope\n#set action taken we called\n#accept", "#set plan call them daily\n#start",
                  "#set lessons ask earlier\n#resolve they stay")  # fmt: skip
HOUSE = """
[[escalation]]
name = "late-and-urgent"
team = "network"
priority = 2
clock = "resolution"
percent = 75

[[handoff]]
name = "late"
from = "frontline"
to = "billing"
trigger = "it takes too long"
owner = "moves"
when = { clock = "resolution", percent = 30 }

[[handoff]]
name = "urgent"
from = "billing"
to = "network"
trigger = "it cannot wait"
when = { priority = 1 }

[[division]]
name = "project"
teams = ["network"]
activities = ["work"]

[[division.status]]
name = "accepted"
category = "open"
next = ["implementation", "awaiting client"]

[[division.status]]
name = "implementation"
category = "open"
next = ["awaiting client", "resolved"]

[[division.status]]
name = "awaiting client"
category = "waiting"
next = ["implementation"]

[[division.priority]]
number = 1
label = "Blocker"

[[division.priority]]
number = 3
label = "Usual"

[[division.subtype]]
name = "change-request"
"""
