"""Data sets that the program draws."""
