"""From a picture to predictions: read it, find the faces, crop them as in training, ask the network.

    source -> Picture -> faces -> crops -> network -> calibrated answers

Everything here is imported on first use, so that ``import mtldemo.predict`` costs nothing.
"""
