"""The programs: the command line, and the guided page for those who do not code.

``cli`` : the command lincs-interp. ``options`` : what it and the page take, and the words for each argument.
``server``, ``kernels`` : Voilà on this computer. ``page``, ``views`` : the controls of the page, every text it shows.
``inputs``, ``report_file`` : files held, what is read from them, the report as one link to save.
"""

from __future__ import annotations

from typing import Any

__all__ = ["guided_page"]


def guided_page() -> Any:
    """Return the widget of the guided page, with the settings that ``lincs-interp app`` left in the environment.

    It works in a notebook too; only in the page of the command is a file that is too large refused before it is sent,
    and does closing the tab end everything.

    Examples
    --------
    >>> from lincs_interp.app import guided_page
    >>> guided_page()  # doctest: +SKIP
    """
    from .._util.errors import needs_package

    needs_package("guided_page", "ipywidgets", "app")
    from .options import from_environment
    from .page import GuidedPage

    page = GuidedPage(from_environment())
    page.widget.guided_page = page  # it lives as long as its widget
    return page.widget
