"""Intake: the facts that a ticket needs, asked for once, by mail, until they are known or a person takes over.

`record` is what a ticket keeps of it. `needed` says which facts a ticket needs, `gathering` what a mail says of them,
`asking` what is asked now, `reminding` what time does, `ending` how it is over. Rules know no mail client and no
sentence: what a mail seems to say comes from `parsing.intake` as candidates.
"""
