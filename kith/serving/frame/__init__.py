"""What every endpoint stands in: access, limits, problems, answers that are kept, metrics."""
