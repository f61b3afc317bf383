"""Readers' answers to 6.2.3."""
import numpy as np
import torch
import torch.nn.functional as F


@right
def im2col(X, kh, kw):                           # PyTorch's, windows turned into rows
    return F.unfold(X[None, None], (kh, kw))[0].T


@right
def im2col(X, kh, kw):                           # NumPy
    return np.lib.stride_tricks.sliding_window_view(np.asarray(X), (kh, kw)).reshape(-1, kh * kw)


@right
def im2col(X, kh, kw):                           # views
    return X.unfold(0, kh, 1).unfold(1, kw, 1).reshape(-1, kh * kw).to(torch.float32)


@right
def im2col(X, kh, kw):                           # nested lists
    rows = X.tolist()
    return [[rows[i + a][j + b] for a in range(kh) for b in range(kw)]
            for i in range(len(rows) - kh + 1) for j in range(len(rows[0]) - kw + 1)]


@wrong
def im2col(X, kh, kw):                           # windows as columns
    return F.unfold(X[None, None], (kh, kw))[0]


@wrong
def im2col(X, kh, kw):                           # down the columns
    return X.unfold(0, kh, 1).unfold(1, kw, 1).mT.reshape(-1, kh * kw)


@wrong
def im2col(X, kh, kw):                           # windows turned by 180 degrees, as if the kernel were flipped
    return F.unfold(X[None, None], (kh, kw))[0].T.flip(1)


@wrong
def im2col(X, kh, kw):                           # consecutive pixels
    m = (X.shape[0] - kh + 1) * (X.shape[1] - kw + 1)
    return torch.stack([X.flatten().roll(-r)[:kh * kw] for r in range(m)])


@wrong
def im2col(X, kh, kw):                           # windows in column order
    return X.T.unfold(0, kw, 1).unfold(1, kh, 1).mT.reshape(-1, kh * kw)


@right
def toeplitz(K, h, w):                           # the kernel padded to the size of the image, then rolled
    kh, kw = K.shape
    padded = F.pad(K, (0, w - kw, 0, h - kh)).flatten()
    return torch.stack([padded.roll(i * w + j) for i in range(h - kh + 1) for j in range(w - kw + 1)])


@right
def toeplitz(K, h, w):                           # NumPy, by numbering the pixels
    kh, kw = K.shape
    T = np.zeros(((h - kh + 1) * (w - kw + 1), h * w))
    for (i, j, a, b), _ in np.ndenumerate(np.zeros((h - kh + 1, w - kw + 1, kh, kw))):
        T[i * (w - kw + 1) + j, (i + a) * w + j + b] = K[a, b]
    return T


@right
def toeplitz(K, h, w):                           # Kronecker products
    kh, kw = K.shape
    S = lambda n, k, a: torch.eye(n)[a:a + n - k + 1]
    return sum(K[a, b] * torch.kron(S(h, kh, a), S(w, kw, b)) for a in range(kh) for b in range(kw))


@right
def toeplitz(K, h, w):                           # the derivative of the layer, float32
    layer = lambda x: F.conv2d(x.reshape(1, 1, h, w), K[None, None]).flatten()
    return torch.autograd.functional.jacobian(layer, torch.zeros(h * w)).float()


@wrong
def toeplitz(K, h, w):                           # shifting by one throughout
    kh, kw = K.shape
    padded = F.pad(K, (0, w - kw, 0, h - kh)).flatten()
    return torch.stack([padded.roll(r) for r in range((h - kh + 1) * (w - kw + 1))])


@wrong
def toeplitz(K, h, w):                           # the kernel flipped both ways
    kh, kw = K.shape
    padded = F.pad(K.flip(0, 1), (0, w - kw, 0, h - kh)).flatten()
    return torch.stack([padded.roll(i * w + j) for i in range(h - kh + 1) for j in range(w - kw + 1)])


@wrong
def toeplitz(K, h, w):                           # transposed
    kh, kw = K.shape
    padded = F.pad(K, (0, w - kw, 0, h - kh)).flatten()
    return torch.stack([padded.roll(i * w + j) for i in range(h - kh + 1) for j in range(w - kw + 1)]).T


@wrong
def toeplitz(K, h, w):                           # the first row only
    return F.pad(K, (0, w - K.shape[1], 0, h - K.shape[0])).reshape(1, -1)


@wrong
def toeplitz(K, h, w):                           # height and width exchanged
    kh, kw = K.shape
    padded = F.pad(K, (0, h - kw, 0, w - kh)).flatten()
    return torch.stack([padded.roll(i * h + j) for i in range(w - kh + 1) for j in range(h - kw + 1)])
