"""The parts that pages are made of: forms, the view of a run and of a data set. Only this folder knows Streamlit."""
