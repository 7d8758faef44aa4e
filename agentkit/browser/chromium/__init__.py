"""Chromium: finding or installing one, starting it, and rendering pages with it."""
