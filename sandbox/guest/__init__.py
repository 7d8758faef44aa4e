"""Programs that run inside the sandbox, copied in as files: they import nothing of this package.

`launcher` is the first process there: trusted, it drops privileges and starts, interrupts and
kills kernels. `kernel` is the notebook kernel itself; everything it does must be taken for the
untrusted code's doing.
"""
