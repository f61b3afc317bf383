"""Readers' answers to 6.1.1."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


@right
def window(delta):
    return len(range(-delta, delta + 1))


@right
def window(delta):
    return delta + 1 + delta


@right
def window(delta):
    return torch.tensor(2.0 * delta + 1)


@right
def window(delta):
    return float(2 * (delta + 0.5))


@wrong
def window(delta):                               # as large as the image
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
    return np.kron(weight[:, :, 0, 0], np.eye(h * w))


@right
def layer_matrix(weight, h, w):                  # by loops, nested lists
    c_o, c_i = weight.shape[:2]
    return [[float(weight[d, c]) if p == q else 0.0 for c in range(c_i) for q in range(h * w)] for d in range(c_o) for p in range(h * w)]


@right
def layer_matrix(weight, h, w):                  # measured, single precision
    c_i = weight.shape[1]
    return F.conv2d(torch.eye(c_i * h * w).reshape(-1, c_i, h, w).float(), weight.float()).flatten(1).T


@right
def layer_matrix(weight, h, w):                  # blocks
    return torch.cat([torch.cat([value * torch.eye(h * w) for value in row], 1) for row in weight[:, :, 0, 0]], 0)


@right
def layer_matrix(weight, h, w):
    return torch.einsum("dc,pq->dpcq", weight.flatten(1), torch.eye(h * w)).reshape(len(weight) * h * w, -1)


@wrong
def layer_matrix(weight, h, w):                  # channels independent
    return torch.kron(torch.eye(*weight.shape[:2]) * weight[:, :, 0, 0], torch.eye(h * w))


@wrong
def layer_matrix(weight, h, w):                  # flattened pixel by pixel
    return torch.kron(torch.eye(h * w), weight[:, :, 0, 0].contiguous())


@wrong
def layer_matrix(weight, h, w):                  # transposed
    return torch.kron(weight[:, :, 0, 0].T.contiguous(), torch.eye(h * w))


@wrong
def layer_matrix(weight, h, w):                  # a dense layer: every pixel reaches every output
    return torch.kron(weight[:, :, 0, 0].contiguous(), torch.ones(h * w, h * w))


@wrong
def layer_matrix(weight, h, w):                  # W alone
    return weight[:, :, 0, 0]


@right
def network(images):                             # the absolute difference
    return (images[:, :1] - images[:, 1:]).abs()


@right
def network(images):                             # a + b - 2 relu(a + b - 1)
    total = images.sum(1, keepdim=True)
    return total - 2 * F.relu(total - 1)


class Net(nn.Module):                            # as layers, with weights a hair off, as training leaves them
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(2, 2, 1), nn.Conv2d(2, 1, 1)
        with torch.no_grad():
            self.first.weight.copy_(torch.tensor([[1., 1.], [1., 1.00001]]).reshape(2, 2, 1, 1))
            self.first.bias.copy_(torch.tensor([0., -1.]))
            self.second.weight.copy_(torch.tensor([[1., -2.]]).reshape(1, 2, 1, 1))
            self.second.bias.zero_()

    def forward(self, images):
        return self.second(F.relu(self.first(images)))


right(network=Net())


@right
def network(images):                             # NumPy, booleans
    values = images.numpy().astype(bool)
    return np.logical_xor(values[:, :1], values[:, 1:])


@wrong
def network(images):                             # without the ReLU
    difference = torch.tensor([[1., -1.], [-1., 1.]]).reshape(2, 2, 1, 1)
    return F.conv2d(F.conv2d(images, difference), torch.ones(1, 2, 1, 1))


@wrong
def network(images):                             # or
    return images.amax(1, keepdim=True)


@wrong
def network(images):                             # and
    return images.prod(1, keepdim=True)


@wrong
def network(images):                             # one half of it
    return F.relu(images[:, :1] - images[:, 1:])


@wrong
def network(images):                             # the channel axis lost
    return (images[:, 0] - images[:, 1]).abs()


@wrong
def network(images):                             # neighbours, too
    return F.max_pool2d((images[:, :1] - images[:, 1:]).abs(), 3, 1, 1)
