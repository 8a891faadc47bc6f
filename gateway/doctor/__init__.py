"""The doctor: one module a subject, each looks at one side of the desk and says what it finds, with the cure.

`examination` runs them all. Nothing here changes the desk, sends a mail or prints a secret; what a check leaves in a
folder for a moment is gone when it ends.
"""
