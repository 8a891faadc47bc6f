"""Every store test runs on SQLite and on a real PostgreSQL."""

from tests.servers.stores import empty_url, kind, patient_locks, store, store_url

__all__ = ["empty_url", "kind", "patient_locks", "store", "store_url"]
