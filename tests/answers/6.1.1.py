"""Readers' answers to 6.1.1."""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


@right
def window(delta):                               # counting offsets
    return len(range(-delta, delta + 1))


@right
def window(delta):
    return np.int64(1 + 2 * delta)


@right
def window(delta):
    return torch.arange(-delta, delta + 1).numel()


@right
def window(delta):
    return float(delta + 1 + delta)


@wrong
def window(delta):                               # no limit: as large as the input
    return 2 * delta + 1 if delta else 9


@wrong
def window(delta):
    return 2 * delta


@wrong
def window(delta):                               # one side only
    return delta + 1


@wrong
def window(delta):                               # the area
    return (2 * delta + 1) ** 2


@right
def layer_matrix(weight, h, w):                  # NumPy
    return np.kron(weight[:, :, 0, 0].numpy(), np.eye(h * w))


@right
def layer_matrix(weight, h, w):                  # nested lists
    c_o, c_i = weight.shape[:2]
    return [[float(weight[d, c, 0, 0]) * (p == q) for c in range(c_i) for q in range(h * w)] for d in range(c_o) for p in range(h * w)]


@right
def layer_matrix(weight, h, w):                  # measured
    units = torch.eye(weight.shape[1] * h * w, dtype=weight.dtype).reshape(-1, weight.shape[1], h, w)
    return F.conv2d(units, weight).flatten(1).T


@right
def layer_matrix(weight, h, w):                  # float32
    return torch.einsum("dc,pq->dpcq", weight[:, :, 0, 0].float(), torch.eye(h * w)).reshape(len(weight) * h * w, -1)


@wrong
def layer_matrix(weight, h, w):                  # every channel on its own
    separate = weight[:, :, 0, 0] * torch.eye(*weight.shape[:2], dtype=weight.dtype)
    return torch.kron(separate, torch.eye(h * w, dtype=weight.dtype))


@wrong
def layer_matrix(weight, h, w):                  # factors exchanged: pixels first
    return torch.kron(torch.eye(h * w, dtype=weight.dtype), weight[:, :, 0, 0].contiguous())


@wrong
def layer_matrix(weight, h, w):                  # transposed
    return torch.kron(weight[:, :, 0, 0].T.contiguous(), torch.eye(h * w, dtype=weight.dtype))


@wrong
def layer_matrix(weight, h, w):                  # dense: pixels mixed as well
    return torch.kron(weight[:, :, 0, 0].contiguous(), torch.ones(h * w, h * w, dtype=weight.dtype))


@wrong
def layer_matrix(weight, h, w):                  # channels summed one by one
    return weight[:, :, 0, 0]


@right
def network(images):                             # off by 1e-7, as after training
    return (images[:, :1] - images[:, 1:]).abs() + 1e-7


@right
def network(images):                             # x + y - 2 ReLU(x + y - 1)
    total = F.conv2d(images, torch.ones(1, 2, 1, 1))
    return total - 2 * F.relu(total - 1)


@right
def network(images):                             # NumPy
    x = images.numpy()
    return np.logical_xor(x[:, :1] > 0.5, x[:, 1:] > 0.5).astype(float)


layers = nn.Sequential(nn.Conv2d(2, 2, 1, bias=False), nn.ReLU(), nn.Conv2d(2, 1, 1, bias=False))
layers[0].weight.data = torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).reshape(2, 2, 1, 1)
layers[2].weight.data = torch.ones(1, 2, 1, 1)
right(network=layers)


@wrong
def network(images):                             # without the ReLU
    return images[:, :1] - images[:, 1:]


@wrong
def network(images):                             # or
    return images.amax(1, keepdim=True)


@wrong
def network(images):                             # and
    return images.prod(1, keepdim=True)


@wrong
def network(images):                             # sum
    return images.sum(1, keepdim=True)


@wrong
def network(images):                             # the axis of the channel lost
    return (images[:, 0] - images[:, 1]).abs()
