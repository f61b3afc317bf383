"""Guards the outputs of notebooks against drift: see README.md.

The way of the data: a notebook is run (`plugin`; `capture` adds their numbers to figures), what it puts out is compared with
its accepted outputs (`compare`, with `noise` where it was measured), what moved is told and drawn (`moved`), and fresh
outputs become the accepted ones (`accept`). `bundle` holds the numbers of an output, `figures` those of a matplotlib figure;
with `outputs` an author says what an output's numbers are.
"""
from nbdrift.outputs import publish, report, show, sound, table

__all__ = ["publish", "report", "show", "sound", "table"]
__version__ = "0.1.0"
