"""What a calendar is made of: components, times, and the zones that they are written in."""
