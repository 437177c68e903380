"""What one customer sees of its own: an API and pages (S-77).

Who asks is said by a token or a signed link. All that is read goes through own.py, which gives of
every mart the rows of that customer; there is no parameter that names a customer.
"""
