"""The words: Money, Points, Period, LocalDay, Reason, ids, the stable hash. Standard library only."""
