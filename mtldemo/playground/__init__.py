"""Strategies tried out on a toy: what they weigh at losses or gradients of one's own, and where they lead.

The strategies are the very classes that train, stepped as training steps them (``driver``). ``still`` holds losses or
gradients fast, ``descent`` walks through the ``landscape`` of two tasks in a plane.
"""
