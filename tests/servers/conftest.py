"""Desks for the tests against real servers, and a Dovecot; each is ended at the end of its test."""

from tests.servers.desks import desk
from tests.servers.dovecot import dovecot

__all__ = ["desk", "dovecot"]
