"""What event types promise (S-64): published schemas, and which landed events break them.

declared.py  what a schema says of one property
schema.py    the dialect: the text of a schema becomes an EventSchema, or problems with keywords
pattern.py   regular expressions that mean the same wherever they are read
values.py    one value, exactly
columns.py   many values at once: the same answers, sooner
judge.py     a chunk of validated events: what of it breaks which rule
published.py what is published, in the data directory
"""
