"""What a mail does: a customer's words, a colleague's, a robot's, each in a module of its own."""
