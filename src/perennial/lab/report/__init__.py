"""The report: one self-contained page that tells a merchant who their customers are."""
