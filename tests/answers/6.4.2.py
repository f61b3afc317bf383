import numpy as np
import torch


def places(n, k, p, s):
    return len(range(0, n + 2 * p - k + 1, s))


@right
def operations(N, ci, h, w, co, kh, kw, ph, pw, sh, sw, g):          # lists, floats
    layer = torch.nn.Conv2d(ci, co, (kh, kw), stride=(sh, sw), padding=(ph, pw), groups=g)
    M = float(layer(torch.zeros(N, ci, h, w)).numel() * layer.weight[0].numel())
    return {"backward": 2 * M, "forward": [M, M]}


@right
def operations(ci, h, w, co, kh, kw, ph, pw, sh, sw):                # one image, no groups
    M = co * ci * kh * kw * places(h, kh, ph, sh) * places(w, kw, pw, sw)
    return {"forward": np.array([M, M]), "backward": np.int64(2 * M)}


@right
def operations(ci, h, w, co, kh, kw, ph, pw, sh, sw):                # no bias
    outputs = co * places(h, kh, ph, sh) * places(w, kw, pw, sw)
    return {"forward": (outputs * ci * kh * kw, outputs * (ci * kh * kw - 1)), "backward": 2 * outputs * ci * kh * kw}


@right
def operations(N, ci, h, w, co, kh, kw, ph, pw, sh, sw, g):          # no bias, tensors
    outputs = torch.tensor(N * co * places(h, kh, ph, sh) * places(w, kw, pw, sw))
    M = outputs * (ci // g) * kh * kw
    return {"forward": torch.stack([M, M - outputs]), "backward": 2 * M}


@right
def operations(N, ci, h, w, co, kh, kw, ph, pw, sh, sw, g):          # with the additions of the backward pass
    rows, columns = places(h, kh, ph, sh), places(w, kw, pw, sw)
    outputs, weights = N * co * rows * columns, co * (ci // g) * kh * kw
    M = outputs * (ci // g) * kh * kw
    read = [len({i * s + u for i in range(count) for u in range(k)}) for count, k, s in ((rows, kh, sh), (columns, kw, sw))]
    return {"forward": (M, M), "backward": (2 * M, 2 * M - weights - N * ci * read[0] * read[1] + outputs - co)}


@wrong
def operations(N, ci, h, w, co, kh, kw, ph, pw, sh, sw, g):          # backward as forward
    M = N * co * (ci // g) * kh * kw * places(h, kh, ph, sh) * places(w, kw, pw, sw)
    return {"forward": (M, M), "backward": M}


@wrong
def operations(ci, h, w, co, kh, kw, ph, pw, sh, sw):                # one addition for each output
    outputs = co * places(h, kh, ph, sh) * places(w, kw, pw, sw)
    return {"forward": (outputs * ci * kh * kw, outputs), "backward": 2 * outputs * ci * kh * kw}


@wrong
def operations(ci, h, w, co, kh, kw, ph, pw, sh, sw):                # the kernel's size forgotten
    M = co * ci * places(h, kh, ph, sh) * places(w, kw, pw, sw)
    return {"forward": (M, M), "backward": 2 * M}


@wrong
def operations(ci, h, w, co, kh, kw, ph, pw, sh, sw):                # the gradient of the input as large as the input times the kernel
    M = co * ci * kh * kw * places(h, kh, ph, sh) * places(w, kw, pw, sw)
    return {"forward": (M, M), "backward": M + ci * h * w * co * kh * kw}


@wrong
def operations(N, ci, h, w, co, kh, kw, ph, pw, sh, sw, g):          # groups ignored
    M = N * co * ci * kh * kw * places(h, kh, ph, sh) * places(w, kw, pw, sw)
    return {"forward": (M, M), "backward": 2 * M}


@wrong
def operations(N, ci, h, w, co, kh, kw, ph, pw, sh, sw, g):          # as many additions backward as multiplications
    M = N * co * (ci // g) * kh * kw * places(h, kh, ph, sh) * places(w, kw, pw, sw)
    return {"forward": (M, M), "backward": (2 * M, 2 * M)}


@wrong
def operations(N, ci, h, w, co, kh, kw, ph, pw, sh, sw, g):
    return {"forward": (N * co * (ci // g) * kh * kw * places(h, kh, ph, sh) * places(w, kw, pw, sw),) * 2}


@right
def memory(N, ci, h, w, co, kh, kw, ph, pw, sh, sw, g):              # the tensors of a layer
    layer = torch.nn.Conv2d(ci, co, (kh, kw), stride=(sh, sw), padding=(ph, pw), groups=g)
    X, Y = N * ci * h * w, layer(torch.zeros(N, ci, h, w)).numel()
    weights = sum(parameter.numel() for parameter in layer.parameters())
    return {"forward": X + weights + Y, "backward": 2 * X + weights + layer.weight.numel() + Y}


@right
def memory(ci, h, w, co, kh, kw, ph, pw, sh, sw):                    # no bias
    X, K, Y = ci * h * w, co * ci * kh * kw, co * places(h, kh, ph, sh) * places(w, kw, pw, sw)
    return {"forward": X + K + Y, "backward": 2 * (X + K) + Y}


@right
def memory(N, ci, h, w, co, kh, kw, ph, pw, sh, sw, g):              # no bias, floats
    X, K, Y = N * ci * h * w, co * ci * kh * kw / g, float(N * co * places(h, kh, ph, sh) * places(w, kw, pw, sw))
    return {"backward": X + K + X + K + Y, "forward": X + K + Y}


@right
def memory(ci, h, w, co, kh, kw, ph, pw, sh, sw):                    # NumPy
    sizes = np.array([ci * h * w, co * ci * kh * kw, co, co * places(h, kh, ph, sh) * places(w, kw, pw, sw)])
    return {"forward": sizes.sum(), "backward": sizes @ [2, 2, 1, 1]}


@wrong
def memory(N, ci, h, w, co, kh, kw, ph, pw, sh, sw, g):              # channels added to pixels
    numbers = (ci + kh - 1) * (h + kw - 1) * co + 2 * ci * h * w
    return {"forward": numbers, "backward": numbers}


@wrong
def memory(ci, h, w, co, kh, kw, ph, pw, sh, sw):                    # the output kept as well
    X, K, Y = ci * h * w, co * ci * kh * kw, co * places(h, kh, ph, sh) * places(w, kw, pw, sw)
    return {"forward": X + K + Y, "backward": 2 * (X + K + Y)}


@wrong
def memory(ci, h, w, co, kh, kw, ph, pw, sh, sw):                    # backward: the kernel alone
    X, K, Y = ci * h * w, co * ci * kh * kw, co * places(h, kh, ph, sh) * places(w, kw, pw, sw)
    return {"forward": X + K + Y, "backward": K}


@wrong
def memory(N, ci, h, w, co, kh, kw, ph, pw, sh, sw, g):              # a kernel for each image
    X, K, Y = ci * h * w, co * (ci // g) * kh * kw + co, co * places(h, kh, ph, sh) * places(w, kw, pw, sw)
    return {"forward": N * (X + K + Y), "backward": N * (2 * X + 2 * K + Y) - N * co}


@wrong
def memory(N, ci, h, w, co, kh, kw, ph, pw, sh, sw, g):              # forward without bias, backward with
    X, K, Y = N * ci * h * w, co * (ci // g) * kh * kw, N * co * places(h, kh, ph, sh) * places(w, kw, pw, sw)
    return {"forward": X + K + Y, "backward": 2 * (X + K) + Y + co}
