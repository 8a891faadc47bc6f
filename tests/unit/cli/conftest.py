"""What looks at the store is tested on SQLite and on a real PostgreSQL."""

from tests.servers.stores import empty_url, kind, store, store_url

__all__ = ["empty_url", "kind", "store", "store_url"]
