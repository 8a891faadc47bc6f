"""What our own people hear: who of them, of what, with which earlier tickets and files."""
