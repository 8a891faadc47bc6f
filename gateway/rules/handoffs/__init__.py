"""Handoffs by a declared edge: what is kept of one, who learns of it, what a rule makes, what a tracker says."""
