"""Readers' answers to 6.5.2."""
import torch
from torch import nn
from torch.nn import functional as F


@right
def maximum(a, b, relu):
    return relu(b - a) + relu(a) - relu(-a)


@right
def maximum(a, b, relu):                         # the other way round
    return relu(a - b) + relu(b) - relu(-b)


@right
def maximum(a, b, relu):                         # a added without a ReLU
    return a + relu(b - a)


@right
def maximum(a, b, relu):                         # symmetric: half the sum and half the distance
    return (a + b) * 0.5 + (relu(a - b) + relu(b - a)) / 2


@wrong
def maximum(a, b, relu):                         # third channel forgotten
    return relu(b - a) + relu(a)


@wrong
def maximum(a, b, relu):                         # the minimum
    return a - relu(a - b)


@wrong
def maximum(a, b, relu):                         # compares
    return a if a > b else b


@wrong
def maximum(a, b, relu):
    return max(a, b)


@wrong
def maximum(a, b, relu):                         # the last sign
    return relu(b - a) + relu(a) + relu(-a)


@wrong
def maximum(a, b, relu):                         # for numbers that are not negative
    return relu(relu(b) - relu(a)) + relu(a)


@wrong
def maximum(a, b, relu):
    return torch.relu(b - a) + a


def pair_layer(c, size, dilation):
    """A module that joins two pixels, with three channels."""
    first = nn.Conv2d(c, 3 * c, size, dilation=dilation, bias=False)
    nn.init.zeros_(first.weight)
    for channel in range(c):
        for unit, (a, b) in enumerate(((-1, 1), (1, 0), (-1, 0))):
            first.weight.data[3 * channel + unit, channel] = torch.tensor([a, b]).reshape(size).to(first.weight)
    return first


def pair_sum(c):
    last = nn.Conv2d(3 * c, c, 1, bias=False)
    nn.init.zeros_(last.weight)
    for channel in range(c):
        last.weight.data[channel, 3 * channel:3 * channel + 3, 0, 0] = torch.tensor([1, 1, -1]).to(last.weight)
    return last


def dense_layers(c, k):
    layers = []
    for size in ((1, 2), (2, 1)):                # rows first
        length = 1
        while length < k:
            gap = min(length, k - length)
            layers += [pair_layer(c, size, gap), nn.ReLU(), pair_sum(c)]
            length += gap
    return layers


@right
def max_pool_network(c, k, stride):              # without groups, in a module of its own
    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(*dense_layers(c, k))

        def forward(self, x):
            return self.layers(x)[:, :, ::stride, ::stride]
    return Network()


@right
def max_pool_network(c, k, stride):              # float64
    last = nn.Conv2d(c, c, 1, stride, groups=c, bias=False)
    nn.init.ones_(last.weight)
    return nn.Sequential(*dense_layers(c, k), last).double()


@right
def max_pool_network(c, k, stride):              # functions in place of modules
    def network(x):
        for axis in (2, 3):
            length = 1
            while length < k:
                gap = min(length, k - length)
                n = x.shape[axis] - gap
                a, b = x.narrow(axis, 0, n), x.narrow(axis, gap, n)
                x, length = a + F.relu(b - a), length + gap
        return x[:, :, ::stride, ::stride]
    return network


@right
def max_pool_network(c, k, stride):              # differences by a convolution, a carried past the ReLU
    class Network(nn.Module):
        def forward(self, x):
            for axis in (3, 2):
                length = 1
                while length < k:
                    gap = min(length, k - length)
                    shape, spread = ((1, 1, 2, 1), (gap, 1)) if axis == 2 else ((1, 1, 1, 2), (1, gap))
                    kernel = torch.tensor([-1.0, 1]).to(x).reshape(shape).repeat(x.shape[1], 1, 1, 1)
                    more = torch.relu(F.conv2d(x, kernel, dilation=spread, groups=x.shape[1]))
                    x = x[:, :, :more.shape[2], :more.shape[3]] + more
                    length += gap
            return x[:, :, ::stride, ::stride]
    return Network()


@wrong
def max_pool_network(c, k, stride):              # the layer itself
    return nn.MaxPool2d(k, stride)


@wrong
def max_pool_network(c, k, stride):              # hidden in a function
    return lambda x: F.max_pool2d(x, k, stride)


@wrong
def max_pool_network(c, k, stride):
    return lambda x: x.unfold(2, k, stride).unfold(3, k, stride).amax((-1, -2))


@wrong
def max_pool_network(c, k, stride):              # weights of a million
    layer = nn.Conv2d(c, c, k, stride, groups=c)
    layer.weight.data.fill_(-1e6)
    layer.bias.data.fill_(1e6)
    return nn.Sequential(layer, nn.ReLU())


@wrong
def max_pool_network(c, k, stride):              # the lower right entry
    layer = nn.Conv2d(c, c, k, stride, groups=c, bias=False)
    layer.weight.data.zero_()[:, :, -1, -1] = 1
    return layer


@wrong
def max_pool_network(c, k, stride):              # the average
    layer = nn.Conv2d(c, c, k, stride, groups=c, bias=False)
    layer.weight.data.fill_(1 / k ** 2)
    return layer


@wrong
def max_pool_network(c, k, stride):              # stride forgotten
    return nn.Sequential(*dense_layers(c, k))


@wrong
def max_pool_network(c, k, stride):              # one entry after the other: k - 1 rounds along each axis
    layers = []
    for size in ((1, 2), (2, 1)):
        for _ in range(k - 1):
            layers += [pair_layer(c, size, 1), nn.ReLU(), pair_sum(c)]
    network = nn.Sequential(*layers)
    return lambda x: network(x.to(layers[0].weight))[:, :, ::stride, ::stride]


@wrong
def max_pool_network(c, k, stride):              # rows only
    layers = dense_layers(c, k)
    return nn.Sequential(*layers[:len(layers) // 2], nn.Conv2d(c, c, 1, stride))
