"""A customer's pages: spend by day, balances, invoices with their lines, usage.

data.py      what each page says, from what is the customer's own
render.py    pages as HTML, by the templates
routes.py    the same pages on the server, behind a signed link
files.py     the same pages as files
"""
