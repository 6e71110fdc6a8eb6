"""The page Learn: one HAMR step that can be held in the hand."""
