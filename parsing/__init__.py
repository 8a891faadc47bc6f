"""Bytes → meaning, pure. `reading.read` is the way in; the nouns beside it are what a mail has. What they are made of
stands in rooms: `structure` (parts and containers), `pages` (HTML and text formats), `words` (what is new and what is
old), `machines` (robots and bounces), `calendars` (components, times and zones)."""
