"""`python -m lincs_interp` is `lincs-interp`."""

import sys

from .cli import main

sys.exit(main())
