"""People: who they are, what they send, and forgetting them."""
