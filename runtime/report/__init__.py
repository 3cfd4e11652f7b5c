"""Reports of runs, to be read and kept: HTML in one file, or Markdown."""
