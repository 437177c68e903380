"""What SQL of a metric is refused and what is allowed, by what it is about.

Each module has REFUSED, what it is called → (the file's text, words of the refusal), and most have
ALLOWED, what it is called → the text. test_allowed_sql.py tries them all.
"""
