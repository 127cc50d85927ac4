"""What we know how to work out: the domain, pure, with no I/O."""
