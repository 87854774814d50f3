"""`python -m lincs_interp.app` is `lincs-interp`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
