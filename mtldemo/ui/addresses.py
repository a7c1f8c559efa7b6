"""The pages by their files, and what a link from one to another says in the address."""

from typing import Final

DATA_PAGE: Final = "pages/data.py"
TRAIN_PAGE: Final = "pages/train.py"
COMPARE_PAGE: Final = "pages/compare.py"
PREDICT_PAGE: Final = "pages/predict.py"
RUN, STUDY = "run", "study"
"""Train's run, with the study that it is of; a study alone is Compare's, or whose models Predict takes."""
WAY, COMPARE_MODELS = "way", "Compare models"
"""Which part of Predict is open, and the one that asks several models."""
MODELS, PICTURES = "models", "pictures"
"""Of Predict: which models are asked, and about which pictures."""
