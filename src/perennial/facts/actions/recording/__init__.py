"""The steps of `facts.actions.record`, one file per kind of fact; called by it alone."""
