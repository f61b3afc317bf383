"""Fresh outputs become the accepted ones: the notebook is written whole or not at all."""
import os

import nbformat


def accept(path, fresh):
    """Write the executed notebook `fresh` to `path`, with the cells, metadata and format that `path` has now."""
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    if notebook.nbformat == 4:
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for cell, new in zip(cells, (cell for cell in fresh.cells if cell.cell_type == "code"), strict=True):
            cell.outputs, cell.execution_count = new.outputs, new.execution_count
    else:
        notebook = fresh                         # an older format, which has no place for the numbers
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        nbformat.write(notebook, temporary, version=nbformat.NO_CONVERT)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
