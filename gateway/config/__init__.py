"""The configuration: a TOML file and the environment come in, frozen settings and the desk's policy go out.

`loading` reads and merges, `schema` says what a key may hold, `coherence` what keys must say together, `notation` reads
the small notations, `problem` writes the sentences, `settings` are the plain values that everybody else is handed.
Only `loading` and `schema` need the validating library.
"""
