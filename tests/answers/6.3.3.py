import math
from fractions import Fraction

import numpy as np
import torch


@right
def alias(f, fs):                                # mirrored at a quarter of the rate
    return f if f <= fs / 4 else fs / 2 - f


@right
def alias(f, fs, s=2):                           # for any stride
    rest = f % (fs / s)
    return min(rest, fs / s - rest)


@right
def alias(f, fs):                                # distance to the nearest multiple of the new rate
    return abs(f - fs / 2 * round(f / (fs / 2)))


@right
def alias(f, fs):                                # exact
    rest = Fraction(f) % Fraction(fs, 2)
    return min(rest, Fraction(fs, 2) - rest)


@right
def alias(f, fs):                                # by the arc cosine
    return math.acos(math.cos(2 * math.pi * f / (fs / 2))) / (2 * math.pi) * (fs / 2)


@right
def alias(f, fs):                                # listens
    tone = np.cos(2 * np.pi * f * np.arange(0, fs, 2) / fs)
    return torch.tensor(np.abs(np.fft.rfft(tone)).argmax())


@wrong
def alias(f, fs):                                # the tone stays
    return f


@wrong
def alias(f, fs):                                # an octave higher
    return 2 * f


@wrong
def alias(f, fs):                                # an octave lower
    return f / 2


@wrong
def alias(f, fs):                                # wraps instead of mirroring
    return f % (fs / 4)


@wrong
def alias(f, fs):                                # mirrored everywhere
    return fs / 2 - f


@wrong
def alias(f, fs):                                # high tones vanish
    return f if f < fs / 4 else 0


@wrong
def alias(f, fs):                                # the remainder alone
    return f % (fs / 2)


n = np.arange(101) - 50
longer = 0.48 * np.sinc(0.48 * n) * np.hamming(101)
blackman = 0.5 * np.sinc((np.arange(81) - 40) / 2) * np.blackman(81)
right(kernel=longer)
right(kernel=longer.tolist())
right(kernel=np.fft.fftshift(np.fft.irfft([1] * 20 + [0.5] + [0] * 20)))      # from its values at multiples of 100 Hz
right(kernel=torch.tensor(longer, dtype=torch.float32))
right(kernel=torch.tensor(blackman).reshape(1, 1, -1))
right(kernel=0.5 * np.sinc(np.arange(-31, 32) / 2) * np.hamming(63) / 1.001)

wrong(kernel=[1])                                # a bare stride
wrong(kernel=[0.5, 0.5])                         # average of two
wrong(kernel=[1, 2, 1])                          # binomial, not scaled
wrong(kernel=np.array([1, 2, 1]) / 4)
wrong(kernel=[0.3066, 0.4335, 0.3066])           # zero at exactly 3000 Hz
wrong(kernel=0.69 * np.sinc(0.69 * (np.arange(401) - 200)) * np.hamming(401))  # cut-off at 2760 Hz
wrong(kernel=2 * longer)                         # too loud
wrong(kernel=np.fft.irfft([1] * 20 + [0.5] + [0] * 20))        # right at multiples of 100 Hz only: order of the weights
wrong(kernel=np.fft.fftshift(np.fft.irfft([1] * 20 + [0] * 21)))      # right at multiples of 100 Hz only: too sharp an edge
wrong(kernel=-longer)                            # upside down
wrong(kernel=longer * (-1.0) ** n)               # keeps the upper half
wrong(kernel=np.ones(63) / 63)                   # a long mean: takes tones that should stay
