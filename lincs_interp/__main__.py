"""`python -m lincs_interp` is `lincs-interp`."""

import runpy

if __name__ == "__main__":
    runpy.run_module("lincs_interp.app", run_name="__main__")
