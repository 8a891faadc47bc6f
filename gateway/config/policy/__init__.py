"""The desk's own rules in the configuration: one module a subject, each with its tables, what they become and what in
them must agree.
"""
