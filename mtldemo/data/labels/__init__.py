"""Labels of pictures, and the tasks that they make: one format a file."""
