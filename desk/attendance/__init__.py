"""Papers for a patient's insurer: which visits took place, and what each was worth.

`shares` cuts a package's price into its sessions, `reading` asks the database, `document` freezes, `issuing` gives the
number, `rendering` draws, `since` says what changed afterwards.
"""
