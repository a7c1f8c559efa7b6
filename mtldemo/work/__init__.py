"""One process brings runs to their end: one run (``session``), or one after the other for a study (``worker``).

It prints nothing: whoever starts it may hand in a ``Watcher``. Imports no torch before there is something to do.
"""
