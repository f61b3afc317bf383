import copy


@right
def with_max_pooling(net):                # exchanged in the net itself
    for place, layer in enumerate(net):
        if type(layer) is nn.AvgPool2d:
            net[place] = nn.MaxPool2d(layer.kernel_size, layer.stride)
    return net


@right
def with_max_pooling(net):                # in a copy
    net = copy.deepcopy(net)
    for name, layer in net.named_children():
        if isinstance(layer, nn.AvgPool2d):
            setattr(net, name, nn.MaxPool2d(layer.kernel_size, layer.stride, layer.padding))
    return net


@right
def with_max_pooling(net):                # one expression
    return nn.Sequential(*(nn.MaxPool2d(layer.kernel_size, layer.stride) if isinstance(layer, nn.AvgPool2d) else layer for layer in net))


@right
def with_max_pooling(net):                # a module of one's own
    class Maxima(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(net)

        def forward(self, x):
            for layer in self.layers:
                x = nn.functional.max_pool2d(x, layer.kernel_size, layer.stride) if isinstance(layer, nn.AvgPool2d) else layer(x)
            return x
    return Maxima()


@wrong
def with_max_pooling(net):                # nothing exchanged
    return net


@wrong
def with_max_pooling(net):                # the stride forgotten where it is not the window's width
    return nn.Sequential(*(nn.MaxPool2d(layer.kernel_size) if isinstance(layer, nn.AvgPool2d) else layer for layer in net))


@wrong
def with_max_pooling(net):                # a window of 2 whatever it was
    return nn.Sequential(*(nn.MaxPool2d(2, 2) if isinstance(layer, nn.AvgPool2d) else layer for layer in net))


@wrong
def with_max_pooling(net):                # pooling before the sigmoid is the same, but the second pooling is lost
    layers = [nn.MaxPool2d(layer.kernel_size, layer.stride) if isinstance(layer, nn.AvgPool2d) else layer for layer in net]
    del layers[5]
    return nn.Sequential(*layers)


@wrong
def with_max_pooling(net):                # new weights
    for layer in net:
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    return nn.Sequential(*(nn.MaxPool2d(layer.kernel_size, layer.stride) if isinstance(layer, nn.AvgPool2d) else layer for layer in net))
