"""The desk's own rules as plain frozen values: workflows, promises, taxonomy, urgency, who can do what.

Made by `gateway.config` from the file, read by the rules; nothing here does anything or knows a ticket.
"""
