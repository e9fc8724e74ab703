"""Static lists as their pages show them."""
