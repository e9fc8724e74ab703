"""Questions that figures answer: the mirror's tables, the stored figures, what differs from the database."""
