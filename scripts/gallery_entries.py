"""What the gallery shows: for every plot and explorer its question, its code, and how to read the picture.

The code is text and is run by make_gallery.py: what the page prints is what drew the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Entry:
    """One picture of the gallery.

    `name` is the public name it is about (of an explorer with its panel: "explore_gene"), `read` explains in a few
    sentences how to read the picture, `alt` describes it where it cannot be seen.
    """

    name: str
    question: str
    code: str
    read: tuple[str, ...]
    alt: str

    @property
    def is_plot(self) -> bool:
        """Whether matplotlib draws it; the others are widgets."""
        return self.name.startswith("plot_")

    @property
    def function(self) -> str:
        """The public function that makes it."""
        return self.name if self.is_plot else "explore"

    @property
    def call(self) -> str:
        """What the code of a notebook that uses it contains."""
        panel = self.name.partition("explore_")[2]
        return f'panel="{panel}"' if panel else f"li.{self.name}("


BEGIN = """import lincs_interp as li

sample = li.load_sample()
"""


def _entry(name: str, question: str, code: str, *read: str, alt: str) -> Entry:
    return Entry(name, question, BEGIN + dedent(code).strip(), read, alt)


ENTRIES: tuple[Entry, ...] = (
    _entry(
        "plot_top",
        "Which signatures mimic my experiment most, and which reverse it?",
        """
        scores = li.score_concordance(sample.ranks, sample.query)
        li.plot_top(scores, top=8, labels=sample.ranks.signatures);
        """,
        "To the right a signature **mimics** the query, to the left it **reverses** it; around 0 it does neither.",
        "The dark part of a bar comes from your up genes, the pale part from your down genes. The marker and the number"
        " are their sum, `z_sum`.",
        "Where the two parts point to opposite sides, the lists of the query disagree: the marker is a diamond, and"
        " the sum alone would mislead.",
        alt="Bars of the eight signatures with the highest and the eight with the lowest z_sum: mimickers to the"
        " right, reversers to the left, each made of a dark part from the up genes and a pale one from the down genes.",
    ),
    _entry(
        "plot_scores",
        "Do both lists of my query agree, signature by signature?",
        """
        scores = li.score_concordance(sample.ranks, sample.query)
        li.plot_scores(scores, label=4, labels=sample.ranks.signatures);
        """,
        "Across: `z_up`, from the up genes. Upwards: `z_down`, from the down genes. Both are positive where the"
        " signature agrees with the query.",
        "Upper right: **mimickers**, both lists agree. Lower left: **reversers**, both lists are opposite. In the"
        " other two corners the lists disagree.",
        "Around 0 is what does nothing to your genes, and most of what is there by chance.",
        alt="Scatter of z_up across and z_down upwards, a mark for each signature: mimickers at the upper right,"
        " reversers at the lower left, one discordant signature at the upper left, most signatures around 0.",
    ),
    _entry(
        "plot_evidence",
        "Which of my genes contribute most to the score of one signature?",
        """
        best = "SIM001_PC3_24H_A04_mimicort_10uM"
        evidence = li.explain_concordance(sample.ranks, sample.query, best)
        li.plot_evidence(evidence, title=best);
        """,
        "From left to right: the genes of the signature from **0 = most down** to **100 = most up**. Each tick below is"
        " a gene of your query; those that contribute most are named.",
        "A line rises where genes agree with the query, and falls where they disagree. Only the right ends are"
        " scores: above 0 mimics, below 0 reverses.",
        "A mimicker has its red ticks (up genes) at the right and its blue ticks (down genes) at the left; in a"
        " reverser they have changed places.",
        alt="Running sums over the percentiles 0 to 100 of one signature: those of the up genes, of the down genes and"
        " of both end above 0. Below, ticks of the up genes crowd at the right, ticks of the down genes at the left.",
    ),
    _entry(
        "plot_stability",
        "Does the call depend on a few genes?",
        """
        weak = "SIM001_HT29_24H_B06_paleversal_10uM"
        stability = li.stats.leave_one_out(sample.ranks, sample.query, weak)
        li.plot_stability(stability, top=12, title=f"{weak}: {stability.call}");
        """,
        "The black line is `z_sum` with all genes. Each mark is `z_sum` once this one gene is left out: a dot for an up"
        " gene, a square for a down gene.",
        "The arrows under the axis say which way the score gets **weaker** and which way **stronger**. Genes on top"
        " contribute to the call; genes at the bottom contribute against it.",
        "The axis does not begin at 0. The line under it says how much a single gene moves the score at most: here"
        " little, so no single gene decides.",
        alt="Twelve genes, each with a mark at the z_sum without it, joined to a line at the z_sum of all genes: six"
        " whose loss weakens the call on top, six whose loss strengthens it below.",
    ),
    _entry(
        "plot_percentiles",
        "Where are my genes, in this signature and in all others?",
        """
        best = "SIM001_PC3_24H_A04_mimicort_10uM"
        evidence = li.explain_concordance(sample.ranks, sample.query, best)
        genes = evidence.groupby("side")["gene"].head(7)
        li.plot_percentiles(sample.ranks.percentiles().loc[genes], highlight=best);
        """,
        "A row is a gene, a grey dot a signature: **0 = most down, 100 = most up**. The black tick is the median of all"
        " signatures.",
        "The diamond is the signature that was asked for, with its percentile at the right: red above 50, blue below.",
        "A gene whose dots reach both ends moves in many experiments; one whose dots keep to the middle says more when"
        " it does move.",
        alt="Fourteen genes as rows between the percentiles 0 and 100, a dot for each signature; the diamonds of one"
        " mimicker are at the far left for down genes and at the far right for up genes.",
    ),
    _entry(
        "plot_gene",
        "Is it unusual for this gene to be so far up or down?",
        """
        scores = li.score_concordance(sample.ranks, sample.query)
        best = "SIM001_PC3_24H_A04_mimicort_10uM"
        li.plot_gene(
            sample.ranks.percentiles().loc["CXCL2"],
            background=sample.background.percentiles().loc["CXCL2"],
            calls=scores["call"],
            highlight=best,
            labels=sample.ranks.signatures,
        );
        """,
        "Each mark is a signature at the percentile of this gene: **0 = most down, 100 = most up**; a row for each"
        " call.",
        "The bars below are the gene's baseline: where it is in signatures that nobody selected. Bars as high as the"
        " dashed line mean that it could be anywhere.",
        "Above both ends: in how many signatures the gene is among the outermost 1 %, and how often it is there in"
        " the baseline. If the two are alike, being extreme means little.",
        alt="Percentiles of the gene CXCL2 in all signatures, in rows by call: mimickers at the low end, reversers at"
        " the high end. Below, its baseline in unselected signatures as bars of roughly even height.",
    ),
    _entry(
        "plot_heatmap",
        "Do the same genes move in all the top hits?",
        """
        scores = li.score_concordance(sample.ranks, sample.query)
        evidence = li.explain_concordance(sample.ranks, sample.query, scores.index[0])
        genes = evidence.groupby("side")["gene"].head(10)
        hits = [*scores.index[:6], *scores.index[-6:]]
        li.plot_heatmap(sample.ranks.percentiles().loc[genes, hits], labels=sample.ranks.signatures);
        """,
        "Rows are genes, columns are signatures: **blue = most down (0), white = 50, red = most up (100)**.",
        "A block of one colour over many columns: the hits share their top genes. A column unlike its neighbours has a"
        " call for reasons of its own.",
        alt="Heat map of twenty genes in the six strongest mimickers and the six strongest reversers: genes that are"
        " blue in the mimickers are red in the reversers, and the other way round.",
    ),
    _entry(
        "plot_perturbagen",
        "Is a compound consistent over doses, cell lines and times, or is it one lucky column?",
        """
        scores = li.score_concordance(sample.ranks, sample.query)
        table = li.perturbagen_signatures(scores, sample.ranks, "graduasone")
        li.plot_perturbagen(table, title="graduasone");
        """,
        "A tile is a signature: doses across, cell lines and times down. **Purple = reverses, white = 0, orange ="
        " mimics**, the number is `z_sum`, the marker its call.",
        "Colour that deepens from left to right in every row: a dose effect that holds in all cell lines. A single"
        " coloured tile among pale ones: one lucky column.",
        alt="Tiles of the compound graduasone, five doses across, five cell lines at two times down: z_sum is around 0"
        " at the lowest dose and grows to a clear mimicker at the highest.",
    ),
    _entry(
        "plot_dose_response",
        "Does the effect grow with the dose, and in which cell lines?",
        """
        scores = li.score_concordance(sample.ranks, sample.query)
        table = li.perturbagen_signatures(scores, sample.ranks, "graduasone")
        li.plot_dose_response(table, title="graduasone");
        """,
        "Across: the dose, each step as far as the last one is many times higher. Upwards: `z_sum`, **above 0 mimics,"
        " below 0 reverses**. A mark is a signature, its shape and colour are the call.",
        "A line joins the medians of a cell line at one time. Lines that rise together: an effect that grows with the"
        " dose everywhere. Where doses do not differ, the cell lines are side by side instead.",
        alt="z_sum of the compound graduasone against five doses, a line for each of five cell lines at two times: all"
        " rise from about 0 at the lowest dose to clear mimickers at the highest, the longer time above the shorter.",
    ),
    _entry(
        "plot_consensus",
        "Do scores of different kinds agree on the top hits?",
        """
        consensus = li.stats.score_consensus(sample.ranks, sample.query)
        li.plot_consensus(consensus, top=8, labels=sample.ranks.signatures);
        """,
        "A column is a family of scores, each with one vote; the last one is their sum. **Purple = reverses, white = an"
        " ordinary signature of this matrix, orange = mimics**.",
        "At the right: how many families point the way of the sum. A hit that only one family sees needs a reason"
        " before it is believed.",
        alt="Tiles of the eight strongest signatures at both ends and the votes of the score families: orange for"
        " mimickers on top, purple for reversers at the bottom, with the number of families that agree at the right.",
    ),
    _entry(
        "plot_null",
        "How often would unrelated signatures score like this?",
        """
        check = li.stats.check_null(sample.background, sample.query)
        li.plot_null(check);
        """,
        "Upwards: the scores of signatures that nobody selected, **mimickers** above 0, **reversers** below. Across:"
        " what chance alone would give.",
        "On the dashed line p is right. Dots steeper than the line: the nominal p is far too small, because the genes"
        " of the query move together anyway. The squares are the calibrated scores.",
        "In the shaded bands a reader would say p < .05; the key counts how many do. 5 % should.",
        alt="Quantiles of the scores of unselected signatures against a normal distribution: the nominal scores are far"
        " steeper than the dashed line, the calibrated ones are on it.",
    ),
    _entry(
        "explore",
        "What is in this matrix for my experiment? Everything at once, linked",
        """
        interpretation = li.interpret(sample.ranks, sample.query, background=sample.background)
        li.explore(interpretation)
        """,
        "*Show* chooses the panel: all signatures, one signature, one perturbagen or one gene. They are linked: what is"
        " chosen in one of them moves the others.",
        "In the scatter mimickers are at the upper right and reversers at the lower left; the table below it is"
        " searched, sorted and filtered, and its names are buttons.",
        "*Save or copy* gives the tables (TSV), the pictures (PNG, SVG) and the gene lists; `.link_code()` the lines"
        " that bring this view back.",
        alt="The explorer in a notebook: fields to choose signature, perturbagen and gene, buttons for its panels, the"
        " call of the chosen signature in words, the scatter of z_up and z_down, and the table of all signatures"
        " with search, filters and buttons to sort it.",
    ),
    _entry(
        "explore_gene",
        "What does this integer mean for my gene?",
        """
        interpretation = li.interpret(sample.ranks, sample.query, background=sample.background)
        li.explore(interpretation, panel="gene", gene="CXCL2", signature="SIM001_PC3_24H_A04_mimicort_10uM")
        """,
        "Type a gene and a signature. The rank is put into words, with its place between **0 = most down** and"
        " **100 = most up**.",
        "Below, the same gene in all signatures and its baseline, which is the gene in unselected ones: see"
        " [plot_gene](#plot_gene) for how to read them.",
        alt="The explorer of one gene in one signature: its rank in words, its place on the scale from 0 to 100, and"
        " its percentiles in all signatures above its baseline.",
    ),
    _entry(
        "explore_signature",
        "Which genes contribute most to this signature, and would its call stay without some of them?",
        """
        interpretation = li.interpret(sample.ranks, sample.query, background=sample.background)
        li.explore(interpretation, panel="signature", signature="SIM002_MCF7_24H_G05_fortunib_3.33uM")
        """,
        "On top the call in one sentence and the warnings that apply. This signature is the planted lucky column: a"
        " clear mimicker that no other signature of its compound repeats.",
        "In the picture **0 = most down** is left and **100 = most up** right; lines that end above 0 mimic, below 0"
        " reverse: see [plot_evidence](#plot_evidence).",
        "*Leave out these genes* shows whether the call would stay without them. The table lists for each gene whether"
        " it is **for** or **against** the call, and how often it is extreme in unselected signatures.",
        alt="The explorer of one signature: the call mimicker in words, the warnings W4 and W11, the running sums of"
        " the up and down genes, a field for genes to leave out, and the table of the genes that contribute most.",
    ),
    _entry(
        "explore_perturbagen",
        "Does this compound do the same in every cell line, at every dose and time?",
        """
        interpretation = li.interpret(sample.ranks, sample.query, background=sample.background)
        li.explore(interpretation, panel="perturbagen", perturbagen="graduasone")
        """,
        "The grade runs from **A** (repeated over cell lines, plates, doses or times, and beyond chance) to **D** (not"
        " beyond chance, or one lucky column), and its reasons are beside it.",
        "In the tiles **purple reverses, white is 0, orange mimics**; a tile is a button that leads to its signature."
        " The curves show `z_sum` by dose, a line for each cell line and time: above 0 mimics, below 0 reverses.",
        alt="The explorer of one perturbagen: its grade and the reasons, tiles of z_sum by dose, cell line and time,"
        " and the dose curves of the cell lines.",
    ),
)
