"""``python -m perennial`` is the command ``perennial``."""

from perennial.cli import main

main()
