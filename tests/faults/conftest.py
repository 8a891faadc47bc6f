"""Desks for the tests that break them; each is killed at the end of its test."""

from tests.servers.desks import desk

__all__ = ["desk"]
