"""What a document may say: bodies, kinds with their schemas, and the difference between two bodies."""
