"""What is known of a person: found, packed, told and drawn."""
