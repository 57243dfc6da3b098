"""The register of discrepancies: its tables, folds and views, and what a comparison reads."""
