"""What the merchant wants, as versioned documents: kinds, schemas, upgraders, the registry."""
