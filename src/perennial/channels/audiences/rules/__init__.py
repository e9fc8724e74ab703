"""Pure parts of audiences: the document, what a member's fields say, what is to be done with each member."""
