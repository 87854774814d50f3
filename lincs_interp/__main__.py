"""`python -m lincs_interp` is `lincs-interp`."""

import gc
import runpy

if __name__ == "__main__":
    gc.disable()  # until the command is known: loading libraries makes no garbage
    runpy.run_module("lincs_interp.app", run_name="__main__")
