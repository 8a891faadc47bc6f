"""The replies that several parts of the doors give. Pure ASCII, each with its enhanced status code (RFC 3463).

None of them shows an address, an exception's text or a version.
"""

from __future__ import annotations

from gateway.doors.words import Fate

TRY_LATER = "451 4.3.0 The desk could not take the message; try again later"
FULL = "452 4.3.1 The desk has no room for mail now; try again later"
TOO_BIG = "552 5.3.4 The message is larger than this desk takes"
CLOSING = "421 4.3.2 The desk is closing; try again later"
BUSY = "421 4.7.0 Too many connections; try again later"
TOO_SLOW = "421 4.4.2 Nothing came for too long; try again"
SESSION_OVER = "421 4.4.2 The session has lasted too long; connect again"
BELOW_RATE = "421 4.4.2 The message comes too slowly; try again"
TOO_MANY_ERRORS = "421 4.7.0 Too many errors"
TOO_MANY_COMMANDS = "421 4.7.0 Too many commands without a mail"
NO_WEB = "421 4.7.0 This is a mail server"
ENDLESS = "421 4.3.4 The message does not end"
IMPROPER = "554 5.5.0 Improper use of pipelining"
EARLY = "554 5.5.1 Wait for the greeting before you speak"

AFTER_THE_DOT = {Fate.KEPT: "250 2.0.0 Kept", Fate.LATER: TRY_LATER, Fate.FULL: FULL}
