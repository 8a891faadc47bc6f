"""Desks for the tests against real servers; each is killed at the end of its test."""

from tests.servers.desks import desk

__all__ = ["desk"]
