"""Collected mail: the daemon's side of mailboxes on other servers; their processes are `gateway.doors.imap`."""
