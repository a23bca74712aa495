"""What made the tables, step by step; alembic runs these when an older or a new file is opened."""
