"""How long customers' pages take while publications change under them."""
