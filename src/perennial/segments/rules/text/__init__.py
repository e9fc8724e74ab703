"""The text form: the grammar, and a rule as it was written, before anybody knows what the words mean."""
