"""From rules to Ibis expressions, for everybody at once."""
