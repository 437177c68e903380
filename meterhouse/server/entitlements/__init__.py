"""May this customer go on? Answered from memory, for gateways that ask before each request."""
