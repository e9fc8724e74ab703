"""Back-ups: one file that holds all of an installation, checked before it is believed."""
