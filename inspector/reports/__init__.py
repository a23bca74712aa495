"""Floor 2: what a batch leaves on disk: `results.csv`, `summary.json` and one self-contained `report.html`."""
