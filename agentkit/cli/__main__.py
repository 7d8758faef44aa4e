"""`python -m agentkit.cli` is the `agentkit` command."""

import sys

from agentkit.cli.command import main

if __name__ == "__main__":
    sys.exit(main())
