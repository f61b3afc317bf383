from fractions import Fraction

import numpy as np
import torch


@right
def channel_factors(ci, kh, kw):                          # floats
    n = ci * kh * kw
    return {"multiplications": 4.0, "additions": 2 * (2 * n - 1) / (n - 1), "weights": 4.0, "outputs": 2.0}


@right
def channel_factors(ci, kh, kw):                          # a layer counted before and after
    def layer(ci, co):
        n = ci * kh * kw
        return np.array([co * n, co * (n - 1), co * n, co])
    return dict(zip(["multiplications", "additions", "weights", "outputs"], layer(2 * ci, 2) / layer(ci, 1)))


@right
def channel_factors(ci, kh, kw):                          # tensors, float32
    n = torch.tensor(float(ci * kh * kw), dtype=torch.float32)
    return {"outputs": torch.tensor(2), "weights": torch.tensor(4), "additions": (4 * n - 2) / (n - 1), "multiplications": torch.tensor(4)}


@right
def channel_factors(ci, kh, kw):                          # more than was asked
    return {"multiplications": Fraction(4), "additions": Fraction(4 * ci * kh * kw - 2, ci * kh * kw - 1), "weights": Fraction(4),
            "outputs": Fraction(2), "bias": 2}


@wrong
def channel_factors(ci, kh, kw):                          # four times, additions too
    return {"multiplications": 4, "additions": 4, "weights": 4, "outputs": 2}


@wrong
def channel_factors(ci, kh, kw):
    return {}


@wrong
def channel_factors(ci, kh, kw):
    return {"multiplications": 4}


@wrong
def channel_factors(ci, kh, kw):                          # each channel on its own
    return {"multiplications": 2, "additions": 2, "weights": 2, "outputs": 2}


@wrong
def channel_factors(ci, kh, kw):
    return 4


@wrong
def channel_factors(ci, kh, kw):                          # four times as many outputs
    return {"multiplications": 4, "additions": 4 + 2 / (ci * kh * kw - 1), "weights": 4, "outputs": 4}


@right
def padding_factor(h, w, kh, kw, ph, pw, sh, sw):         # a float
    def o(n, k, p, s):
        return (n + 2 * p - k) // s + 1
    return o(h, kh, 2 * ph, sh) * o(w, kw, 2 * pw, sw) / (o(h, kh, ph, sh) * o(w, kw, pw, sw))


@right
def padding_factor(h, w, kh, kw, ph, pw, sh, sw):         # real layers
    X, K = torch.zeros(1, 1, h, w), torch.zeros(1, 1, kh, kw)
    before = torch.nn.functional.conv2d(X, K, padding=(ph, pw), stride=(sh, sw))
    after = torch.nn.functional.conv2d(X, K, padding=(2 * ph, 2 * pw), stride=(sh, sw))
    return Fraction(after.numel(), before.numel())


@right
def padding_factor(h, w, kh, kw, ph, pw, sh, sw):         # windows counted, one axis at a time
    factor = np.float32(1)
    for n, k, p, s in (h, kh, ph, sh), (w, kw, pw, sw):
        factor = factor * np.float32(len(range(0, n + 4 * p - k + 1, s))) / np.float32(len(range(0, n + 2 * p - k + 1, s)))
    return factor


@right
def padding_factor(n, k, p, s):                           # square
    return Fraction((n + 4 * p - k) // s + 1, (n + 2 * p - k) // s + 1) ** 2


@wrong
def padding_factor(h, w, kh, kw, ph, pw, sh, sw):
    return 2


@wrong
def padding_factor(h, w, kh, kw, ph, pw, sh, sw):
    return 4


@wrong
def padding_factor(h, w, kh, kw, ph, pw, sh, sw):         # right at stride 1
    def o(n, k, p, s):
        return (n + 2 * p - k) // s + 1
    return (o(h, kh, ph, sh) + 2 * ph) * (o(w, kw, pw, sw) + 2 * pw) / (o(h, kh, ph, sh) * o(w, kw, pw, sw))


@wrong
def padding_factor(h, w, kh, kw, ph, pw, sh, sw):         # not rounded down
    def o(n, k, p, s):
        return (n + 2 * p - k) / s + 1
    return o(h, kh, 2 * ph, sh) * o(w, kw, 2 * pw, sw) / (o(h, kh, ph, sh) * o(w, kw, pw, sw))


@wrong
def padding_factor(h, w, kh, kw, ph, pw, sh, sw):         # area of the padded images
    return (h + 4 * ph) * (w + 4 * pw) / ((h + 2 * ph) * (w + 2 * pw))


@wrong
def padding_factor(n, k, p, s):                           # one axis only
    return Fraction((n + 4 * p - k) // s + 1, (n + 2 * p - k) // s + 1)


@wrong
def padding_factor(h, w, kh, kw, ph, pw, sh, sw):         # before by after
    def o(n, k, p, s):
        return (n + 2 * p - k) // s + 1
    return o(h, kh, ph, sh) * o(w, kw, pw, sw) / (o(h, kh, 2 * ph, sh) * o(w, kw, 2 * pw, sw))
