"""How machines are known: headers and words of robots, mailing lists, absence notes, delivery reports."""
