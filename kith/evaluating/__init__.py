"""What `kith evaluate` does: reads labelled files, lets Kith work on them, and measures what came of it."""
