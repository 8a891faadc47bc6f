"""Clocks: the kinds of timers that a ticket may have; what each does when it comes due is in `gateway.rules.due`."""

FIRST_RESPONSE = "first-response"
CLOSE = "close"
