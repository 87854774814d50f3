"""`python -m lincs_interp` is `lincs-interp`."""

import sys

from .app.cli import main

if __name__ == "__main__":
    sys.exit(main())
