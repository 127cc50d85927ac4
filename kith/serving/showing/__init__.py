"""What to show a person, and the catalogue of what can be shown."""
