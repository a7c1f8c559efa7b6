"""Exact solvers for the small problems of gradient weighting: K tasks, K from 1 to 40 and more, float64.

Each takes the K x K Gramian apart into the gradients' norms and the cosines between them. A strategy is then as exact
for gradients of very different length as for equal ones.
"""
