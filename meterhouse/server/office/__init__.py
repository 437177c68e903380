"""Pages for one's own people: finance and operations, behind a token with a role.

session.py      a browser signs in with its token once: a signed cookie that ends
door.py         who asks, by token or cookie; every page goes through it
columns.py      what a list shows of each row, and by what it may be narrowed
money_lists.py  lists of finance: invoices, credit notes, receivables, reconciliation
usage_lists.py  lists of operations over marts: held contracts, usage without a price, alerts, runs
live_lists.py   lists of what stands in the data directory now: messages, rejected events, sources
listing.py      a page of any of these lists, and the whole list as CSV
today.py        what needs a look today
invoice.py      one invoice with its lines
explained.py    a line back to its events, in a process of its own
pages.py        which pages there are, of which role
render.py       pages as HTML
routes.py       all of it on the server, below /office/
"""
