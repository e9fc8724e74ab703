"""Pure parts of facts: the records that come in, versions, addresses, personal columns."""
