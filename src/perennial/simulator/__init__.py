"""A made-up store with known truth (pure: yields batches); for demo, load and proofs."""
