"""Django's SQLite backend, whose write transactions queue on one fair lock."""
