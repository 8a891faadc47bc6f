"""Inputs that no one thought of: targets with invariants, seeds, a plain mutator, and what was found.

`python -m tests.fuzz --seconds N [--target NAME]` searches with atheris; `test_found.py` runs what was found, and a
short search without atheris that is the same every time.
"""
