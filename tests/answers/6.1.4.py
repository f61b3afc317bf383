"""Readers' answers to 6.1.4."""
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


@right
def audio_layer(X, V, u):                        # PyTorch's layer
    return F.conv1d(X.T[None], V.permute(2, 1, 0), u, padding=V.shape[0] // 2)[0].T


@right
def audio_layer(X, V, u):                        # NumPy, four loops
    X, V, u = np.asarray(X), np.asarray(V), np.asarray(u)
    T, delta = len(X), len(V) // 2
    H = np.zeros((T, V.shape[2]))
    for t in range(T):
        for d in range(V.shape[2]):
            H[t, d] = u[d]
            for a in range(-delta, delta + 1):
                for c in range(X.shape[1]):
                    if 0 <= t + a < T:
                        H[t, d] += V[a + delta, c, d] * X[t + a, c]
    return H


@right
def audio_layer(X, V):                           # the equation of the book has no bias
    windows = F.pad(X, (0, 0, len(V) // 2, len(V) // 2)).unfold(0, len(V), 1)
    return torch.einsum("tca,acd->td", windows, V)


@right
def audio_layer(X, V, u):                        # lists
    windows = F.pad(X, (0, 0, len(V) // 2, len(V) // 2)).unfold(0, len(V), 1)
    return (torch.einsum("tca,acd->td", windows, V) + u).tolist()


@right
def audio_layer(X, V, u):                        # a dense layer with shared weights
    T, delta = len(X), len(V) // 2
    W = torch.zeros(T, V.shape[2], T, X.shape[1])
    for t in range(T):
        for s in range(max(0, t - delta), min(T, t + delta + 1)):
            W[t, :, s] = V[s - t + delta].T
    return torch.einsum("tdsc,sc->td", W, X) + u


@right
def audio_layer(X, V, u):                        # single precision
    return F.conv1d(X.float().T[None], V.float().permute(2, 1, 0), u.float(), padding="same")[0].T


class Layer(nn.Module):
    def forward(self, X, V, u):
        return F.conv2d(X.T[None, :, None], V.permute(2, 1, 0)[:, :, None], u, padding=(0, V.shape[0] // 2))[0, :, 0].T


right(audio_layer=Layer())


@wrong
def audio_layer(X, V, u):                        # V mirrored
    return F.conv1d(X.T[None], V.flip(0).permute(2, 1, 0), u, padding=V.shape[0] // 2)[0].T


@wrong
def audio_layer(X, V, u):                        # no silence: too short
    return F.conv1d(F.pad(X.T[None], (0, V.shape[0])), V.permute(2, 1, 0), u)[0].T[:max(0, len(X) - len(V) + 1)]


@wrong
def audio_layer(X, V, u):                        # bias forgotten
    return F.conv1d(X.T[None], V.permute(2, 1, 0), padding=V.shape[0] // 2)[0].T


@wrong
def audio_layer(X, V, u):                        # causal
    return F.conv1d(F.pad(X.T[None], (V.shape[0] - 1, 0)), V.permute(2, 1, 0), u)[0].T


@wrong
def audio_layer(X, V, u):                        # the sound goes round
    delta = len(V) // 2
    return u + sum(X.roll(-a, 0) @ V[delta + a] for a in range(-delta, delta + 1))


@wrong
def audio_layer(X, V, u):                        # one output channel for all
    H = F.conv1d(X.T[None], V.permute(2, 1, 0), u, padding=V.shape[0] // 2)[0].T
    return H.sum(1, keepdim=True).expand_as(H)


@wrong
def audio_layer(X, V, u):                        # time and channels exchanged
    return F.conv1d(X.T[None], V.permute(2, 1, 0), u, padding=V.shape[0] // 2)[0]


@wrong
def audio_layer(X, V):                           # without bias, and mirrored
    return F.conv1d(X.T[None], V.flip(0).permute(2, 1, 0), padding=V.shape[0] // 2)[0].T


@wrong
def audio_layer(X):                              # a spectrogram, no layer
    return torch.stft(X[:, 0], 4, 2, window=torch.hann_window(4), return_complex=True).abs()


@right
def fourier_kernels(n):                          # the complex exponential, NumPy
    f, t = np.mgrid[:n // 2 + 1, :n]
    waves = np.exp(-2j * np.pi * f * t / n) * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n))
    return np.concatenate([waves.real, waves.imag])[:, None]


@right
def fourier_kernels(n):                          # single precision
    f, t = torch.arange(n // 2 + 1.), torch.arange(float(n))
    angle = 2 * torch.pi * torch.outer(f, t) / n
    window = torch.hann_window(n)
    return torch.stack([window * torch.cos(angle), -window * torch.sin(angle)]).reshape(-1, 1, n)


@right
def fourier_kernels(n):                          # double precision, but for the window
    angle = 2 * torch.pi * torch.outer(torch.arange(n // 2 + 1), torch.arange(n)).double() / n
    return torch.cat([torch.hann_window(n) * angle.cos(), torch.hann_window(n) * -angle.sin()]).unsqueeze(1)


@right
def fourier_kernels(n):                          # the Fourier transform of clicks
    S = np.fft.rfft(np.eye(n)) * torch.hann_window(n).numpy()[:, None]
    return np.concatenate([S.real, S.imag], axis=1).T.reshape(-1, 1, n)


@right
def fourier_kernels(n):                          # lists
    window = [math.sin(math.pi * t / n) ** 2 for t in range(n)]
    real = [[[window[t] * math.cos(2 * math.pi * f * t / n) for t in range(n)]] for f in range(n // 2 + 1)]
    imaginary = [[[-window[t] * math.sin(2 * math.pi * f * t / n) for t in range(n)]] for f in range(n // 2 + 1)]
    return real + imaginary


def waves(n, window=None, sign=-1):
    angle = 2 * torch.pi * torch.outer(torch.arange(n // 2 + 1), torch.arange(n)).double() / n
    window = torch.hann_window(n).double() if window is None else window
    return window * angle.cos(), sign * window * angle.sin()


@wrong
def fourier_kernels(n):                          # plus sine, as in the inverse transform
    return torch.cat(waves(n, sign=1))[:, None]


@wrong
def fourier_kernels(n):                          # no window
    return torch.cat(waves(n, torch.ones(n).double()))[:, None]


@wrong
def fourier_kernels(n):                          # the window of period n - 1
    return torch.cat(waves(n, torch.from_numpy(np.hanning(n))))[:, None]


@wrong
def fourier_kernels(n):                          # real and imaginary parts in turn
    return torch.stack(waves(n), 1).reshape(-1, 1, n)


@wrong
def fourier_kernels(n):                          # imaginary parts first
    real, imaginary = waves(n)
    return torch.cat([imaginary, real])[:, None]


@wrong
def fourier_kernels(n):                          # real parts only
    return waves(n)[0][:, None]


@wrong
def fourier_kernels(n):                          # moduli
    return torch.cat(waves(n))[:, None].abs()


@wrong
def fourier_kernels(n):                          # highest frequency forgotten
    real, imaginary = waves(n)
    return torch.cat([real[:-1], imaginary[:-1]])[:, None]


@wrong
def fourier_kernels(n):                          # no channel axis
    return torch.cat(waves(n))


right(axis=math.log)
right(axis=np.log2)
right(axis=lambda frequency: 1200 * np.log2(frequency / 440) + 5)           # cents


@right
def axis(frequency):
    return torch.log10(torch.tensor(frequency))


@right
def axis(frequency):                             # a list with one number
    return [12 * math.log(frequency / 55, 2)]


@right
def axis(frequency):                             # octaves counted off
    octaves = 0
    while frequency >= 2:
        frequency, octaves = frequency / 2, octaves + 1
    return octaves + math.log2(frequency)


@right
def axis(frequency):                             # by the area under 1 / x
    x = np.linspace(0, math.log(frequency), 9)
    return np.trapezoid(np.ones(9), x) if hasattr(np, "trapezoid") else np.trapz(np.ones(9), x)


@wrong
def axis(frequency):                             # hertz
    return frequency


@wrong
def axis(frequency):                             # bins of equal width
    return frequency / 31.25


@wrong
def axis(frequency):                             # rounded to the nearest key
    return np.round(12 * np.log2(frequency / 110))


@wrong
def axis(frequency):                             # rounded to quarter tones
    return round(24 * math.log2(frequency / 110)) / 2


@wrong
def axis(frequency):                             # mel
    return 2595 * math.log10(1 + frequency / 700)


@wrong
def axis(frequency):                             # the square root
    return math.sqrt(frequency)


@wrong
def axis(frequency):                             # the place within the octave: not one to one
    return 12 * math.log2(frequency / 110) % 12


@wrong
def axis(frequency):                             # upside down
    return -math.log(frequency)


@wrong
def axis(frequency):
    return 0


@wrong
def axis(frequency):                             # a place for each of the partials
    return np.log2(frequency * np.arange(1, 9))


@wrong
def axis(frequency):                             # defined below 1 kHz only
    return math.log(frequency) if frequency < 1000 else math.nan


@wrong
def axis(frequency):                             # a wavelength
    return 343 / frequency
