"""The build of the book: run the pages once, compare with the accepted outputs, render."""
