"""What the page Learn shows: one step on points, stage by stage."""
