"""CSV and TSV: quotes, delimiters, records, and labels replaced in place."""
