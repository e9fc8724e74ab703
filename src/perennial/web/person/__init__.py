"""What a person may ask for: everything that is held of them, and to be erased."""
