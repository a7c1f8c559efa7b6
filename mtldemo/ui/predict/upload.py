"""Upload: pictures from files, many at once."""

from mtldemo.ui.predict.ask import answered
from mtldemo.ui.predict.picture_input import files
from mtldemo.ui.predict.picture_view import pictures_view
from mtldemo.ui.predict.setup import Setup


def upload(setup: Setup) -> None:
    """Draw the upload and what the model says. Raises ``MtlDemoError`` where the model can't be used."""
    shots = files(setup.model.data)
    if shots:
        pictures_view(shots, answered(shots, setup), setup, key="predict.upload")
