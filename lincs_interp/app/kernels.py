"""How Voilà starts the kernels of the page; only the server imports this, because Jupyter takes a second to load."""

from __future__ import annotations

from typing import Any

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from traitlets import Dict


class OwnPython(KernelSpecManager):
    """Kernels run in this very Python, whatever is registered under the name python3."""

    variables = Dict(help="Environment variables of the kernels").tag(config=True)

    def get_kernel_spec(self, kernel_name: str) -> Any:
        """Return the one kernel there is."""
        return KernelSpec(resource_dir=RESOURCES, **(get_kernel_dict() | {"env": self.variables}))
