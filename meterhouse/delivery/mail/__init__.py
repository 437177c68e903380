"""Messages as e-mail, through a mail server of the company (SMTP)."""
