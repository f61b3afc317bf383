"""Readers' answers to 6.1.4."""
import math

import numpy as np
import torch
from torch.nn import functional as F


@right
def audio_layer(X, V, u):                        # PyTorch's layer
    return F.conv1d(X.T[None], V.permute(2, 1, 0), u, padding=len(V) // 2)[0].T


@right
def audio_layer(X, V, u):                        # NumPy
    x, v, delta = X.numpy(), V.numpy(), len(V) // 2
    x = np.pad(x, ((delta, delta), (0, 0)))
    return np.array([np.einsum("ac,acd->d", x[t:t + len(v)], v) + u.numpy() for t in range(len(X))])


@right
def audio_layer(X, V, u):                        # the sum as it stands, in lists
    (T, c_i), (k, _, c_o), delta = X.shape, V.shape, len(V) // 2
    return [[float(u[d]) + sum(float(V[a + delta, c, d] * X[t + a, c]) for a in range(-delta, delta + 1) if 0 <= t + a < T for c in range(c_i))
             for d in range(c_o)] for t in range(T)]


@right
def audio_layer(X, V, u):                        # float32, by windows
    delta = len(V) // 2
    windows = F.pad(X.float(), (0, 0, delta, delta)).unfold(0, len(V), 1)
    return torch.einsum("tca,acd->td", windows, V.float()) + u.float()


@wrong
def audio_layer(X, V, u):                        # kernel flipped
    return F.conv1d(X.T[None], V.flip(0).permute(2, 1, 0), u, padding=len(V) // 2)[0].T


@wrong
def audio_layer(X, V, u):                        # as printed in public, without u
    return F.conv1d(X.T[None], V.permute(2, 1, 0), padding=len(V) // 2)[0].T


@wrong
def audio_layer(X, V, u):                        # valid length
    return F.conv1d(X.T[None], V.permute(2, 1, 0), u)[0].T


@wrong
def audio_layer(X, V, u):                        # causal
    return F.conv1d(F.pad(X.T[None], (len(V) - 1, 0)), V.permute(2, 1, 0), u)[0].T


@right
def hears(k, dilations):                         # layer by layer
    length = 1
    for dilation in dilations:
        length += (k - 1) * dilation
    return length


@right
def hears(k, dilations):
    return float(1 + np.sum((k - 1) * np.array(dilations)))


@right
def hears(k, dilations):
    return torch.tensor(dilations).sum() * (k - 1) + 1


@right
def hears(k, dilations):                         # the distances that occur
    reached = {0}
    for dilation in dilations:
        reached = {place + a * dilation for place in reached for a in range(k)}
    return max(reached) + 1


@wrong
def hears(k, dilations):                         # dilations forgotten
    return 1 + (k - 1) * len(dilations)


@wrong
def hears(k, dilations):                         # distance, not length
    return (k - 1) * sum(dilations)


@wrong
def hears(k, dilations):                         # multiplied
    return k ** len(dilations)


@wrong
def hears(k, dilations):                         # k for k - 1
    return 1 + k * sum(dilations)


def angles(n):
    return 2 * np.pi * (np.outer(np.arange(n // 2 + 1), np.arange(n)) % n) / n


@right
def fourier_kernels(n):                          # NumPy
    window = np.hanning(n + 1)[:-1]
    return np.concatenate([window * np.cos(angles(n)), -window * np.sin(angles(n))])[:, None]


@right
def fourier_kernels(n):                          # float32
    window = torch.hann_window(n)
    angle = torch.tensor(angles(n)).float()
    return torch.cat([window * angle.cos(), -window * angle.sin()])[:, None]


@right
def fourier_kernels(n):                          # the transform of unit impulses
    window = torch.hann_window(n, dtype=torch.float64)
    spectrum = torch.fft.rfft(torch.diag(window)).T
    return torch.cat([spectrum.real, spectrum.imag])[:, None]


@right
def fourier_kernels(n):                          # complex exponentials
    wave = np.exp(-1j * angles(n)) * np.sin(np.pi * np.arange(n) / n) ** 2
    return torch.tensor(np.concatenate([wave.real, wave.imag]))[:, None]


@wrong
def fourier_kernels(n):                          # plus sine
    window = np.hanning(n + 1)[:-1]
    return np.concatenate([window * np.cos(angles(n)), window * np.sin(angles(n))])[:, None]


@wrong
def fourier_kernels(n):                          # symmetric window
    window = np.hanning(n)
    return np.concatenate([window * np.cos(angles(n)), -window * np.sin(angles(n))])[:, None]


@wrong
def fourier_kernels(n):                          # no window
    return np.concatenate([np.cos(angles(n)), -np.sin(angles(n))])[:, None]


@wrong
def fourier_kernels(n):                          # the highest frequency left out
    window = np.hanning(n + 1)[:-1]
    return np.concatenate([window * np.cos(angles(n)), -window * np.sin(angles(n))])[:-1, None]


@right
def axis(frequency):
    return np.log(frequency)


@right
def axis(frequency):                             # octaves
    return torch.log2(torch.as_tensor(frequency))


@right
def axis(frequency):                             # number of the piano key
    return 69 + 12 * np.log2(np.asarray(frequency) / 440)


@right
def axis(frequency):                             # a list
    return [1200 * math.log2(one / 27.5) for one in frequency]


@wrong
def axis(frequency):                             # bins of equal width
    return frequency / 31.25


@wrong
def axis(frequency):                             # rounded to whole semitones
    return np.round(12 * np.log2(frequency / 110))


@wrong
def axis(frequency):                             # mel
    return 2595 * np.log10(1 + frequency / 700)


@wrong
def axis(frequency):                             # square root
    return np.sqrt(frequency)


@wrong
def axis(frequency):                             # a constant
    return 0 * frequency
