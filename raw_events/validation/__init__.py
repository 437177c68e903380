"""Which events can be taken, and why the others cannot: set-based, with one exact path besides.

lines (JSON text)  →  fast_path/ takes those that are written like a sample, by their quotes
                      grammar.py says which are ordinary  →  lines.py takes them apart in SQL
                      every other line                    →  one_line.py, exact and slow
rows (CSV, Parquet) → rows.py
all of them        →  rules.py: the rules that need the fields alone
"""
