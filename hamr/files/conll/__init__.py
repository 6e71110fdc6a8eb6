"""CoNLL: columns of words and tags, and tags replaced in place."""
