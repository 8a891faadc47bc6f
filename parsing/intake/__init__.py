"""Intake: what a mail says of the facts that a desk wants to know (DESIGN section 3; `ops` R40).

`finding` looks through a mail as it comes; `answers` reads the answer to questions that are known. Both give
`Candidate`s with the words that say so. `labelled` reads lines that begin with a field's name, `kinds` is the table of
typed values, `sentences` tells what happens from what should happen and from what one does, `unknown` knows how people
say that they do not know. Pure, linear in the length of a mail, and never sure of what it only guesses.
"""
