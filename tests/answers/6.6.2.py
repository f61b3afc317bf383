from dataclasses import replace


def layers_of(config):
    channels, side = 1, 28
    for width, window, padding, pool in config.convs:
        yield nn.Conv2d(channels, width, window, padding=padding)
        if config.norm:
            yield nn.BatchNorm2d(width)
        yield getattr(nn, config.activation)()
        if pool > 1:
            yield getattr(nn, config.pool)(pool)
        channels, side = width, (side + 2 * padding - window + 1) // pool
    yield nn.Flatten()
    widths = [channels * side**2, *config.dense, 10]
    for place, (before, after) in enumerate(zip(widths, widths[1:])):
        yield nn.Linear(before, after)
        if place < len(config.dense):
            yield getattr(nn, config.activation)()


@right
def build(config):
    return nn.Sequential(*layers_of(config))


@right
def build(config):                       # convolutions and dense layers in parts of their own
    layers = list(layers_of(config))
    flat = [type(layer) for layer in layers].index(nn.Flatten)
    return nn.Sequential(nn.Sequential(*layers[:flat]), nn.Sequential(*layers[flat:]))


@right
def build(config):                       # sizes found by running the net
    layers, x = [], torch.zeros(1, 1, 28, 28)
    for width, window, padding, pool in config.convs:
        block = [nn.Conv2d(x.shape[1], width, window, padding=padding)]
        block += [nn.BatchNorm2d(width)] * config.norm + [getattr(nn, config.activation)()]
        block += [getattr(nn, config.pool)(pool)] * (pool > 1)
        layers += block
        x = nn.Sequential(*block).eval()(x)
    layers.append(nn.Flatten())
    features = x.numel()
    for width in config.dense:
        layers += [nn.Linear(features, width), getattr(nn, config.activation)()]
        features = width
    return nn.Sequential(*layers, nn.Linear(features, 10))


@right
def build(config):                       # a module of one's own; pooling of 1 as a layer that does nothing
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(layers_of(replace(config, convs=tuple(config.convs))))

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x
    return Net()


@wrong
def build(config):                       # LeNet, whatever is wanted
    return nn.Sequential(*layers_of(Config()))


@wrong
def build(config):                       # all activations behind each other
    layers = list(layers_of(config))
    kind = getattr(nn, config.activation)
    others = [layer for layer in layers if type(layer) is not kind]
    return nn.Sequential(*others[:-1], *(layer for layer in layers if type(layer) is kind), others[-1])


@wrong
def build(config):                       # normalisation behind the activation
    layers = list(layers_of(config))
    for place in range(len(layers) - 1):
        if type(layers[place]) is nn.BatchNorm2d:
            layers[place], layers[place + 1] = layers[place + 1], layers[place]
    return nn.Sequential(*layers)


@wrong
def build(config):                       # always max pooling
    return nn.Sequential(*layers_of(replace(config, pool="MaxPool2d")))


@wrong
def build(config):                       # an activation behind the last layer as well
    return nn.Sequential(*layers_of(config), getattr(nn, config.activation)())


def sums(config, bias=1, norm=2, before_pooling=True, dense_bias=1):
    parameters, operations, channels, side = 0, 0, 1, 28
    for width, window, padding, pool in config.convs:
        side += 2 * padding - window + 1
        at = side if before_pooling else side // pool
        parameters += width * (channels * window * window + bias + norm * config.norm)
        operations += width * channels * window * window * at * at
        channels, side = width, side // pool
    widths = [channels * side * side, *config.dense, 10]
    parameters += sum((before + dense_bias) * after for before, after in zip(widths, widths[1:]))
    return parameters, operations + sum(before * after for before, after in zip(widths, widths[1:]))


@right
def count(config):
    return sums(config)


@right
def count(config):                       # as a list
    return list(sums(config))


@right
def count(config):                       # as a tensor
    return torch.tensor(sums(config))


@right
def count(config):                       # from the layers after all
    layers, x, operations = list(layers_of(config)), torch.zeros(1, 1, 28, 28), 0
    for layer in layers:
        x = layer.eval()(x)
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            operations += layer.weight.numel() * (x[0, 0].numel() if x.dim() == 4 else 1)
    return sum(p.numel() for layer in layers for p in layer.parameters()), operations


@wrong
def count(config):                       # biases of the convolutions forgotten
    return sums(config, bias=0)


@wrong
def count(config):                       # biases of the dense layers forgotten
    return sums(config, dense_bias=0)


@wrong
def count(config):                       # one number of the normalisation per channel
    return sums(config, norm=1)


@wrong
def count(config):                       # positions counted behind the pooling
    return sums(config, before_pooling=False)


@wrong
def count(config):                       # exchanged
    return sums(config)[::-1]
