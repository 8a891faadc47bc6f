"""How a text is set: HTML, its tables and containers, flowed lines, and the copy that is safe to show."""
