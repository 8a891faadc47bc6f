"""Overviews: what somebody looks for, what happened in people's words, digests and the figures of a day."""
