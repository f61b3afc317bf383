"""Training: one replica is d2l's own loop, K replicas are K runs, and nothing leaks between them."""
import copy
import json
import sys
from types import MethodType, SimpleNamespace

import numpy as np
import pytest
import torch
from d2l import torch as d2l
from torch import nn

from d2l_solutions import train as training
from d2l_solutions.train import Grouped, device, generators, kaiming, lenet, split, train, xavier

K, SEEDS = 3, (4, 0, 9)
generator = torch.Generator().manual_seed(0)
DATA = SimpleNamespace(train_x=torch.rand(1900, 1, 28, 28, generator=generator),
                       train_y=torch.randint(10, (1900,), generator=generator),
                       test_x=torch.rand(700, 1, 28, 28, generator=generator),
                       test_y=torch.randint(10, (700,), generator=generator))
FEW = SimpleNamespace(train_x=DATA.train_x[:300], train_y=DATA.train_y[:300], test_x=DATA.test_x, test_y=DATA.test_y)


@pytest.fixture(autouse=True)
def one_thread():
    """Two threads on a busy machine wait for each other most of the time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def relu_net():
    return nn.Sequential(nn.Conv2d(1, 4, 5, stride=2), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Dropout(0.3), nn.Linear(144, 10))


def run(make_net=lenet, data=FEW, name="a run", **options):
    return train(name, make_net, data, **dict(seeds=SEEDS, epochs=1, lr=0.1, batch_size=128, device="cpu",
                                                 quiet=True) | options)


def same_weights(a, b, **tolerance):
    return all(torch.allclose(p, q, **tolerance) for p, q in zip(a.state_dict().values(), b.state_dict().values()))


class Batches(list):
    """d2l's training iterator: in every epoch the batches that a replica with this seed gets."""
    def __init__(self, data, seed, batch_size):
        self.order, self.data = generators(seed)[0], data
        super().__init__(data.train_y.split(batch_size))

    def __iter__(self):
        perm = torch.randperm(len(self.data.train_y), generator=self.order)
        return ((self.data.train_x[i], self.data.train_y[i]) for i in perm.split(len(self[0])))



def test_one_replica_follows_d2l_step_by_step(monkeypatch, capsys):
    losses, curve = [], []

    class Loss(nn.CrossEntropyLoss):
        def forward(self, *args):
            losses.append(super().forward(*args))
            return losses[-1]

    monkeypatch.setattr(nn, "CrossEntropyLoss", Loss)
    monkeypatch.setattr(d2l, "Animator", lambda **_: SimpleNamespace(add=lambda x, y: curve.append((x, y))))
    monkeypatch.setattr(training, "FIRST", 32)
    torch.manual_seed(4)
    net = lenet()
    test = [(DATA.test_x, DATA.test_y)]
    d2l.train_ch6(net, Batches(DATA, 4, 256), test, num_epochs=4, lr=0.9, device=torch.device("cpu"))
    runs = run(data=DATA, lr=0.9, epochs=4, batch_size=256)     # 1900 images: the last batch has 108
    assert runs.first_losses.shape == (K, 32) and len(losses) == 32
    np.testing.assert_allclose(runs.first_losses[0], torch.stack(losses).detach(), rtol=1e-5)
    assert same_weights(runs.nets[0], net, rtol=1e-4, atol=1e-5)
    assert not same_weights(runs.nets[1], net, rtol=1e-2, atol=1e-3)
    ends = [y[:2] for x, y in curve if x == int(x) and y[0] is not None]
    np.testing.assert_allclose(np.stack([runs.train_loss[0], runs.train_acc[0]], 1), ends, rtol=1e-5)
    np.testing.assert_allclose(runs.test_acc[0, 1:], [y[2] for _, y in curve if y[2] is not None])


def test_lenet_is_the_books():
    ours, theirs = lenet(), d2l.LeNet().net
    theirs(torch.zeros(1, 1, 28, 28))
    assert [type(a) for a in ours] == [getattr(type(b), "cls_to_become", None) or type(b) for b in theirs]
    assert [p.shape for p in ours.parameters()] == [p.shape for p in theirs.parameters()]
    x = torch.rand(2, 1, 28, 28)
    theirs.load_state_dict(ours.state_dict())
    assert torch.equal(ours(x), theirs(x))
    assert type(lenet(nn.MaxPool2d, nn.ReLU)[2]) is nn.MaxPool2d and type(lenet(nn.MaxPool2d, nn.ReLU)[1]) is nn.ReLU


@pytest.mark.parametrize("make_net", [lenet, relu_net])
def test_a_seed_means_the_same_in_any_company(make_net):
    together = run(make_net, epochs=2, valid=50)
    for k, seed in enumerate(SEEDS):
        alone = run(make_net, epochs=2, valid=50, seeds=[seed])
        np.testing.assert_allclose(alone.first_losses[0], together.first_losses[k], rtol=1e-5)
        for metric in ("train_loss", "train_acc", "test_loss", "test_acc", "valid_acc"):
            np.testing.assert_allclose(getattr(alone, metric)[0], getattr(together, metric)[k], rtol=1e-3, atol=2e-3)
        assert same_weights(alone.nets[0], together.nets[k], rtol=1e-4, atol=1e-5)
    assert len(set(together.test_loss[:, 0])) == len(set(together.first_losses[:, 0])) == K
    orders = torch.stack([torch.randperm(100, generator=stream) for seed in SEEDS for stream in generators(seed)])
    assert len(orders.unique(dim=0)) == 2 * K


@pytest.mark.parametrize("layer", [
    nn.Conv2d(4, 6, 3), nn.Conv2d(4, 6, (3, 1), stride=2, padding=(2, 1), bias=False),
    nn.Conv2d(4, 6, 5, padding="same"), nn.Conv2d(4, 6, 3, dilation=2), nn.Conv2d(4, 6, 3, groups=2),
    nn.Conv2d(4, 4, 3, groups=4),
    nn.AvgPool2d(2), nn.AvgPool2d(3, 2, 1), nn.MaxPool2d(3, 2), nn.AdaptiveAvgPool2d(1), nn.AdaptiveAvgPool2d((3, 2)),
    nn.Sigmoid(), nn.Tanh(), nn.ReLU(), nn.GELU(), nn.SiLU(), nn.Softplus(), nn.Identity(), nn.Dropout(0.0),
    nn.BatchNorm2d(4), nn.BatchNorm2d(4, momentum=0.3, eps=0.1), nn.BatchNorm2d(4, affine=False),
    nn.BatchNorm2d(4, track_running_stats=False), nn.Sequential(nn.Tanh(), nn.Conv2d(4, 3, 2)), nn.Sequential(nn.Sigmoid(), nn.MaxPool2d(3, 2, 1)),
    nn.Sequential(nn.SiLU(), nn.MaxPool2d(2))], ids=str)
def test_layers_side_by_side_equal_plain_layers(layer):
    shape = layer(torch.zeros(2, 4, 9, 9)).flatten(1).shape[1]
    nets = []
    for _ in range(K):
        nets.append(nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), copy.deepcopy(layer), nn.Flatten(),
                                  nn.Linear(shape, 7, bias=False), nn.Linear(7, 5)))
        for p in nets[-1].parameters():
            nn.init.normal_(p)
    x, target = torch.randn(K, 6, 2, 9, 9), torch.randn(K, 6, 5)
    grouped = Grouped(nets)
    noise = [generators(k)[1] for k in range(K)]
    for training_mode in (True, False, True):
        side_by_side = grouped(training._layout(x.transpose(0, 1).flatten(1, 2)), noise if training_mode else None)
        plain = torch.stack([net.train(training_mode)(x[k]) for k, net in enumerate(nets)])
        torch.testing.assert_close(side_by_side, plain, rtol=1e-4, atol=1e-4)
    (side_by_side * target).sum().backward(), (plain * target).sum().backward()
    for k, net in enumerate(nets):
        for key, p in net.named_parameters():
            torch.testing.assert_close(grouped.parameters[key].grad[k], p.grad, rtol=1e-3, atol=1e-3)
        for key, buffer in net.named_buffers():
            torch.testing.assert_close(grouped.state[key][k], buffer)


class Named(nn.Conv2d):
    """A subclass may compute anything."""


@pytest.mark.parametrize("net, message", [
    (nn.Sequential(nn.Conv2d(1, 2, 3), nn.LayerNorm(26), nn.Flatten()), "LayerNorm.*Conv2d"),
    (nn.Sequential(nn.LazyConv2d(2, 3), nn.Flatten()), "LazyConv2d"),
    (nn.Sequential(Named(1, 2, 3), nn.Flatten()), "Named"),
    (nn.Sequential(nn.Conv2d(1, 2, 3, padding=1, padding_mode="reflect"), nn.Flatten()), "options"),
    (nn.Sequential(nn.Flatten(2)), "options"),
    (nn.Sequential(nn.BatchNorm2d(1, momentum=None), nn.Flatten()), "options"),
    (nn.Sequential(nn.Linear(28, 3), nn.Flatten(), nn.Linear(84, 10)), "Flatten"),
    (nn.Sequential(nn.Conv2d(1, 10, 28)), "Flatten"),
    (nn.Linear(2, 3), "Sequential"),
    (nn.Sequential(nn.Flatten(), *[nn.Linear(784, 784)] * 2), "twice")], ids=str)
def test_what_cannot_be_represented_is_refused(net, message):
    with pytest.raises(TypeError, match=message):
        run(lambda: net)
    assert Grouped([nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.ReLU())])


def test_increasing_activations_come_after_max_pooling():
    assert [type(layer) for _, layer in Grouped([lenet(nn.MaxPool2d)]).layers[:3]] == [nn.Conv2d, nn.MaxPool2d, nn.Sigmoid]
    for net in (lenet(), lenet(nn.MaxPool2d, nn.SiLU)):
        assert [layer for _, layer in Grouped([net]).layers] == list(net)


def test_batch_norm_is_exact_in_float32():
    x = 0.3 * torch.randn(256, 6, 28, 28, generator=torch.Generator().manual_seed(1)) + 0.5
    net = nn.Sequential(nn.BatchNorm2d(6), nn.Flatten())
    grouped, exact = Grouped([copy.deepcopy(net)]), net.double()
    weights = torch.randn(6 * 28 * 28, generator=torch.Generator().manual_seed(2))
    results = []
    for run_net, images, parameters in ((grouped, training._layout(x), grouped.parameters.values()),
                                        (exact, x.double(), exact.parameters())):
        images.requires_grad_()
        out = run_net(images, [None])[0] if run_net is grouped else run_net(images)
        results.append([out, *torch.autograd.grad(((out * weights.to(out.dtype)) ** 3).sum(), (images, *parameters))])
    torch.testing.assert_close(results[0][0].double(), results[1][0], rtol=0, atol=3e-6)
    for ours, theirs in zip(*results):
        torch.testing.assert_close(ours.double().view_as(theirs), theirs, rtol=0, atol=3e-6 * theirs.abs().max().item())
    for key in ("running_mean", "running_var"):
        torch.testing.assert_close(grouped.state[f"0.{key}"][0].double(), exact.state_dict()[f"0.{key}"], rtol=1e-6, atol=1e-7)


def test_dropout_masks_belong_to_the_replica():
    nets = [nn.Sequential(nn.Dropout(0.25), nn.Flatten(), nn.Dropout(0.5)) for _ in range(K)]
    x = torch.ones(50, K * 2, 8, 8)
    out = Grouped(nets)(x, [generators(seed)[1] for seed in SEEDS])
    assert out.shape == (K, 50, 128) and out.unique().tolist() == pytest.approx([0, 8 / 3])
    assert abs((out > 0).double().mean() - 0.375) < 0.01
    assert torch.equal(out[1], Grouped(nets[:1])(x[:, :2], [generators(SEEDS[1])[1]])[0])
    assert not torch.equal(out[0], out[1])
    assert torch.equal(Grouped(nets)(x), torch.ones(K, 50, 128))


@pytest.mark.parametrize("make_net", [lenet, relu_net])
def test_metrics_are_those_of_the_returned_nets(make_net):
    runs = run(make_net, epochs=2, valid=60)
    _, held = split(300, 60)
    for k, net in enumerate(runs.nets):
        assert type(net) is nn.Sequential and not net.training
        assert all(p.device.type == "cpu" for p in net.parameters())
        with torch.no_grad():
            logits, valid = net(FEW.test_x), net(FEW.train_x[held])
        assert runs.test_acc[k, -1] == pytest.approx((logits.argmax(1) == FEW.test_y).double().mean().item(), abs=1e-3)
        right = (valid.argmax(1) == FEW.train_y[held]).double().mean().item()
        assert runs.valid_acc[k] == pytest.approx(right, abs=1e-9)
        assert runs.test_loss[k, -1] == pytest.approx(nn.functional.cross_entropy(logits, FEW.test_y).item(), rel=1e-5)
    assert len(set(runs.test_loss[:, -1])) == K


def test_evaluation_leaves_running_statistics_alone():
    grouped = Grouped([relu_net() for _ in range(K)])
    grouped(torch.rand(5, K, 28, 28), [generators(k)[1] for k in range(K)])
    before = {key: value.clone() for key, value in grouped.state.items()}
    first, second = (training.evaluate(grouped, DATA.test_x, DATA.test_y) for _ in range(2))
    assert np.array_equal(first, second) and first.shape == (2, K)
    assert all(torch.equal(before[key], value) for key, value in grouped.state.items())
    assert (before["1.num_batches_tracked"] == 1).all() and before["1.running_mean"].abs().min() > 0


def test_held_out_images_are_fixed_and_never_trained_on():
    kept, held = split(300, 100)
    torch.manual_seed(1)
    assert all(map(torch.equal, (kept, held), split(300, 100)))
    assert sorted([*kept.tolist(), *held.tolist()]) == list(range(300)) and len(held) == 100
    assert torch.equal(split(300, 0)[0], torch.arange(300))
    poisoned = SimpleNamespace(**vars(FEW) | {"train_x": FEW.train_x.clone()})
    poisoned.train_x[held] = np.nan
    assert np.isfinite(run(data=poisoned, valid=100, epochs=2).test_loss).all()
    poisoned.train_x[kept[0]] = np.nan
    assert np.isnan(run(data=poisoned, valid=100).test_loss[:, 1]).all()


def test_shapes_and_the_last_smaller_batch(monkeypatch):
    sizes, cross_entropy = [], training.cross_entropy
    monkeypatch.setattr(training, "cross_entropy", lambda logits, y: (
        sizes.append(y.shape[1]) if logits.requires_grad else None, cross_entropy(logits, y))[1])
    runs = run(epochs=2, record_gradients=True)
    assert sizes == [128, 128, 44] * 2
    assert runs.train_loss.shape == runs.train_acc.shape == (K, 2) and runs.first_losses.shape == (K, 6)
    assert runs.test_acc.shape == runs.test_loss.shape == (K, 3) and runs.valid_acc is None
    assert set(runs.grad_norms) == {key for key, _ in lenet().named_parameters()}
    assert all(norms.shape == (K, 3) and (norms > 0).all() for norms in runs.grad_norms.values())
    weighted = (runs.first_losses[:, :3] * [128, 128, 44]).sum(1) / 300
    np.testing.assert_allclose(runs.train_loss[:, 0], weighted, rtol=1e-6)


def test_gradient_norms_are_those_of_autograd():
    norms, expected = run(record_gradients=True, batch_size=150, lr=0.0).grad_norms, []
    torch.manual_seed(SEEDS[1])
    net = lenet().apply(xavier)
    for x, y in Batches(FEW, SEEDS[1], 150):
        gradients = torch.autograd.grad(nn.functional.cross_entropy(net(x), y), list(net.parameters()))
        expected.append([gradient.norm().item() for gradient in gradients])
    for i, key in enumerate(norms):
        assert norms[key][1] == pytest.approx([expected[0][i], (expected[0][i] + expected[1][i]) / 2], rel=1e-4)


@pytest.mark.parametrize("init", [xavier, kaiming, None])
def test_initial_weights_are_the_global_generators(init):
    runs = run(init=init, epochs=0)
    for seed, net in zip(SEEDS, runs.nets):
        torch.manual_seed(seed)
        expected = lenet().apply(init or (lambda module: None))
        assert same_weights(net, expected, rtol=0, atol=0)


@pytest.mark.parametrize("options, reference", [
    (dict(momentum=0.9, weight_decay=1e-2), lambda p: torch.optim.SGD(p, 0.05, momentum=0.9, weight_decay=1e-2)),
    (dict(optimizer="nesterov", momentum=0.9), lambda p: torch.optim.SGD(p, 0.05, momentum=0.9, nesterov=True)),
    (dict(optimizer="adam"), lambda p: torch.optim.Adam(p, 0.05)),
    (dict(optimizer="adamw", weight_decay=0.1), lambda p: torch.optim.AdamW(p, 0.05, weight_decay=0.1))])
def test_optimizers_work_replica_by_replica(options, reference):
    runs = run(lr=0.05, epochs=2, **options)
    torch.manual_seed(SEEDS[2])
    net = lenet().apply(xavier)
    optimizer, batches, losses = reference(net.parameters()), Batches(FEW, SEEDS[2], 128), []
    for x, y in (batch for _ in range(2) for batch in batches):
        loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad(), loss.backward(), optimizer.step()
        losses.append(loss.item())
    np.testing.assert_allclose(runs.first_losses[2], losses, rtol=1e-4)


def test_schedules():
    def rates(name, steps=100):
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.4)
        schedule, rates = training._schedule(optimizer, name, 0.4, steps), []
        for _ in range(steps):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step(), schedule.step()
        return np.array(rates)

    assert (rates("constant") == 0.4).all()
    np.testing.assert_allclose(rates("cosine"), 0.2 * (1 + np.cos(np.pi * np.arange(100) / 100)), rtol=1e-6)
    one = rates("one-cycle")
    assert one[0] == pytest.approx(0.4 / 25) and one.max() == pytest.approx(0.4, rel=1e-3) and one[-1] < 1e-3
    assert abs(int(one.argmax()) - 29) <= 1
    with pytest.raises(ValueError, match="schedule"):
        run(schedule="linear")
    with pytest.raises(ValueError, match="optimizer"):
        run(optimizer="lbfgs")
    assert not np.allclose(run(schedule="cosine").test_loss[:, 1], run().test_loss[:, 1], rtol=1e-5)


def test_augmentation_sees_one_replica_with_its_generator():
    def darken(x, generator):
        assert x.shape[1:] == (1, 28, 28)
        return x * torch.rand(len(x), 1, 1, 1, generator=generator)

    together, alone = run(augment=darken), run(augment=darken, seeds=SEEDS[1:2])
    np.testing.assert_allclose(together.first_losses[1], alone.first_losses[0], rtol=1e-5)
    assert not np.allclose(together.first_losses, run().first_losses, rtol=1e-5)
    np.testing.assert_array_equal(together.test_loss[:, 0], run().test_loss[:, 0])   # tests see the images as they are


def test_the_callers_random_state_is_untouched():
    torch.manual_seed(5), np.random.seed(5)
    expected = torch.rand(3), np.random.rand(3)
    torch.manual_seed(5), np.random.seed(5)
    run(relu_net, valid=20)
    assert torch.equal(torch.rand(3), expected[0]) and np.array_equal(np.random.rand(3), expected[1])


def test_the_callers_settings_and_data_come_back():
    before = DATA.train_x.clone()
    torch.set_float32_matmul_precision("high")
    tf32 = torch.backends.cudnn.allow_tf32
    try:
        run(data=DATA)
        assert torch.get_float32_matmul_precision() == "high" and torch.backends.cudnn.allow_tf32 == tf32
    finally:
        torch.set_float32_matmul_precision("highest")
    assert torch.equal(before, DATA.train_x) and torch.is_grad_enabled()


def test_device(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for value in ("", "auto", "cpu"):
        monkeypatch.setenv("DEVICE", value)
        assert device() == torch.device("cpu")
    monkeypatch.setenv("DEVICE", "cuda")
    with pytest.raises(RuntimeError, match="cuda.*DEVICE=cpu"):
        device()
    with pytest.raises(RuntimeError, match="cuda"):
        run(device=None)
    monkeypatch.setenv("DEVICE", "tpu")
    with pytest.raises(ValueError, match="tpu"):
        device()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.delenv("DEVICE")
    assert device() == torch.device("cuda")


def test_out_of_memory_says_what_to_do(monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("no room")
    monkeypatch.setattr(training, "Grouped", full)
    with pytest.raises(RuntimeError, match="fewer seeds"):
        run()


def test_a_build_trains_the_same_nets_once(monkeypatch, tmp_path):
    alone, trained = run(record_gradients=True), []
    monkeypatch.setenv("D2L_RUNS", str(tmp_path / "runs"))
    train_them = training._train
    monkeypatch.setattr(training, "_train", lambda name, *rest, **how: trained.append(name) or train_them(name, *rest, **how))

    def same(runs):
        np.testing.assert_array_equal(runs.test_acc, alone.test_acc)
        assert all(torch.equal(p, q) for net, other in zip(runs.nets, alone.nets) for p, q in zip(net.parameters(), other.parameters()))

    same(run(name="first"))
    recalled = run(name="again")
    same(recalled)
    assert trained == ["first"] and recalled.name == "again" and recalled.grad_norms is None
    same(run(name="gradients", record_gradients=True))
    assert run(name="recalled", record_gradients=True).grad_norms.keys() == alone.grad_norms.keys()
    assert run(name="no gradients").grad_norms is None and trained == ["first", "gradients"]
    other = SimpleNamespace(**vars(FEW) | {"test_y": FEW.test_y.flip(0)})
    different = [dict(lr=0.11), dict(epochs=2), dict(seeds=(1, 2, 4)), dict(init=None), dict(data=other), dict(valid=50), dict(optimizer="adam"),
                 dict(batch_size=64), dict(make_net=lambda: training.lenet(pool=lambda n: nn.AvgPool2d(n, ceil_mode=True))), dict(momentum=0.5),
                 dict(schedule="cosine"), dict(weight_decay=0.1), dict(augment=lambda x, generator: x)]
    for number, how in enumerate(different):
        run(name=str(number), **how)
    assert trained[2:] == [str(number) for number in range(len(different))]


@pytest.mark.parametrize("way", ["1e-7", "3e-7", "layout"])
def test_perturbation_changes_rounding_only(way, monkeypatch):
    plain = run(epochs=2)
    monkeypatch.setenv("D2L_PERTURB", way)
    perturbed = run(epochs=2)
    assert any(not torch.equal(p, q) for p, q in zip(plain.nets[0].parameters(), perturbed.nets[0].parameters()))
    np.testing.assert_allclose(perturbed.first_losses, plain.first_losses, rtol=1e-5)
    monkeypatch.setenv("D2L_PERTURB", "scale")
    with pytest.raises(ValueError, match="scale"):
        run()


def test_a_run_displays_its_fingerprint(monkeypatch):
    published = []
    monkeypatch.setattr(training, "publish", lambda *args, **rest: published.append((args, rest)))
    run()
    assert not published
    runs = run(quiet=False, valid=100, epochs=2)
    ((text, name), bundle), = published
    mean, sd = runs.test_acc[:, -1].mean(), runs.test_acc[:, -1].std(ddof=1)
    assert text == f"a run: 3 seeds x 2 epochs on 200 images, test accuracy {mean:.3f} (sd {sd:.3f})"
    assert name == runs.name == "a run"
    assert bundle["structure"]["seeds"] == list(SEEDS) and bundle["structure"]["parameters"] == 61706
    assert bundle["structure"]["lr"] == 0.1 and "AvgPool2d" in bundle["structure"]["net"]
    np.testing.assert_array_equal(bundle["first_steps"]["losses"], runs.first_losses)
    np.testing.assert_array_equal(bundle["first_steps"]["loss before training"], runs.test_loss[:, 0])
    assert set(bundle["trained"]) == {"train loss", "train accuracy", "valid accuracy", "test accuracy", "test loss"}
    run(quiet=False, seeds=[1])
    assert "1 seed x 1 epoch on 300 images" in published[1][0][0] and "sd" not in published[1][0][0]
    json.dumps(published[1][1]["structure"])


@pytest.mark.parametrize("options, first, rates", [
    (dict(), {"lr": 0.1}, (0.1, 0.1)),
    (dict(momentum=0.9, weight_decay=1e-4), {"lr": 0.1, "momentum": 0.9, "weight_decay": 1e-4}, (0.1, 0.1)),
    (dict(optimizer="nesterov", momentum=0.9), {"lr": 0.1, "momentum": 0.9, "nesterov": True}, (0.1, 0.1)),
    (dict(optimizer="adam", lr=0.01), {"lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-8}, (0.01, 0.01)),
    (dict(optimizer="adamw", weight_decay=0.1), {"lr": 0.1, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.1}, (0.1, 0.1)),
    (dict(schedule="cosine"), {"lr": 0.1, "initial_lr": 0.1}, (0.1, 0.05 * (1 + np.cos(np.pi * 5 / 6)))),
    (dict(schedule="one-cycle"), {"lr": 0.004, "max_lr": 0.1}, (0.004, None))])
def test_what_the_optimizer_did_is_in_the_structure(options, first, rates, monkeypatch):
    """As the optimizer itself tells it, not as `train` was told."""
    published = []
    monkeypatch.setattr(training, "publish", lambda *_, structure, **rest: published.append(structure))
    run(quiet=False, epochs=2, **options)
    steps = published[0]["steps"]
    assert steps["count"] == 6, "two epochs of 128, 128 and 44 images"
    assert steps["optimizer"] == {"adam": "Adam", "adamw": "AdamW"}.get(options.get("optimizer"), "SGD")
    assert [group["tensors"] for group in steps["first"]] == [10] and first.items() <= steps["first"][0].items()
    assert not {"weight_decay", "momentum", "nesterov"} & (steps["first"][0].keys() - first.keys()), "what is off is not told"
    for group, rate in zip((steps["first"][0], steps["last"][0]), rates):
        assert rate is None or group["lr"] == pytest.approx(rate, rel=1e-5)
    assert json.loads(json.dumps(steps)) == steps


@pytest.mark.parametrize("fault", ["weight decay", "a dropped batch", "a step not made"])
def test_settings_that_are_not_those_told_show_in_the_structure(fault, monkeypatch):
    right, optimizer, randperm = run(seeds=[1]).steps, training._optimizer, torch.randperm
    if fault == "weight decay":
        monkeypatch.setattr(training, "_optimizer", lambda parameters, name, lr, momentum, weight_decay: optimizer(parameters, name, lr, momentum, 1e-9))
    if fault == "a dropped batch":
        monkeypatch.setattr(torch, "randperm", lambda n, **options: randperm(n, **options)[:256])
    if fault == "a step not made":
        monkeypatch.setattr(training, "_optimizer", lambda *told: odd_steps_only(optimizer(*told)))
    wrong = run(seeds=[1]).steps
    assert wrong != right and (wrong["count"] == right["count"]) == (fault == "weight decay")


def odd_steps_only(optimizer):
    step, calls = optimizer.step, []
    optimizer.step = MethodType(lambda self: calls.append(1) or (step() if len(calls) % 2 else None), optimizer)
    return optimizer


def test_progress_is_for_people(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("D2L_BUILD", raising=False)
    run(epochs=4)
    assert "a run:" in capsys.readouterr().err
    monkeypatch.setenv("D2L_BUILD", "1")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    run(epochs=4)
    assert capsys.readouterr() == ("", "")
