"""Readers' answers to 6.1.5."""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


@right
def kernel_shape(k, D):
    return [k, D]


@right
def kernel_shape(k, D):
    return torch.tensor([k, D])


@right
def kernel_shape(k, D):
    return nn.Conv2d(1, 1, (k, D)).weight.shape[2:]


@right
def kernel_shape(k, D):                          # read off a layer of one dimension
    return np.array(nn.Conv1d(D, 1, k).weight[0].T.shape)


@wrong
def kernel_shape(k, D):                          # as on an image
    return k, k


@wrong
def kernel_shape(k, D):                          # one word
    return 1, D


@wrong
def kernel_shape(k, D):
    return k - 1, D


@wrong
def kernel_shape(k, D):
    return k + 1, D


@wrong
def kernel_shape(k, D):                          # exchanged
    return D, k


@wrong
def kernel_shape(k, D):                          # one dimension at a time
    return k, 1


@wrong
def kernel_shape(k, D):
    return k


@right
def phrase_filter(phrase, size):                 # NumPy
    return np.eye(size)[list(phrase)].T[None], np.array([1 - len(phrase)])


@right
def phrase_filter(phrase, size):                 # lists
    weight = [[[float(word == one) for one in phrase] for word in range(size)]]
    return weight, [1.0 - len(phrase)]


@right
def phrase_filter(phrase, size):                 # float64, bias without an axis
    weight = torch.zeros(1, size, len(phrase), dtype=torch.float64)
    for place, word in enumerate(phrase):
        weight[0, word, place] = 1
    return weight, torch.tensor(1 - len(phrase))


@right
def phrase_filter(phrase, size):                 # steeper: other words are punished
    k = len(phrase)
    weight = 2 * F.one_hot(torch.tensor(phrase), size).T[None].float() - 1
    return weight, torch.tensor([1.0 - k])


@wrong
def phrase_filter(phrase, size):                 # no threshold
    return F.one_hot(torch.tensor(phrase), size).T[None].float(), torch.zeros(1)


@wrong
def phrase_filter(phrase, size):                 # threshold one too high
    return F.one_hot(torch.tensor(phrase), size).T[None].float(), torch.tensor([-float(len(phrase))])


@wrong
def phrase_filter(phrase, size):                 # reversed, as a convolution
    return F.one_hot(torch.tensor(phrase), size).T[None].float().flip(2), torch.tensor([1.0 - len(phrase)])


@wrong
def phrase_filter(phrase, size):                 # axes exchanged
    return F.one_hot(torch.tensor(phrase), size)[None].float(), torch.tensor([1.0 - len(phrase)])


@wrong
def phrase_filter(phrase, size):                 # a bag of words
    weight = torch.zeros(1, size, len(phrase))
    weight[0, list(phrase)] = 1
    return weight, torch.tensor([1.0 - len(phrase)])


@right
def strongest(embedded, lengths, weight, bias):  # sentence by sentence
    return torch.stack([F.relu(F.conv1d(one[:, :int(length)], weight, bias)).amax(1) for one, length in zip(embedded, lengths)])


@right
def strongest(embedded, lengths, weight, bias):  # a list of tensors
    return [F.relu(F.conv1d(one[:, :int(length)], weight, bias)).amax(1) for one, length in zip(embedded, lengths)]


@right
def strongest(embedded, lengths, weight, bias):  # masked with minus infinity, then the ReLU
    response = F.conv1d(embedded, weight, bias)
    windows = lengths - weight.shape[2] + 1
    for n, count in enumerate(windows.tolist()):
        response[n, :, count:] = -torch.inf
    return response.amax(2).relu()


@right
def strongest(embedded, lengths, weight, bias):  # NumPy, window by window
    x, w, b, k = embedded.numpy(), weight.numpy(), bias.numpy(), weight.shape[2]
    return np.array([[max(max(0.0, (x[n, :, t:t + k] * w[c]).sum() + b[c]) for t in range(int(lengths[n]) - k + 1))
                      for c in range(len(w))] for n in range(len(x))])


@right
def strongest(embedded, lengths, weight, bias):  # float32
    response = F.relu(F.conv1d(embedded.float(), weight.float(), bias.float()))
    real = torch.arange(response.shape[2]) <= (lengths - weight.shape[2])[:, None]
    return (response * real[:, None]).amax(2)


@wrong
def strongest(embedded, lengths, weight, bias):  # zeros do no harm
    return F.relu(F.conv1d(embedded, weight, bias)).amax(2)


@wrong
def strongest(embedded, lengths, weight, bias):  # nothing responds
    return torch.zeros(len(embedded), len(bias))


@wrong
def strongest(embedded, lengths, weight, bias):  # the first window only
    return F.relu(F.conv1d(embedded, weight, bias))[..., 0]


@wrong
def strongest(embedded, lengths, weight, bias):  # the smallest
    return F.relu(F.conv1d(embedded, weight, bias)).amin(2)


@wrong
def strongest(embedded, lengths, weight, bias):  # the last real window dropped
    response = F.relu(F.conv1d(embedded, weight, bias))
    real = torch.arange(response.shape[2]) < (lengths - weight.shape[2])[:, None]
    return (response * real[:, None]).amax(2)


@wrong
def strongest(embedded, lengths, weight, bias):  # one window of padding too many
    response = F.relu(F.conv1d(embedded, weight, bias))
    real = torch.arange(response.shape[2]) <= (lengths - weight.shape[2] + 1)[:, None]
    return (response * real[:, None]).amax(2)


@wrong
def strongest(embedded, lengths, weight, bias):  # windows that begin on a real word
    response = F.relu(F.conv1d(embedded, weight, bias))
    real = torch.arange(response.shape[2]) < lengths[:, None]
    return (response * real[:, None]).amax(2)


@wrong
def strongest(embedded, lengths, weight, bias):  # the bias forgotten
    return torch.stack([F.relu(F.conv1d(one[:, :int(length)], weight)).amax(1) for one, length in zip(embedded, lengths)])
