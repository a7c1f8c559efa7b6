"""The parts the pages are made of: forms, the view of a run, the view of a data set. Only this folder knows Streamlit."""
