"""The small library that the pages of the book import: data, training, figures, checks."""
