"""What all tables share: instants, ids, set-based reading and writing, the fair write lock of SQLite."""
