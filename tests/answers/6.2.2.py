"""Readers' answers to 6.2.2."""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

KNOWN = {
    backward: None,
    four_dimensions: "must match the size of tensor b (7)",
    update_while_recording: "a leaf Variable that requires grad is being used in an in-place operation.",
    write_into_a_leaf: "a view of a leaf Variable that requires grad is being used in an in-place operation.",
    overwrite_after_square: "one of the variables needed for gradient computation has been modified by an inplace operation",
    backward_twice: "the graph a second time",
    backward_of_a_matrix: "grad can be implicitly created only for scalar outputs",
}


def caught(action):                              # by running it
    X = torch.ones(6, 8)
    try:
        action(X, torch.tensor([[1.0, -1.0]], requires_grad=True))
    except RuntimeError as error:
        return str(error)


right(errors=KNOWN)
right(errors={action: caught(action) for action in KNOWN})
right(errors={action.__name__: message for action, message in KNOWN.items()})
right(errors={action: message and "RuntimeError: " + message for action, message in reversed(KNOWN.items())})
wrong(errors=dict.fromkeys(KNOWN, ""))
wrong(errors={**dict.fromkeys(KNOWN, ""), backward: None})
wrong(errors=dict.fromkeys(KNOWN))
wrong(errors={})
wrong(errors={action: message for action, message in KNOWN.items() if action is not backward_twice})
wrong(errors={**KNOWN, backward: "The size of tensor a (0) must match the size of tensor b (7)"})
wrong(errors={**KNOWN, backward: "Inplace operations (+=, -=, x[:]=, etc) are not supported when recording with autograd"})
wrong(errors={**KNOWN, backward: "'Conv2d' object has no attribute 'grad'"})
wrong(errors={**KNOWN, backward: "grad can be implicitly created only for scalar outputs"})
wrong(errors={**KNOWN, backward: "None"})


@right
def corr2d(X, K):                                # the type that promotion gives, whole numbers as int64
    dtype = torch.result_type(X, K)
    dtype = dtype if dtype.is_floating_point else torch.int64
    X, K = X.to(dtype), K.to(dtype)
    h, w = K.shape
    rows = [[(X[i:i + h, j:j + w] * K).sum() for j in range(X.shape[1] - w + 1)] for i in range(X.shape[0] - h + 1)]
    return torch.stack([torch.stack(row) for row in rows])


@right
def corr2d(X, K):                                # by windows
    dtype = (X.flatten()[:1] * K.flatten()[:1]).sum().dtype
    windows = X.to(dtype).unfold(0, K.shape[0], 1).unfold(1, K.shape[1], 1)
    return (windows * K.to(dtype)).sum((2, 3))


@right
def corr2d(X, K):                                # kernel entry by kernel entry
    dtype = (X[0, 0] * K[0, 0]).sum().dtype
    mh, mw = X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1
    Y = torch.zeros(mh, mw, dtype=dtype)
    for a in range(K.shape[0]):
        for b in range(K.shape[1]):
            Y = Y + X[a:a + mh, b:b + mw].to(dtype) * K[a, b].to(dtype)
    return Y


class Layer(nn.Module):
    def forward(self, X, K):
        dtype = torch.promote_types(X.dtype, K.dtype)
        dtype = dtype if dtype.is_floating_point else torch.int64
        X, K = X.to(dtype), K.to(dtype)
        return torch.einsum("ijab,ab->ij", X.unfold(0, K.shape[0], 1).unfold(1, K.shape[1], 1), K)


right(corr2d=Layer())


def loop(X, K, Y):
    h, w = K.shape
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i:i + h, j:j + w] * K).sum()
    return Y


@wrong
def corr2d(X, K):                                # the book's
    return loop(X, K, torch.zeros(X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1, dtype=torch.float32))


@wrong
def corr2d(X, K):                                # always float64
    return loop(X.double(), K.double(), torch.zeros(X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1, dtype=torch.float64))


@wrong
def corr2d(X, K):                                # the image's type alone
    return loop(X, K, X.new_zeros(X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1))


@wrong
def corr2d(X, K):                                # 200 + 200 overflows in uint8
    dtype = torch.result_type(X, K)
    return loop(X, K, torch.zeros(X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1, dtype=dtype))


@wrong
def corr2d(X, K):                                # a convolution
    dtype = (X[0, 0] * K[0, 0]).sum().dtype
    X, K = X.to(dtype), K.to(dtype).flip(0, 1)
    return loop(X, K, X.new_zeros(X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1))


@wrong
def corr2d(X, K):                                # the graph lost
    dtype = (X[0, 0] * K[0, 0]).sum().dtype
    X, K = X.to(dtype).detach(), K.to(dtype).detach()
    return loop(X, K, X.new_zeros(X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1))


@right
def gradients(X, K, G):                          # a transposed convolution
    for_X = F.conv_transpose2d(G[None, None], K[None, None])[0, 0]
    return [for_X, F.conv2d(X[None, None], G[None, None])[0, 0]]


@right
def gradients(X, K, G):                          # NumPy, output by output
    X, K, G = X.numpy(), K.numpy(), G.numpy()
    for_X, for_K = np.zeros(X.shape), np.zeros(K.shape)
    for (i, j), g in np.ndenumerate(G):
        for_X[i:i + K.shape[0], j:j + K.shape[1]] += g * K
        for_K += g * X[i:i + K.shape[0], j:j + K.shape[1]]
    return for_X, for_K


@right
def gradients(X, K, G):                          # lists
    def sum_over(r, c):
        return sum(G[r - a, c - b].item() * K[a, b].item() for a in range(K.shape[0]) for b in range(K.shape[1])
                   if 0 <= r - a < G.shape[0] and 0 <= c - b < G.shape[1])
    for_K = [[(X[a:a + G.shape[0], b:b + G.shape[1]] * G).sum().item() for b in range(K.shape[1])] for a in range(K.shape[0])]
    return [[sum_over(r, c) for c in range(X.shape[1])] for r in range(X.shape[0])], for_K


@right
def gradients(X, K, G):                          # float32, by autograd after all
    X, K = X.float().requires_grad_(), K.float().requires_grad_()
    Y = F.conv2d(X[None, None], K[None, None])[0, 0]
    return torch.autograd.grad(Y, (X, K), G.float())


def padded(G, K):
    return F.pad(G, (K.shape[1] - 1, K.shape[1] - 1, K.shape[0] - 1, K.shape[0] - 1))


def correlate(X, K):
    return F.conv2d(X[None, None], K[None, None])[0, 0]


@wrong
def gradients(X, K, G):                          # none at all
    return ()


@wrong
def gradients(X, K, G):                          # the kernel not turned
    return correlate(padded(G, K), K), correlate(X, G)


@wrong
def gradients(X, K, G):                          # the wrong order
    return correlate(X, G), correlate(padded(G, K), K.flip(0, 1))


@wrong
def gradients(X, K, G):                          # one of them
    return correlate(padded(G, K), K.flip(0, 1))


@wrong
def gradients(X, K, G):                          # turned in one direction
    return correlate(padded(G, K), K.flip(1)), correlate(X, G)


@wrong
def gradients(X, K, G):                          # the gradient turned as well
    return correlate(padded(G, K), K.flip(0, 1)), correlate(X, G.flip(0, 1))
