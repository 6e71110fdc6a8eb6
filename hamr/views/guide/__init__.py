"""What the page Guide shows besides the topics themselves."""
