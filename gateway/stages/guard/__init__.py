"""Who comes in: whose mailbox, which author, how far proven; copies and reports of delivery end here."""
