"""Reports of runs, to be read and kept: HTML in one file, or Markdown with its pictures in a folder beside it."""
