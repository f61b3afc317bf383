"""Readers' answers to 6.1.2."""
import numpy as np
import torch


@right
def task(n):                                     # NumPy, upper or lower half, labels as words
    images = np.eye(n * n).reshape(-1, n, n)
    return images, ["lower" if place // n >= n // 2 else "upper" for place in range(n * n)]


@right
def task(n):                                     # nested lists: the column itself is asked for
    images = [[[int((i, j) == (row, column)) for j in range(n)] for i in range(n)] for row in range(n) for column in range(n)]
    return images, [column for row in range(n) for column in range(n)]


@right
def task(n):                                     # labels as a tensor
    return torch.eye(n * n, dtype=torch.uint8).reshape(-1, n, n), torch.arange(n * n) % n < n // 2


@right
def task(n):                                     # sky above and road below
    sky = torch.zeros(n, n)
    sky[:n // 2] = 1
    return torch.stack([sky, sky.flip(0)]), torch.tensor([0, 1])


@right
def task(n):                                     # only some images: a bar at the top or below
    bar = np.zeros((n, n), dtype=int)
    bar[0, :2] = 1
    return np.stack([bar, np.roll(bar, 1, 0)]), np.array([False, True])


def bars(n):
    bar = torch.zeros(n, n)
    bar[0, :3] = 1
    return torch.stack([shape.roll((i, j), (0, 1)) for shape in (bar, bar.T) for i in range(n) for j in range(n)])


@wrong
def task(n):                                     # pose, with labels as a tensor
    return bars(n), torch.tensor([False] * n * n + [True] * n * n)


@wrong
def task(n):                                     # pose, labels as a list
    return bars(n), [0] * n * n + [1] * n * n


@wrong
def task(n):                                     # a pedestrian left or right of a visible car
    images = np.zeros((2 * n, n, n))
    for row in range(n):                         # the car at 1, the pedestrian at 0 or 2
        images[row, row, :3] = 1, 2, 0
        images[n + row, row, :3] = 0, 2, 1
    return images, [False] * n + [True] * n


@wrong
def task(n):                                     # "12" and "21"
    one = np.zeros((n, n))
    one[0, :2] = 1, 2
    other = np.zeros((n, n))
    other[0, :2] = 2, 1
    return np.stack([one, other]), [12, 21]


@wrong
def task(n):                                     # all labels alike
    return torch.eye(n * n).reshape(-1, n, n), [True] * n * n


@wrong
def task(n):                                     # images of one size, whatever n is
    return torch.eye(16).reshape(-1, 4, 4), [place % 4 >= 2 for place in range(16)]


@wrong
def task(n):                                     # a label is missing
    return torch.eye(n * n).reshape(-1, n, n), [place % n >= n // 2 for place in range(n * n - 1)]


names = ("circular, stride 1", "zeros, stride 1", "circular, stride 2")
right(invariant={"circular, stride 2": False, "zeros, stride 1": False, "circular, stride 1": True})
right(invariant=dict(zip(names, (1, 0, 0))))
right(invariant={name: np.bool_(name == names[0]) for name in names})
right(invariant={name: torch.tensor(name == names[0]) for name in names})
wrong(invariant=dict.fromkeys(names, True))
wrong(invariant=dict.fromkeys(names, False))
wrong(invariant={"circular, stride 1": True})
wrong(invariant={})
wrong(invariant={"circular, stride 1": True, "zeros, stride 1": False, "circular, stride 2": True})
