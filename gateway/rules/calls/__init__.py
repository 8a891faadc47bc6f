"""Live calls: who may have one, which slots are promised, how one is booked, moved, staffed and ended."""
