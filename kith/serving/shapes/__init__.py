"""What goes in and out over HTTP, and what `from kith import Kith` returns: the same types either way."""
