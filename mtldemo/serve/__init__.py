"""What the dashboard's server answers beside its pages: predictions as JSON, and the live camera's frames.

    request -> is it ours? -> a place at the desk -> body -> pool: pixels -> pipeline -> JSON

Nothing that is sent is stored; models are chosen by their key, never by a path.
"""
