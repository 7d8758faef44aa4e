"""The skills the bundled model is taught, one module each."""
