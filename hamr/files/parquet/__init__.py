"""Parquet: values of all types as texts, and one column replaced, every other byte as it was."""
