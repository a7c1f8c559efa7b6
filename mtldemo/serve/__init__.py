"""What the dashboard's server answers beside its pages: predictions as JSON, and the live camera's frames.

    request -> is it ours? -> within the limits? -> body -> pool: pixels -> pipeline -> JSON

Nothing that is sent is stored; models are chosen by their key, never by a path.
"""
