"""Training K replicas of one network at once: same architecture, different seeds, data in memory.

The replicas lie side by side in the channels. A batch is (B, K*C, H, W), a convolution is a grouped one, a
fully connected layer a product of batches of matrices, and everything else stays what it is. The replicas share
nothing: each has its own weights, batches and loss, and follows `d2l.train_ch6` step by step.

Environment: DEVICE = auto (default), cpu or cuda. D2L_BUILD set: no progress line. D2L_PERTURB = layout or a small
number like 1e-7: the same computation with other rounding, by which a calibration measures the re-run noise. D2L_RUNS =
folder of one build: two pages that train the same nets in the same way train them once.
"""
import contextlib
import ctypes
import hashlib
import os
import re
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from nbdrift import publish

FIRST = 10                      # minibatches whose losses are the fingerprint of a run
EVALUATION_BATCH = 500


def lenet(pool=nn.AvgPool2d, activation=nn.Sigmoid):
    """The book's LeNet, (B, 1, 28, 28) -> (B, 10). pool(2) and activation() make its layers."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), activation(), pool(2),
        nn.Conv2d(6, 16, 5), activation(), pool(2), nn.Flatten(),
        nn.Linear(400, 120), activation(), nn.Linear(120, 84), activation(), nn.Linear(84, 10))


def describe(net):
    """A net in words that no version of torch changes: a line for each layer, its kind and what it was made with."""
    told = ("in_channels", "out_channels", "in_features", "out_features", "num_features", "kernel_size", "stride", "padding", "dilation",
            "groups", "eps", "momentum", "p")
    return "\n".join(" ".join([type(layer).__name__, *(f"{name}={getattr(layer, name)}" for name in told if hasattr(layer, name)),
                               *(["no bias"] if getattr(layer, "bias", 0) is None else [])])
                     for layer in net.modules() if not list(layer.children()))


def xavier(module):
    """The book's initial weights (`d2l.init_cnn`); biases stay as the constructor made them."""
    if type(module) in (nn.Linear, nn.Conv2d):
        nn.init.xavier_uniform_(module.weight)


def kaiming(module):
    """Initial weights for ReLU nets: normal with variance 2 / fan_in; biases stay as the constructor made them."""
    if type(module) in (nn.Linear, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")


def device(wanted=None):
    """The torch.device to compute on: `wanted`, else DEVICE of the environment, else CUDA where there is one.

    Raises RuntimeError if CUDA is demanded and missing, ValueError for an unknown name.
    """
    wanted = str(wanted or os.environ.get("DEVICE") or "auto").lower()
    if wanted.split(":")[0] not in ("auto", "cpu", "cuda"):
        raise ValueError(f"DEVICE must be auto, cpu or cuda, not {wanted!r}")
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise RuntimeError(f"device {wanted!r} was demanded, but PyTorch finds no CUDA GPU here; use DEVICE=cpu")
    return torch.device(("cuda" if torch.cuda.is_available() else "cpu") if wanted == "auto" else wanted)


_device = device                # `train` has an argument of this name


# Layers of K nets side by side: x is (B, K*C, H, W) up to Flatten, (K, B, F) from there on; `own` holds the layer's
# parameters and buffers, (K, ...), and "replicas", K; `noise` is one generator per replica, None in evaluation.

def _conv(layer, x, own, noise):
    weight, bias = own["weight"].flatten(0, 1), own.get("bias")
    bias = None if bias is None else bias.flatten()
    options = layer.stride, layer.padding, layer.dilation, x.shape[1] // weight.shape[1]
    if x.requires_grad and not x.is_contiguous() and layer.groups == 1 and layer.in_channels % 8 and not isinstance(layer.padding, str):
        return _Convolution.apply(x, weight, bias, *options)
    return F.conv2d(x, weight, bias, *options)


class _Convolution(torch.autograd.Function):
    """F.conv2d of nets side by side, channels last on a CPU, whose gradient with respect to x is computed net by net.

    oneDNN takes up to a third longer for all nets at once unless each has a multiple of eight input channels.
    """

    @staticmethod
    def forward(ctx, x, weight, bias, *options):
        ctx.save_for_backward(x, weight)
        ctx.options = options
        return F.conv2d(x, weight, bias, *options)

    @staticmethod
    def backward(ctx, gradient):
        x, weight = ctx.saved_tensors
        *options, K = ctx.options
        weights = nn.grad.conv2d_weight(x, weight.shape, gradient, *options, K)
        shape = (len(x), x.shape[1] // K, *x.shape[2:])
        images = [nn.grad.conv2d_input(shape, w, g.contiguous(), *options) for w, g in zip(weight.chunk(K), gradient.chunk(K, 1))]
        images = torch.cat(images, 1).contiguous(memory_format=torch.channels_last)
        biases = gradient.sum((0, 2, 3)) if ctx.needs_input_grad[2] else None
        return images, weights, biases, None, None, None, None


def _linear(layer, x, own, noise):
    weight = own["weight"].mT
    return torch.baddbmm(own["bias"].unsqueeze(1), x, weight) if "bias" in own else torch.bmm(x, weight)


def _batch_norm(layer, x, own, noise):
    if noise is not None and "num_batches_tracked" in own:
        own["num_batches_tracked"] += 1
    mean, var, weight, bias = (own[key].view(-1) if key in own else None
                               for key in ("running_mean", "running_var", "weight", "bias"))
    by_batch = noise is not None or mean is None
    if not by_batch or x.is_contiguous():
        return F.batch_norm(x, mean, var, weight, bias, by_batch, layer.momentum, layer.eps)
    if weight is None:
        weight, bias = x.new_ones(x.shape[1]), x.new_zeros(x.shape[1])
    return _BatchNorm.apply(x, mean, var, weight, bias, layer.momentum, layer.eps)


class _BatchNorm(torch.autograd.Function):
    """F.batch_norm by the statistics of the batch, for x (B, C, H, W) that is channels last on a CPU.

    PyTorch's own kernel for this layout errs by 1e-5 to 1e-4, and its sums depend on the number of threads; turning the layout
    round for it, as it does well channels first, takes twice as long. Ioffe and Szegedy, 2015: forward and gradients.
    """

    @staticmethod
    def forward(ctx, x, running_mean, running_var, weight, bias, momentum, eps):
        rows = x.permute(0, 2, 3, 1).flatten(0, 2)                              # (B*H*W, C), a view
        mean = rows.mean(0)
        centred = rows - mean
        var = centred.square().mean(0)
        scale = (var + eps).rsqrt()
        if running_mean is not None:
            running_mean.lerp_(mean, momentum)
            running_var.lerp_(var * (len(rows) / (len(rows) - 1)), momentum)
        ctx.save_for_backward(centred, scale, weight)
        return _images(torch.addcmul(bias, centred, weight * scale), x)

    @staticmethod
    def backward(ctx, gradient):
        centred, scale, weight = ctx.saved_tensors
        rows = gradient.permute(0, 2, 3, 1).flatten(0, 2)
        bias_gradient = rows.sum(0)
        weight_gradient = (rows * centred).sum(0) * scale
        change = torch.addcmul(-bias_gradient / len(rows), centred, -weight_gradient * scale / len(rows))
        return _images(change.add_(rows).mul_(weight * scale), gradient), None, None, weight_gradient, bias_gradient, None, None


def _images(rows, like):
    """Rows (B*H*W, C) as images (B, C, H, W) of the shape of `like`, channels last."""
    B, C, H, W = like.shape
    return rows.view(B, H, W, C).permute(0, 3, 1, 2)


def _dropout(layer, x, own, noise):
    if noise is None:
        return x
    axis, shape = (0, x.shape[1:]) if x.dim() == 3 else (1, (len(x), x.shape[1] // len(noise), *x.shape[2:]))
    masks = [torch.empty(shape).bernoulli_(1 - layer.p, generator=generator) for generator in noise]
    mask = torch.stack(masks) if axis == 0 else torch.cat(masks, 1)
    return x * mask.div_(1 - layer.p or 1).to(x.device)


def _flatten(layer, x, own, noise):
    if x.requires_grad and not x.is_contiguous():       # or the gradient would go on channels first, and be turned round later
        x.register_hook(lambda gradient: gradient.contiguous(memory_format=torch.channels_last))
    return x.reshape(len(x), own["replicas"], -1).transpose(0, 1)


def _same(layer, x, own, noise):
    return layer(x)


LAYERS = {nn.Conv2d: _conv, nn.Linear: _linear, nn.BatchNorm2d: _batch_norm, nn.Dropout: _dropout,
          nn.Flatten: _flatten} | dict.fromkeys(
              (nn.AvgPool2d, nn.MaxPool2d, nn.AdaptiveAvgPool2d, nn.Sigmoid, nn.Tanh, nn.ReLU, nn.GELU, nn.SiLU,
               nn.Softplus, nn.Identity), _same)

INCREASING = nn.Sigmoid, nn.Tanh, nn.ReLU, nn.Softplus


def _layers(net):
    """[(name, layer)] of a net that can be trained side by side; TypeError for any other."""
    if type(net) is not nn.Sequential:
        raise TypeError(f"replicas are made of a plain nn.Sequential, not of {type(net).__name__}")
    everything = list(net.named_modules(remove_duplicate=False))
    layers = [(name, layer) for name, layer in everything if type(layer) is not nn.Sequential]
    for name, layer in layers:
        if type(layer) not in LAYERS:
            raise TypeError(f"layer {name}, {layer}, is not among those that can be trained side by side: "
                            + ", ".join(sorted(kind.__name__ for kind in LAYERS)))
        if (getattr(layer, "padding_mode", "zeros") != "zeros" or getattr(layer, "momentum", 0) is None
                or type(layer) is nn.Flatten and (layer.start_dim, layer.end_dim) != (1, -1)):
            raise TypeError(f"layer {name}, {layer}, cannot be trained side by side with these options")
    kinds = [type(layer) for _, layer in layers]
    if nn.Linear in kinds and nn.Flatten not in kinds[:kinds.index(nn.Linear)] or nn.Flatten not in kinds:
        raise TypeError("replicas need an nn.Flatten, and every nn.Linear after it")
    if len({id(value) for value in net.parameters()}) < sum(len(list(layer.parameters())) for _, layer in layers):
        raise TypeError("a layer with weights occurs twice; give each place a layer of its own")
    return layers


def _pool_first(layers):
    """The layers with max pooling in front of an increasing activation: f(max x) = max f(x), with fewer f to compute."""
    layers = list(layers)
    for i in range(1, len(layers)):
        if type(layers[i][1]) is nn.MaxPool2d and type(layers[i - 1][1]) in INCREASING:
            layers[i - 1:i + 1] = layers[i], layers[i - 1]
    return layers


class Grouped:
    """K nets of one architecture as one network, (B, K*C, H, W) -> (K, B, classes).

    state: {name in the nets' state_dict: tensor (K, ...)}. Raises TypeError for what it cannot represent.
    """

    def __init__(self, nets, device="cpu"):
        self.nets, self.layers = nets, _pool_first(_layers(nets[0]))
        states = [net.state_dict() for net in nets]
        self.state = {key: torch.stack([state[key] for state in states]).to(device) for key in states[0]}
        self.parameters = {key: self.state[key].requires_grad_() for key, _ in nets[0].named_parameters()}
        self.own = {name: {"replicas": len(nets)} for name, _ in self.layers}
        for key, value in self.state.items():
            name, _, kind = key.rpartition(".")
            self.own[name][kind] = value

    def __call__(self, x, noise=None):
        """noise: one generator per replica while training; None evaluates (running statistics, no dropout)."""
        for name, layer in self.layers:
            x = LAYERS[type(layer)](layer, x, self.own[name], noise)
        return x

    def ungroup(self):
        """The K plain nets with the present weights, on the CPU, in evaluation mode."""
        for k, net in enumerate(self.nets):
            net.load_state_dict({name: value[k].detach().cpu() for name, value in self.state.items()})
            net.eval()
        return self.nets


@dataclass
class Runs:
    """What `train` returns: K runs of E epochs, numpy arrays. Column 0 of (K, E+1) is the net before training."""
    name: str
    seeds: tuple
    images: int                 # that each net was trained on
    nets: list                  # K trained nn.Sequential on the CPU, in evaluation mode
    first_losses: np.ndarray    # (K, 10) losses of the first minibatches
    first_batch: np.ndarray     # (K, 3) what `data_print` says of the first minibatches
    test_images: np.ndarray     # (1, 3) and of the test set
    train_loss: np.ndarray      # (K, E) mean over the epoch, while the weights move, as d2l.train_ch6 reports it
    train_acc: np.ndarray       # (K, E) the same for the share of right answers
    valid_acc: np.ndarray       # (K,) of the trained nets, None without held-out images
    test_acc: np.ndarray        # (K, E+1)
    test_loss: np.ndarray       # (K, E+1) mean cross-entropy
    grad_norms: dict            # {parameter: (K, E+1)} if asked for: mean |gradient| per epoch; column 0: first batch
    steps: dict                 # that the optimizer made, see `_watched`
    seconds: float              # wall time, evaluation included
    images_per_second: float    # training images of all replicas per second of `seconds`


def generators(seed):
    """(order of batches, dropout and augmentation): the CPU generators of one replica; not the one of its weights."""
    return torch.Generator().manual_seed(1_000_000 + seed), torch.Generator().manual_seed(2_000_000 + seed)


def split(n, valid):
    """(training, validation) indices of n images: the last `valid` of one fixed permutation, whatever the seeds."""
    order = torch.randperm(n, generator=torch.Generator().manual_seed(6))
    return order[:n - valid].sort().values, order[n - valid:].sort().values


def train(name, make_net, data, *, seeds, epochs, lr, batch_size=256, valid=0, init=xavier, optimizer="sgd",
          momentum=0, weight_decay=0, schedule="constant", augment=None, record_gradients=False, device=None,
          quiet=False):
    """Train one replica of make_net() per seed, all at once, and display one line that carries the fingerprint.

    name: what the run is called, unique on its page. make_net: returns an nn.Sequential of the layers in `LAYERS`.
    data: train_x (n, C, H, W) float32, train_y (n,) int64, test_x, test_y. valid: images held out of training by a
    fixed permutation and evaluated at the end. init: applied to every module. optimizer: sgd, nesterov, adam or adamw.
    schedule, per minibatch: constant; cosine, lr to 0; one-cycle, lr/25 up to lr in the first 30 %, then to 0.
    augment: function (x (B, C, H, W), CPU generator of the replica) -> x, applied to training batches.

    A seed fixes initial weights, order of batches, dropout masks and augmentation, by CPU generators of its own: it
    means the same on every device, for any K and beside any other seeds, up to rounding. (Dropout masks are not those
    that nn.Dropout would draw.) The last, smaller batch of an epoch is kept. The caller's random state is untouched.
    Returns Runs. Raises TypeError for a layer it does not know, RuntimeError when CUDA is missing or out of memory.
    """
    seeds, device, nets = tuple(seeds), _device(device), [_initial(make_net, init, seed) for seed in seeds]
    how = dict(lr=lr, batch_size=batch_size, valid=valid, optimizer=optimizer, momentum=momentum, weight_decay=weight_decay,
               schedule=schedule, augment=augment)
    with _shared(nets, data, how, seeds, epochs, device) as file:
        runs = torch.load(file, weights_only=False) if file and file.exists() else None
        if runs is None or record_gradients and runs.grad_norms is None:
            runs = _train(name, nets, data, seeds=seeds, epochs=epochs, record_gradients=record_gradients, device=device, **how)
            if file:
                torch.save(runs, file.with_suffix(".tmp"))
                os.replace(file.with_suffix(".tmp"), file)
    runs = replace(runs, name=name, grad_norms=runs.grad_norms if record_gradients else None)
    if not quiet:
        _publish(runs, how | {"init": getattr(init, "__name__", str(init)), "augment": getattr(augment, "__name__", None)})
    return runs


@contextlib.contextmanager
def _shared(nets, data, how, *more):
    """The file, locked, where this build keeps what comes of these initial nets trained so; None outside a build."""
    if "D2L_RUNS" not in os.environ or how["augment"]:
        yield None
        return
    import fcntl                                        # builds run on Linux and macOS
    shape = [(name, type(layer), {key: value for key, value in vars(layer).items() if key[0] != "_"}) for name, layer in _layers(nets[0])]
    key = hashlib.sha256(repr((shape, how, more)).encode())
    for tensor in (data.train_x, data.train_y, data.test_x, data.test_y, *(t for net in nets for t in net.state_dict().values())):
        key.update(tensor.contiguous().numpy())
    file = Path(os.environ["D2L_RUNS"], key.hexdigest())
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield file


def _train(name, nets, data, *, seeds, epochs, lr, batch_size, valid, optimizer, momentum, weight_decay, schedule, augment,
           record_gradients, device):
    """Runs of `nets`, which it trains in place; the arguments are those of `train`."""
    start = time.perf_counter()
    _keep_memory()
    order, noise = map(list, zip(*map(generators, seeds)))
    kept, held = split(len(data.train_x), valid)
    K, E, N = len(seeds), epochs, len(kept)
    batches = -(-N // batch_size)
    log = dict(train_loss=np.zeros((K, E)), train_acc=np.zeros((K, E)), test_acc=np.zeros((K, E + 1)),
               test_loss=np.zeros((K, E + 1)), valid_acc=None)
    try:
        with _exact():
            grouped = Grouped(nets, device)
            step = _optimizer(grouped.parameters.values(), optimizer, lr, momentum, weight_decay)
            rate = _schedule(step, schedule, lr, max(1, E * batches))
            steps = _watched(step)
            x, y, test_x, test_y = (t.to(device) for t in (data.train_x, data.train_y, data.test_x, data.test_y))
            if _perturbation() not in ("", "layout"):
                x, test_x = (images * (1 + float(_perturbation())) for images in (x, test_x))
            first, norms = [], {key: np.zeros((K, E + 1)) for key in grouped.parameters if record_gradients}

            def test(epoch):
                log["test_loss"][:, epoch], log["test_acc"][:, epoch] = evaluate(grouped, test_x, test_y)

            test(0)
            first_batch, test_images = np.zeros((K, 3)), data_print(test_x[:, None], test_y[:, None])
            for epoch in range(E):
                total = torch.zeros(2, K, dtype=torch.float64, device=device)       # loss and right answers, summed
                perm = torch.stack([kept[torch.randperm(N, generator=g)] for g in order], 1).to(device)
                for i, index in enumerate(perm.split(batch_size)):                  # (B, K)
                    batch, target = x[index], y[index]                              # (B, K, C, H, W), (B, K)
                    if epoch == i == 0:
                        first_batch = data_print(batch, target)
                    if augment:
                        batch = torch.stack([augment(batch[:, k], noise[k]) for k in range(K)], 1)
                    logits = grouped(_layout(batch.flatten(1, 2)), noise)           # (K, B, classes)
                    losses = cross_entropy(logits, target.T)                        # (K,)
                    step.zero_grad()
                    losses.sum().backward()
                    for key, per_epoch in norms.items():
                        norm = grouped.parameters[key].grad.flatten(1).norm(dim=1).cpu().numpy()
                        per_epoch[:, epoch + 1] += norm / batches
                        if epoch == i == 0:
                            per_epoch[:, 0] = norm
                    step.step()
                    rate.step()
                    with torch.no_grad():
                        total += torch.stack([losses * len(index), (logits.argmax(2) == target.T).sum(1)])
                        first += [losses.detach()] if len(first) < FIRST else []
                    _progress(name, start, epoch * batches + i + 1, E * batches)
                log["train_loss"][:, epoch], log["train_acc"][:, epoch] = (total / N).cpu().numpy()
                test(epoch + 1)
            if valid:
                log["valid_acc"] = evaluate(grouped, x[held.to(device)], y[held.to(device)])[1]
            trained = grouped.ungroup()
    except torch.OutOfMemoryError as error:
        raise RuntimeError(f"{name}: {K} replicas do not fit into the memory of {device}; "
                           "train fewer seeds per call (a seed means the same in any company)") from error
    seconds = time.perf_counter() - start
    return Runs(name, seeds, N, trained, torch.stack(first, 1).cpu().numpy() if first else np.zeros((K, 0)), first_batch, test_images,
                **log, grad_norms=norms or None, steps=steps, seconds=seconds, images_per_second=K * E * N / seconds)


def data_print(x, y):
    """(K, 3) of images x (n, K, C, H, W) and labels y (n, K): mean pixel, its root mean square, mean of pixel times label.

    A saturated net hardly notices when its inputs are scaled or mixed up; these three numbers do.
    """
    pixels = x.flatten(2).double()
    parts = [pixels.mean((0, 2)), pixels.square().mean((0, 2)).sqrt(), (pixels.mean(2) * y).mean(0)]
    return torch.stack(parts, 1).cpu().numpy()


def cross_entropy(logits, y):
    """Mean loss of each replica, (K,), from logits (K, B, classes) and labels (K, B)."""
    return F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="none").view(y.shape).mean(1)


@torch.no_grad()
def evaluate(grouped, x, y):
    """(mean loss, accuracy) of each replica, (2, K) float64, on images x (n, C, H, W) that all of them see."""
    K, total, (_, first) = len(grouped.nets), 0, grouped.layers[0]
    copies = 1 if type(first) is nn.Conv2d and first.groups == 1 else K     # such a layer can serve all from one copy
    for batch, target in zip(x.split(EVALUATION_BATCH), y.split(EVALUATION_BATCH)):
        logits, target = grouped(_layout(batch.repeat(1, copies, 1, 1))), target.expand(K, -1)
        total = total + torch.stack([cross_entropy(logits, target).double() * len(batch),
                                     (logits.argmax(2) == target).sum(1)])
    return (total / len(x)).cpu().numpy()


def _initial(make_net, init, seed):
    """make_net() with the weights that it has after torch.manual_seed(seed), as d2l.train_ch6 initialises them."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        net = make_net()
        return net.apply(init) if init else net


def _layout(x):
    """Channels last where that is faster (CPU), with strides that say so even if there is one channel."""
    if x.is_cuda or _perturbation() == "layout":
        return x.contiguous()
    _, C, H, W = x.shape
    return x.contiguous(memory_format=torch.channels_last).as_strided(x.shape, (C * H * W, 1, W * C, C))


def _perturbation():
    """The other rounding that D2L_PERTURB asks for: "layout", channels first, or a number e, inputs times 1 + e; "" for none."""
    wanted = os.environ.get("D2L_PERTURB", "")
    if not re.fullmatch(r"|layout|\de-7", wanted):
        raise ValueError(f"D2L_PERTURB must be layout or 1e-7 to 9e-7, not {wanted!r}")
    return wanted


def _optimizer(parameters, name, lr, momentum, weight_decay):
    make = {"sgd": lambda p, **rest: torch.optim.SGD(p, momentum=momentum, **rest),
            "nesterov": lambda p, **rest: torch.optim.SGD(p, momentum=momentum, nesterov=True, **rest),
            "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    if name not in make:
        raise ValueError(f"optimizer must be one of {', '.join(make)}, not {name!r}")
    return make[name](list(parameters), lr=lr, weight_decay=weight_decay, foreach=True)


def _watched(optimizer):
    """{"count", "optimizer", "first", "last"}, filled by the optimizer itself while it works: how many steps it made, its kind, and
    what it held for each group of parameters in the first step and in the last.
    """
    seen = {"count": 0, "optimizer": type(optimizer).__name__}

    def note(optimizer, *_):
        seen["count"] += 1
        seen["last"] = [_settings(group) for group in optimizer.param_groups]
        seen.setdefault("first", seen["last"])
    optimizer.register_step_post_hook(note)
    return seen


def _settings(group):
    """What a group of parameters is trained with, without what is off, and how many tensors it has; as JSON holds it."""
    return {"tensors": len(group["params"]), **{key: _six_digits(value) for key, value in group.items() if key != "params" and value}}


def _six_digits(value):
    """A real number, or a tuple of them, without the digits in which ways of computing it differ; anything else as it is."""
    if isinstance(value, tuple):
        return [_six_digits(part) for part in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _schedule(optimizer, name, lr, steps):
    schedules = torch.optim.lr_scheduler
    make = {"constant": lambda: schedules.ConstantLR(optimizer, factor=1),
            "cosine": lambda: schedules.CosineAnnealingLR(optimizer, steps),
            "one-cycle": lambda: schedules.OneCycleLR(optimizer, lr, total_steps=steps + 1, cycle_momentum=False)}
    if name not in make:
        raise ValueError(f"schedule must be one of {', '.join(make)}, not {name!r}")
    return make[name]()


@contextlib.contextmanager
def _exact():
    """Full float32 and cuDNN's deterministic algorithms on CUDA; the caller's settings come back afterwards."""
    precision = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            yield
    finally:
        torch.set_float32_matmul_precision(precision)


def _keep_memory():
    """Have glibc keep freed blocks: an activation of 32 MB would otherwise come fresh from the system in each step."""
    if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt"):
        ctypes.CDLL(None).mallopt(-3, 2**30)            # M_MMAP_THRESHOLD
        ctypes.CDLL(None).mallopt(-1, 2**31 - 1)        # M_TRIM_THRESHOLD


def _progress(name, start, done, steps):
    """One line on stderr, rewritten in place, where a person watches."""
    if "D2L_BUILD" in os.environ or not (done % 10 == 0 or done == steps):
        return
    if sys.stderr.isatty() or "ipykernel" in sys.modules:
        seconds = time.perf_counter() - start
        line = f"{name}: {done / steps:4.0%}, {seconds:.0f} s, {seconds * (steps - done) / done:.0f} s left"
        print("\r" + " " * 79 + "\r" + line * (done < steps), end="", file=sys.stderr, flush=True)


def _publish(runs, settings):
    K, E = runs.train_loss.shape
    last = runs.test_acc[:, -1]
    spread = f" (sd {last.std(ddof=1):.3f})" if K > 1 else ""
    text = (f"{runs.name}: {K} seed{'s' * (K > 1)} x {E} epoch{'s' * (E != 1)} on {runs.images:,} images, "
            f"test accuracy {last.mean():.3f}{spread}")
    parameters = sum(p.numel() for p in runs.nets[0].parameters())
    trained = {"train loss": runs.train_loss, "train accuracy": runs.train_acc, "valid accuracy": runs.valid_acc,
               "test accuracy": runs.test_acc, "test loss": runs.test_loss, **{
                   f"gradient {key}": value for key, value in (runs.grad_norms or {}).items()}}
    publish(text, runs.name, structure={"seeds": list(runs.seeds), "epochs": E, "images": runs.images,
                                        "parameters": parameters, "net": describe(runs.nets[0]), "steps": runs.steps, **settings},
                    first_steps={"losses": runs.first_losses, "loss before training": runs.test_loss[:, 0],
                                 "first batch": runs.first_batch, "test images": runs.test_images},
                    trained={key: value for key, value in trained.items() if value is not None})
