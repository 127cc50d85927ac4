"""Rules that find what people say of themselves: one file for each part of a life, and what all of them share."""
