"""From bytes to a readable page in the trained notation: HTML, PDF, JSON, feeds and plain text."""
