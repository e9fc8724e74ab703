"""How a person is erased, and stays so."""
