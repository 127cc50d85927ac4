"""Makes up people and what they say: a data set that means something, of any size, the same for the same seed."""
