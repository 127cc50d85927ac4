"""The API: what is known of a person right now, and what to show them."""
