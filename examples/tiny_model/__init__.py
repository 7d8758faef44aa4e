"""How the bundled model is made: synthetic transcripts, a CPU trainer, an evaluation with real
tools.

Three commands: `python -m examples.tiny_model.data` shows transcripts, `python -m
examples.tiny_model.train` trains (and resumes), `python -m examples.tiny_model.evaluate` measures
on held-out words and phrasings.
"""
