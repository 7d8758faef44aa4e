"""Ways to and from other benchmarks: their domains here, our agents there.

Every module imports the package it is about when it is used, never before; see each for what it
does not cover.
"""
