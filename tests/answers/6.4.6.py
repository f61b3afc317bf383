import numpy as np
import torch
import torch.nn.functional as F


@right
def unfold(X, k, p, s):                          # PyTorch's own
    return F.unfold(X, k, padding=p, stride=s)


@right
def unfold(X, k, p, s):                          # with a batch axis in between
    return torch.nn.Unfold(k, padding=p, stride=s)(X[None])[0].float()


@right
def unfold(X, k, p, s):                          # by views
    windows = F.pad(X, (p, p, p, p)).unfold(1, k[0], s).unfold(2, k[1], s)
    return windows.permute(0, 3, 4, 1, 2).flatten(0, 2).flatten(1)


@right
def unfold(X, k, p, s):                          # NumPy
    X = np.pad(X.numpy(), ((0, 0), (p, p), (p, p)))
    windows = np.lib.stride_tricks.sliding_window_view(X, k, axis=(1, 2))[:, ::s, ::s]
    return windows.transpose(0, 3, 4, 1, 2).reshape(len(X) * k[0] * k[1], -1)


@right
def unfold(X, k, p, s):                          # lists
    X = F.pad(X, (p, p, p, p))
    starts = [(i, j) for i in range(0, X.shape[1] - k[0] + 1, s) for j in range(0, X.shape[2] - k[1] + 1, s)]
    return [[float(X[c, i + u, j + v]) for i, j in starts] for c in range(len(X)) for u in range(k[0]) for v in range(k[1])]


@wrong
def unfold(X, k, p, s):                          # windows as rows
    return F.unfold(X, k, padding=p, stride=s).T


@wrong
def unfold(X, k, p, s):                          # flattened only
    return X.flatten(1)


@wrong
def unfold(X, k, p, s):                          # without padding
    return F.unfold(F.pad(X, (0, 2 * p, 0, 2 * p)), k, stride=s)


@wrong
def unfold(X, k, p, s):                          # window transposed
    return F.unfold(X, (k[1], k[0]), padding=p, stride=s)


@wrong
def unfold(X, k, p, s):                          # channels last within a window
    U = F.unfold(X, k, padding=p, stride=s)
    return U.reshape(len(X), k[0] * k[1], -1).transpose(0, 1).flatten(0, 1)


@wrong
def unfold(X, k, p, s):                          # stride ignored
    return F.unfold(X, k, padding=p)


@wrong
def unfold(X, k, p, s):                          # windows column by column
    U = F.unfold(X, k, padding=p, stride=s)
    rows = (X.shape[1] + 2 * p - k[0]) // s + 1
    return U.reshape(len(U), rows, -1).transpose(1, 2).flatten(1)


def product(X, K, p, s):
    mh = (X.shape[1] + 2 * p - K.shape[2]) // s + 1
    return (K.flatten(1) @ F.unfold(X, K.shape[2:], padding=p, stride=s)).reshape(len(K), mh, -1)


@right
def conv_by_matmul(X, K, p, s):                  # F.unfold
    co, ci, kh, kw = K.shape
    U = F.unfold(X.unsqueeze(0), K.shape[2:], padding=p, stride=s)
    mh = (X.shape[1] + 2 * p - kh) // s + 1
    return (K.view(co, -1) @ U).view(co, mh, -1)


@right
def conv_by_matmul(X, K, p, s):                  # windows as rows, kernel as columns
    X = F.pad(X, (p, p, p, p))
    kh, kw = K.shape[2:]
    rows = [[X[:, i:i + kh, j:j + kw].flatten() for j in range(0, X.shape[2] - kw + 1, s)] for i in range(0, X.shape[1] - kh + 1, s)]
    return torch.stack([torch.stack(row) @ K.flatten(1).T for row in rows]).permute(2, 0, 1)


@right
def conv_by_matmul(X, K, p, s):                  # a 1x1 layer for each place in the window, added up
    X = F.pad(X, (p, p, p, p))
    kh, kw = K.shape[2:]
    mh, mw = (X.shape[1] - kh) // s + 1, (X.shape[2] - kw) // s + 1
    Y = 0
    for u in range(kh):
        for v in range(kw):
            Y = Y + K[:, :, u, v] @ X[:, u:u + s * mh:s, v:v + s * mw:s].reshape(len(X), -1)
    return Y.reshape(len(K), mh, mw)


@right
def conv_by_matmul(X, K, p, s):                  # NumPy, float32
    X = np.pad(X.numpy().astype(np.float32), ((0, 0), (p, p), (p, p)))
    windows = np.lib.stride_tricks.sliding_window_view(X, K.shape[2:], axis=(1, 2))[:, ::s, ::s]
    return np.einsum("cijuv,ocuv->oij", windows, K.numpy().astype(np.float32))


@right
def conv_by_matmul(X, K, p, s):                  # the kernel spread out into a sparse matrix
    X = F.pad(X, (p, p, p, p))
    co, ci, kh, kw = K.shape
    mh, mw = (X.shape[1] - kh) // s + 1, (X.shape[2] - kw) // s + 1
    T = torch.zeros(co, mh, mw, *X.shape)
    for i in range(mh):
        for j in range(mw):
            T[:, i, j, :, s * i:s * i + kh, s * j:s * j + kw] = K
    return (T.reshape(co * mh * mw, -1) @ X.flatten()).reshape(co, mh, mw)


@wrong
def conv_by_matmul(X, K, p, s):                  # both flattened
    return K.flatten(1) @ X.flatten(1)


@wrong
def conv_by_matmul(X, K, p, s):                  # not reshaped to a map
    return K.flatten(1) @ F.unfold(X, K.shape[2:], padding=p, stride=s)


@wrong
def conv_by_matmul(X, K, p, s):                  # the kernel turned round
    return product(X, K.flip(2, 3), p, s)


@wrong
def conv_by_matmul(X, K, p, s):                  # channels not added up
    U = F.unfold(X, K.shape[2:], padding=p, stride=s).reshape(len(X), -1)
    return K.flatten(1) @ U


@wrong
def conv_by_matmul(X, K, p, s):                  # columns taken for rows
    U = F.unfold(X, K.shape[2:], padding=p, stride=s)
    return (K.flatten(1) @ U.T.reshape(U.shape)).reshape(product(X, K, p, s).shape)


@wrong
def conv_by_matmul(X, K, p, s):                  # stride ignored
    return product(X, K, p, 1)


@wrong
def conv_by_matmul(X, K, p, s):                  # the first channel of the output only
    return product(X, K[:1], p, s)


@wrong
def conv_by_matmul(X, K, p, s):                  # the layer itself
    return F.conv2d(X, K, padding=p, stride=s)
