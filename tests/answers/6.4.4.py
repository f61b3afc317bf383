import math
from fractions import Fraction

import numpy as np
import torch


@right
def multiplications(ci, co, h, w, ph, pw, sh, sw):             # positions counted
    return ci * co * len(range(0, h + 2 * ph, sh)) * len(range(0, w + 2 * pw, sw))


@right
def multiplications(ci, co, h, w, ph, pw, sh, sw):             # rounded up, as a float
    return float(ci * co * math.ceil((h + 2 * ph) / sh) * math.ceil((w + 2 * pw) / sw))


@right
def multiplications(ci, co, h, w, ph, pw, sh, sw):             # the shape of a layer's output
    layer = torch.nn.Conv2d(ci, co, 1, stride=(sh, sw), padding=(ph, pw))
    return layer.weight.numel() * layer(torch.zeros(1, ci, h, w))[0, 0].numel()


@right
def multiplications(ci, co, h, w, ph, pw, sh, sw):             # NumPy
    return np.prod([ci, co, (h + 2 * ph + sh - 1) // sh, (w + 2 * pw + sw - 1) // sw])


@right
def multiplications(ci, co, h, w, ph, pw, sh, sw):
    return Fraction(ci * co) * ((h + 2 * ph - 1) // sh + 1) * ((w + 2 * pw - 1) // sw + 1)


@right
def multiplications(ci, co, h, w):                             # no padding, stride 1
    return ci * co * h * w


@wrong
def multiplications(ci, co, h, w, ph, pw, sh, sw):             # the published formula
    return ci * co * (h - ph) / sh * (w - pw) / sw


@wrong
def multiplications(ci, co, h, w, ph, pw, sh, sw):             # padding added, rounded down
    return ci * co * ((h + 2 * ph) // sh) * ((w + 2 * pw) // sw)


@wrong
def multiplications(ci, co, h, w, ph, pw, sh, sw):             # not rounded
    return ci * co * (h + 2 * ph) / sh * (w + 2 * pw) / sw


@wrong
def multiplications(ci, co, h, w, ph, pw, sh, sw):             # padding on one side
    return ci * co * ((h + ph - 1) // sh + 1) * ((w + pw - 1) // sw + 1)


@wrong
def multiplications(ci, co, h, w, ph, pw, sh, sw):             # padding and stride ignored
    return ci * co * h * w


@wrong
def multiplications(ci, co, h, w, ph, pw, sh, sw):             # channels forgotten
    return h * w


@wrong
def multiplications(ci, co, h, w):
    return h * w


@wrong
def multiplications(ci, co, h, w):                             # multiplications and additions
    return 2 * ci * co * h * w


@wrong
def multiplications(ci, co, h, w, ph, pw, sh, sw):             # rows and columns exchanged
    return ci * co * ((h + 2 * pw - 1) // sw + 1) * ((w + 2 * ph - 1) // sh + 1)


@wrong
def multiplications(ci, co):
    return ci * co
