"""The programs: the command line, and the guided page for those who do not code.

``cli`` : the command lincs-interp. ``notebooks`` : copies of the guided notebooks.
``server``, ``kernels``, ``settings`` : Voilà on this computer, and what the page of every visitor starts with.
``page``, ``views`` : the controls of the page and their wires; every text that it shows.
``uploads``, ``inputs``, ``report_file`` : files held, what is read from them, the report as one link to save.
"""

from __future__ import annotations

from typing import Any

__all__ = ["guided_page"]


def guided_page() -> Any:
    """Return the widget of the guided page, with the settings that ``lincs-interp app`` left in the environment.

    Returns
    -------
    ipywidgets.VBox
        It works in a notebook too; what only the page of the command does is to refuse a file that is too large before
        it is sent, and to end together with its browser tab.

    Examples
    --------
    >>> from lincs_interp.app import guided_page
    >>> guided_page()  # doctest: +SKIP
    """
    from .._util.errors import needs_package

    needs_package("guided_page", "ipywidgets", "app")
    from .page import GuidedPage
    from .settings import from_environment

    page = GuidedPage(from_environment())
    page.widget.guided_page = page  # it lives as long as its widget
    return page.widget
