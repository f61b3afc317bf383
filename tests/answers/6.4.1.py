import numpy as np
import sympy
import torch
from scipy.signal import convolve2d


@right
def compose(K1, b1, K2, b2, s1):                          # transposed convolution
    K = torch.nn.functional.conv_transpose2d(K2, K1, stride=s1)
    return K, b2 + torch.einsum("omhw,m->o", K2, b1)


@right
def compose(K1, b1, K2, b2, s1):                          # all paths, lists
    K1, b1, K2, b2 = [value.tolist() for value in (K1, b1, K2, b2)]
    h = len(K1[0][0]) + s1 * (len(K2[0][0]) - 1)
    w = len(K1[0][0][0]) + s1 * (len(K2[0][0][0]) - 1)
    K = [[[[0.0] * w for _ in range(h)] for _ in K1[0]] for _ in K2]
    for o, kernels in enumerate(K2):
        for m, kernel in enumerate(kernels):
            for i, first in enumerate(K1[m]):
                for u, row in enumerate(kernel):
                    for v, tap in enumerate(row):
                        for r, line in enumerate(first):
                            for c, value in enumerate(line):
                                K[o][i][r + s1 * u][c + s1 * v] += tap * value
    b = [b2[o] + sum(b1[m] * sum(map(sum, kernel)) for m, kernel in enumerate(kernels)) for o, kernels in enumerate(K2)]
    return [K, b]


@right
def compose(K1, b1, K2, b2, s1):                          # NumPy, zeros put between the taps of K2
    K1, b1, K2, b2 = [value.numpy() for value in (K1, b1, K2, b2)]
    (o, m, h, w), i = K2.shape, K1.shape[1]
    wide = np.zeros((o, m, s1 * (h - 1) + 1, s1 * (w - 1) + 1))
    wide[:, :, ::s1, ::s1] = K2
    K = [[sum(convolve2d(wide[a, c], K1[c, b]) for c in range(m)) for b in range(i)] for a in range(o)]
    return np.array(K), b2 + K2.sum((2, 3)) @ b1


@right
def compose(K1, b1, K2, b2, s1):                          # float32
    K = torch.nn.functional.conv_transpose2d(K2.float(), K1.float(), stride=s1)
    return K, b2.float() + K2.float().sum((2, 3)) @ b1.float()


@right
def compose(K1, b1, K2, b2):                              # stride 1
    padding = (K1.shape[2] - 1, K1.shape[3] - 1)
    K = torch.nn.functional.conv2d(K2, K1.transpose(0, 1).flip(2, 3), padding=padding)
    return K, b2 + K2.sum((2, 3)) @ b1


@right
def compose(K1, K2):                                      # one channel
    return convolve2d(K1, K2)


@wrong
def compose(K1, b1, K2, b2, s1):                          # the two kernels added
    K = torch.zeros(len(K2), K1.shape[1], K1.shape[2] + K2.shape[2] - 1, K1.shape[3] + K2.shape[3] - 1)
    K[:, :, :K1.shape[2], :K1.shape[3]] += K1.sum(0)
    K[:, :, :K2.shape[2], :K2.shape[3]] += K2.sum(1, keepdim=True)
    return K, b1.sum() + b2


@wrong
def compose(K1, K2):                                      # cross-correlation of the kernels
    pad = (K2.shape[1] - 1, K2.shape[1] - 1, K2.shape[0] - 1, K2.shape[0] - 1)
    return torch.nn.functional.conv2d(torch.nn.functional.pad(K1, pad)[None, None], K2[None, None])[0, 0]


@wrong
def compose(K1, b1, K2, b2, s1):                          # the stride forgotten
    return torch.nn.functional.conv_transpose2d(K2, K1), b2 + K2.sum((2, 3)) @ b1


@wrong
def compose(K1, b1, K2, b2, s1):                          # the biases added
    b = b2 + b1.sum()
    return torch.nn.functional.conv_transpose2d(K2, K1, stride=s1), b


@wrong
def compose(K1, K2):                                      # two output channels
    h, w = max(K1.shape[0], K2.shape[0]), max(K1.shape[1], K2.shape[1])
    K = torch.zeros(2, h, w)
    K[0, :K1.shape[0], :K1.shape[1]], K[1, :K2.shape[0], :K2.shape[1]] = K1, K2
    return K


@wrong
def compose(K1, K2):                                      # size k1 + k2 + 1
    return np.pad(convolve2d(K1, K2), 1)


@wrong
def compose(K1, b1, K2, b2, s1):                          # the bias left out
    return torch.nn.functional.conv_transpose2d(K2, K1, stride=s1)


@right
def splits(taps, k1):                                     # real roots with a tolerance
    if k1 % 2 or len(taps) % 2 == k1 % 2 or taps[0] == 0:
        return True
    return bool((abs(np.roots(taps).imag) < 1e-3).any())


@right
def splits(taps, k1):                                     # real roots counted exactly
    roots = sympy.real_roots(sympy.Poly(taps, sympy.Symbol("x")))
    real = len(roots) + (taps[0] == 0)
    return k1 % 2 == 1 or (len(taps) + 1 - k1) % 2 == 1 or real > 0


@right
def splits(taps, k1):                                     # degree odd: there is a real root anyway; 1 and 0
    degree = len(taps) - 1
    if degree % 2 or k1 % 2:
        return 1
    ends = taps[0] == 0 or taps[-1] == 0
    return int(ends or bool(sympy.Poly(taps, sympy.Symbol("x")).count_roots()))


@right
def splits(taps, k1):                                     # sums of the degrees of real factors
    degrees = [1 if abs(root.imag) < 1e-3 else 2 for root in np.roots(taps) if root.imag > -1e-3]
    degrees += [1] * (len(taps) - 1 - sum(degrees))
    reached = {0}
    for degree in degrees:
        reached |= {one + degree for one in reached}
    return np.bool_(k1 - 1 in reached)


@wrong
def splits(taps, k1):                                     # always
    return True


@wrong
def splits(taps, k1):                                     # never
    return False


@wrong
def splits(taps, k1):                                     # only into one tap and the rest
    return k1 == 1 or k1 == len(taps)


@wrong
def splits(taps, k1):                                     # factors over the rationals
    x = sympy.Symbol("x")
    polynomial = sympy.Poly(taps, x)
    degrees = [factor.degree() for factor, count in polynomial.factor_list()[1] for _ in range(count)]
    degrees += [1] * (len(taps) - 1 - sum(degrees))
    reached = {0}
    for degree in degrees:
        reached |= {one + degree for one in reached}
    return k1 - 1 in reached


@wrong
def splits(taps, k1):                                     # a rational root
    roots = sympy.roots(sympy.Poly(taps, sympy.Symbol("x")), filter="Q")
    return k1 % 2 == 1 or len(taps) % 2 == k1 % 2 or bool(roots) or taps[0] == 0


@wrong
def splits(taps, k1):                                     # real roots only, sizes ignored
    return bool(sympy.Poly(taps, sympy.Symbol("x")).count_roots()) or 0 in (taps[0], taps[-1])


@wrong
def splits(taps, k1):                                     # double roots are found complex
    return k1 % 2 == 1 or len(taps) % 2 == k1 % 2 or taps[0] == 0 or bool(np.isreal(np.roots(taps)).any())
