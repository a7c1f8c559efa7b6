"""The one exception that is shown to a person."""


class MtlDemoError(Exception):
    """Something a person can fix, said in one clear sentence.

    The message names the value, what was expected, what was found and what to do. The command line prints it on one
    line and exits with 2; a page shows it in a box. Anything else that is raised is a bug and keeps its trace.
    """
