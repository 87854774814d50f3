"""What ``lincs-interp app`` hands to the page of every visitor: the files to start with, and the limit of an upload."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from .._util.errors import one_of, whole_number

#: The variable that passes the settings from the server to the kernel of each visitor.
VARIABLE = "LINCS_INTERP_APP"

MEGABYTE = 1_000_000

#: Megabytes that one upload may have: 12,327 genes x 3,000 signatures as text.
MAX_UPLOAD = 200


@dataclass(frozen=True)
class PageSettings:
    """The start of a page.

    Attributes
    ----------
    matrix, up, down, background : str or None
        Paths of files on this computer that are read when the page opens.
    rank_one : "down" or "up"
        Which end rank 1 is in these matrices.
    n_genes : int, optional
        How many genes were ranked, if the matrices hold only some of them.
    max_upload : int
        Megabytes (10^6 bytes) that one uploaded file may have.
    """

    matrix: str | None = None
    up: str | None = None
    down: str | None = None
    background: str | None = None
    rank_one: str = "down"
    n_genes: int | None = None
    max_upload: int = MAX_UPLOAD

    def __post_init__(self) -> None:
        one_of("rank_one", self.rank_one, ("down", "up"))
        whole_number("max_upload", self.max_upload, most=4_000)
        if self.n_genes is not None:
            whole_number("n_genes", self.n_genes)

    @property
    def max_bytes(self) -> int:
        """The limit of an upload in bytes."""
        return self.max_upload * MEGABYTE


def to_environment(settings: PageSettings) -> dict[str, str]:
    """Return the settings as a variable for the environment of a kernel."""
    return {VARIABLE: json.dumps(asdict(settings))}


def from_environment(environment: Mapping[str, str] = os.environ) -> PageSettings:
    """Return the settings that are in the environment; without them the defaults."""
    return PageSettings(**json.loads(environment.get(VARIABLE, "{}")))
