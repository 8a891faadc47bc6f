"""How a mail is built: parts, boundaries, the containers that are opened, and what a file really is."""
