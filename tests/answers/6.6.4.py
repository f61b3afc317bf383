@right
@torch.no_grad()
def activations(net, x):                 # layer by layer, without hooks
    first = net[1](net[0](x))
    return {1: first, 2: net[4](net[3](net[2](first)))}


@right
def activations(net, x):                 # as arrays
    found = {}
    with torch.no_grad():
        for place, layer in enumerate(net):
            x = layer(x)
            found[place] = x.numpy()
    return {1: found[1], 2: found[4]}


@right
@torch.no_grad()
def activations(net, x):                 # by the weights
    first = torch.sigmoid(net[0](x))
    return {2: torch.sigmoid(net[3](net[2](first))), 1: first}


@right
def activations(net, x):                 # hooks that are removed even if the net fails
    found, hooks = {}, []
    try:
        hooks.append(net[1].register_forward_hook(lambda layer, given, output: found.update({1: output.detach()})))
        hooks.append(net[4].register_forward_hook(lambda layer, given, output: found.update({2: output.detach()})))
        net(x)
    finally:
        for hook in hooks:
            hook.remove()
    return found


@wrong
@torch.no_grad()
def activations(net, x):                 # before the sigmoid
    first = net[0](x)
    return {1: first, 2: net[3](net[2](net[1](first)))}


@wrong
@torch.no_grad()
def activations(net, x):                 # the second before the sigmoid, the first after it
    first = net[1](net[0](x))
    return {1: first, 2: net[3](net[2](first))}


@wrong
@torch.no_grad()
def activations(net, x):                 # behind the pooling
    first = net[2](net[1](net[0](x)))
    return {1: first, 2: net[5](net[4](net[3](first)))}


@wrong
def activations(net, x):                 # hooks left behind
    found = {}
    net[1].register_forward_hook(lambda layer, given, output: found.update({1: output.detach()}))
    net[4].register_forward_hook(lambda layer, given, output: found.update({2: output.detach()}))
    net(x)
    return found


@wrong
@torch.no_grad()
def activations(net, x):                 # channel 1 only
    first = net[1](net[0](x))
    return {1: first[:, 1:2], 2: net[4](net[3](net[2](first)))[:, 1:2]}


@wrong
@torch.no_grad()
def activations(net, x):                 # the maps of the first image for all
    first = net[1](net[0](x[:1].expand_as(x)))
    return {1: first, 2: net[4](net[3](net[2](first)))}
