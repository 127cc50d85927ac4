"""The pages: each shows one thing, and is one file with a `show`."""
