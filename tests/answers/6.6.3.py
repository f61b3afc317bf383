from types import SimpleNamespace


def with_parts(name="mnist", **changes):
    data = load(name)
    parts = {part: getattr(data, part) for part in ("train_x", "train_y", "test_x", "test_y")}
    return SimpleNamespace(**{**parts, **changes})


@right
def load_mnist():
    return load("mnist")


@right
def load_mnist():                        # without the names of the classes
    return with_parts()


@right
def load_mnist():                        # as arrays
    data = load("mnist")
    return SimpleNamespace(**{part: getattr(data, part).numpy() for part in ("train_x", "train_y", "test_x", "test_y")})


@right
def load_mnist():                        # in double precision
    data = load("mnist")
    return with_parts(train_x=data.train_x.double(), test_x=data.test_x.double())


@wrong
def load_mnist():
    return load("fashion_mnist")


@wrong
def load_mnist():                        # labels of MNIST, test images of Fashion-MNIST
    return with_parts(test_x=load("fashion_mnist").test_x)


@wrong
def load_mnist():                        # no channel axis
    data = load("mnist")
    return with_parts(train_x=data.train_x[:, 0], test_x=data.test_x[:, 0])


@wrong
def load_mnist():                        # no test images
    return with_parts(test_x=None)


@wrong
def load_mnist():                        # grey values up to 255
    data = load("mnist")
    return with_parts(train_x=255 * data.train_x, test_x=255 * data.test_x)


@wrong
def load_mnist():                        # rows and columns exchanged
    data = load("mnist")
    return with_parts(train_x=data.train_x.mT, test_x=data.test_x.mT)


@wrong
def load_mnist():                        # test images in another order than their labels
    return with_parts(test_x=load("mnist").test_x.flip(0))
