"""Our own look at who sent a mail: SPF, DKIM, DMARC and ARC, with the DNS handed in (`replydesk[verify]`)."""

OURS = "replydesk"
"""Whose results they are, where a mail server's would carry its authserv-id."""
LIBRARIES = ("cryptography", "dns", "publicsuffixlist")
"""What the extra `verify` brings."""
