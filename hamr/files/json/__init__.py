"""JSON and JSON Lines: objects, half characters, and labels replaced in place."""
