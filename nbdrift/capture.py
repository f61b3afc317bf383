"""Runs in the kernel of a notebook: matplotlib figures, when they are displayed, bring the numbers behind them.

The notebook needs no change, and PNG or SVG make no difference: the bundle goes beside the picture.
"""
import itertools

from nbdrift.bundle import BUNDLE, pack

SOURCE = "import nbdrift.capture as _; _.install(get_ipython()); del _"      # what the plugin runs in a kernel before the first cell


def install(shell):
    """Add the bundle of its numbers to every figure that this IPython shell displays; they are called "figure 1" and so on."""
    count = itertools.count(1)
    shell.display_formatter.mimebundle_formatter.for_type_by_name("matplotlib.figure", "Figure", lambda figure, include=None, exclude=None: bundle(figure, next(count)))


def bundle(figure, number):
    """{BUNDLE: numbers} of a figure; {} for one that cannot be read, which is then compared as a picture only."""
    from nbdrift.figures import describe                        # imports matplotlib, which has been imported by now
    try:
        structure, values = describe(figure)
    except Exception:                                           # an artist of another package, say: the notebook must go on
        return {}
    return {BUNDLE: {"name": f"figure {number}", "structure": structure, "computed": {key: pack(array) for key, array in values.items()},
                     "first_steps": {}, "trained": {}}}
