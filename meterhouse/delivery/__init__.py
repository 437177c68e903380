"""What leaves the marts: messages known by what they say, a log of attempts, and who sends them.

Reads publications, never the warehouse of a running run; nothing here changes the ledger (S-70).
"""
