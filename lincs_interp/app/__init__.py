"""The guided page for those who do not code: a matrix and two gene lists in, the overview and the report out.

``server`` : runs Voilà on this computer for ``lincs-interp app``.
``settings`` : what the command hands to the page of every visitor.
``held_files`` : uploads, which lie on disk only while they are read, under names that are not theirs.
``inputs`` : what was chosen becomes matrix, query and background, or one sentence.
``views`` : every text that the page shows, as escaped HTML.
``report_file`` : the report as one link to save.
``controls`` : the single controls, first of all the one that takes a file.
``page`` : their arrangement, and the wires between all of these.
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
    from .page import GuidedPage
    from .settings import from_environment

    page = GuidedPage(from_environment())
    page.widget.guided_page = page  # it lives as long as its widget
    return page.widget
