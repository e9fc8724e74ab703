"""What the pages about data need: receiving files, the words about them."""
