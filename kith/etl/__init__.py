"""From sources to stores: the pipeline and what keeps the stores in agreement."""
