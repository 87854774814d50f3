"""The verdict on one signature with its warnings and its evidence, and the way to its siblings."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from .._util.html import Html, call_html, escaped
from .._util.text import counted
from ..readings.reading import evidence_html, warnings_html
from ._parts import go, piece, status
from ._study import Study

#: All siblings of a signature are named if they are so few; of more, the strongest.
SIBLINGS = 8


def siblings(study: Study) -> dict[str, list[str]]:
    """The signatures of each perturbagen, the strongest first."""
    assert study.dossier is not None
    strength = study.dossier.scores["z_sum"].abs().sort_values(ascending=False, kind="stable", na_position="last")
    own = study.dossier.perturbagen_of.reindex(strength.index)
    return {str(name): list(part.index) for name, part in own.groupby(own, sort=False)}


def verdict_html(study: Study, signature: str, kin: Mapping[str, list[str]], picks: Collection[str]) -> Html:
    """Return the reading of one signature; `picks` are the kinds of names that can be chosen in this explorer."""
    assert study.dossier is not None
    reading = study.dossier.signature(signature)
    title = f"{escaped(reading.label)}: {call_html(reading.call)}"
    return piece(
        Html(f'<p class="lincs-title"><strong>{title}</strong></p>'),
        status(reading.sentence),
        _kin(study, signature, kin, picks),
        warnings_html(reading.warnings),
        # Enter and space belong to the summary, not to the notebook around it.
        Html(
            '<details data-lm-suppress-shortcuts="true"><summary>Evidence: the numbers that the verdict stands on'
            f"</summary>{evidence_html(reading.evidence)}</details>"
        ),
    )


def _kin(study: Study, signature: str, kin: Mapping[str, list[str]], picks: Collection[str]) -> Html:
    """The perturbagen, and its other signatures."""
    assert study.dossier is not None
    name = study.perturbagen_of(signature)
    own = f"Signature <code>{escaped(signature, 100)}</code>."
    if not name:
        return Html(f'<p class="lincs-faint">{own} Which perturbagen it is of is not known.</p>')
    grade = escaped(study.dossier.perturbagen_row(name)["grade"], 10)
    link = go("perturbagen", name) if "perturbagen" in picks else escaped(name, 60)
    head = f"{own} Perturbagen {link}, grade {grade}."
    others = [one for one in kin[name] if one != signature]
    if not others:
        return Html(f"<p>{head} It has no other signature here.</p>")
    calls = study.dossier.scores["call"]
    few = [f"{go('signature', one, where(study, one))} {call_html(calls[one])}" for one in others[:SIBLINGS]]
    more = len(others) - SIBLINGS
    rest = f" and {counted(more, 'weaker one')}" if more > 0 else ""
    which = "signature" if len(others) == 1 else "signatures"
    return Html(f"<p>{head} Its other {which} here: {', '.join(few)}{rest}.</p>")


def where(study: Study, signature: str) -> str:
    """Dose, cell line and time, which set a signature apart from its siblings; else its id."""
    facts, row = study.ranks.signatures, study.columns[signature]
    known = [str(facts[name].iloc[row]) for name in ("pert_dose", "cell_line", "pert_time")]
    return ", ".join(text for text in known if text and text != "nan") or signature
