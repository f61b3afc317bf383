"""Readers' answers to 6.5.4."""
import numpy as np
import torch

yes, no = True, False
truth = {"sends gradient to every entry": (no, yes), "is unbiased under zero-mean noise": (no, yes),
         "keeps the height of a lone peak": (yes, no), "commutes with all affine functions": (no, yes),
         "commutes with increasing functions": (yes, no), "is linear": (no, yes),
         "is blind to the position within the window": (yes, yes), "shrinks the tensor": (yes, yes)}

right(properties=truth)
right(properties={name: list(pair) for name, pair in truth.items()})
right(properties={name: [int(one), int(other)] for name, (one, other) in truth.items()})
right(properties={name: np.array(pair) for name, pair in truth.items()})
right(properties={name: torch.tensor(pair) for name, pair in truth.items()})

wrong(properties=truth | {"shrinks the tensor": (no, yes)})                              # published
wrong(properties=truth | {"is blind to the position within the window": (yes, no)})      # only max is invariant to shifts
wrong(properties=truth | {"is unbiased under zero-mean noise": (yes, no)})               # max is robust to noise
wrong(properties=truth | {"is linear": (yes, yes)})
wrong(properties=truth | {"sends gradient to every entry": (yes, yes)})
wrong(properties=truth | {"commutes with increasing functions": (yes, yes)})
wrong(properties={name: (other, one) for name, (one, other) in truth.items()})           # exchanged
wrong(properties={})
wrong(properties={name: pair for name, pair in truth.items() if name != "is linear"})    # one left out
