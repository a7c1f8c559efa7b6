"""What the scatter of many arms tells of each: with three seeds an arm's own scatter is hardly known, all arms' is.

Empirical Bayes after Smyth (Stat. Appl. Genet. Mol. Biol. 2004): the arms' variances are taken for draws from one
distribution, a scaled inverse chi-square with d0 degrees of freedom around s0^2, which is fitted to the variances found
(moments of log s^2). An arm's variance is then (d0 s0^2 + d s^2) / (d0 + d), with d0 + d degrees of freedom: near its
own where arms scatter differently, near the common one where they don't.
"""

import numpy as np

FEWEST = 5
"""Arms from which a distribution can be fitted; with fewer each arm stands for itself."""
ENDLESS = 1e6


def moderated(variances: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The moderated variances and degrees of freedom [A] of ``variances`` [A] with ``free`` degrees of freedom [A].

    Arms without a variance (``free`` 0) or with one of zero keep theirs, and so do all where fewer than ``FEWEST`` are
    left. No arm gets more degrees of freedom than all have together: how they scatter is known no better than that.
    """
    from scipy.special import digamma, polygamma

    variances, free = np.asarray(variances, dtype=np.float64), np.asarray(free, dtype=np.float64)
    used = (free > 0) & (variances > 0)
    if used.sum() < FEWEST:
        return variances, free
    half = free[used] / 2
    logs = np.log(variances[used]) - digamma(half) + np.log(half)
    centre = logs.mean()
    excess = float(((logs - centre) ** 2).sum() / (len(logs) - 1) - polygamma(1, half).mean())
    prior = min(2 * _trigamma_inverse(excess), ENDLESS) if excess > 0 else ENDLESS
    common = np.exp(centre + digamma(prior / 2) - np.log(prior / 2))
    shared, known = variances.copy(), free.copy()
    shared[used] = (prior * common + free[used] * variances[used]) / (prior + free[used])
    known[used] = np.minimum(prior + free[used], free[used].sum())
    return shared, known


def _trigamma_inverse(value: float) -> float:
    """The x with trigamma(x) = ``value`` > 0, by Newton's method on 1 / trigamma, which is convex."""
    from scipy.special import polygamma

    x = 0.5 + 1 / value
    for _ in range(50):
        trigamma = float(polygamma(1, x))
        step = trigamma * (1 - trigamma / value) / float(polygamma(2, x))
        x += step
        if abs(step) < 1e-9 * x:
            break
    return x
