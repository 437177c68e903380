"""Documents of final invoices (S-78): PDF, spreadsheet, e-invoice; rendered once and kept.

due.py says what is to be rendered, content.py what a document says, as plain data with exact
decimals as text; page.py, sheet.py and einvoice.py lay that out, kept.py keeps it with its digest.
"""
