"""Networks put together at random from every kind of layer and block: what tests send numbers through."""
import numpy as np

from cnnlesson import nn

PIECES = ("row", "Residual", "Concat", "Fire", "Subsample2d", "TableConv2d", "LocalResponseNorm", "Dropout")



def some_table(rng, channels):
    """Which of the channels each of some maps sees: at least one."""
    table = rng.integers(0, 2, (channels, int(rng.integers(1, 5))))
    table[rng.integers(channels)] = 1
    return table


def activation(rng):
    return rng.choice([nn.ReLU, nn.LeakyReLU, nn.Sigmoid, nn.Tanh, nn.ScaledTanh])()


def row(rng, channels):
    """Convolution, perhaps batch norm, activation, pooling."""
    out, kernel = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    return [nn.Conv2d(channels, out, kernel, int(rng.integers(1, 3)), kernel // 2, rng=rng),
            *([nn.BatchNorm2d(out)] if rng.integers(2) else []), activation(rng),
            rng.choice([nn.MaxPool2d, nn.AvgPool2d])(2, stride=int(rng.integers(1, 3)))]


def residual(rng, channels):
    """With identity, or a convolution with stride, beside the body."""
    keep = bool(rng.integers(2))
    out, stride = (channels, 1) if keep else (int(rng.integers(1, 5)), 2)
    body = nn.Sequential(conv1=nn.Conv2d(channels, 3, 1, rng=rng), bn1=nn.BatchNorm2d(3), relu=activation(rng),
                         conv2=nn.Conv2d(3, out, 3, stride, 1, rng=rng))
    shortcut = None if keep else nn.Sequential(nn.Conv2d(channels, out, 1, stride, rng=rng), nn.BatchNorm2d(out))
    return nn.Residual(body, shortcut, activation(rng) if rng.integers(2) else None)


def piece(kind, rng, channels):
    """Some layers that take maps of so many channels."""
    match kind:
        case "row":
            layers = row(rng, channels)
            return [nn.Sequential(*layers)] if rng.integers(2) else layers
        case "Residual":
            return [residual(rng, channels)]
        case "Concat":
            pooled = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(channels, 2, 1, rng=rng))
            branches = [nn.Conv2d(channels, 2, 3, padding=1, rng=rng), pooled, nn.AvgPool2d(3, 1, 1)]
            return [nn.Concat(*(branches[i] for i in rng.permutation(3)[:rng.integers(1, 4)]))]
        case "Fire":
            return [nn.Fire(channels, 2, 2, rng=rng)]
        case "Subsample2d":
            return [nn.Subsample2d(channels, 2, rng=rng), activation(rng)]
        case "TableConv2d":
            return [nn.TableConv2d(some_table(rng, channels), 2, rng=rng), activation(rng)]
        case "LocalResponseNorm":
            return [nn.LocalResponseNorm(int(rng.integers(1, 4)), alpha=0.5)]
        case "Dropout":
            return [nn.Dropout(0.3, rng=int(rng.integers(9)))]


def random_network(seed):
    """A network of one to three pieces and a classifier, its input (float64), all chosen by the seed."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0.3, 1, (rng.integers(2, 4), rng.integers(1, 4), *rng.integers(12, 15, 2)))
    numbers = (0.3, 0.7) if rng.integers(2) else (rng.normal(size=x.shape[1]), rng.uniform(0.5, 1, x.shape[1]))
    layers = [nn.Normalize(*numbers)] if rng.integers(2) else []
    for _ in range(rng.integers(1, 4)):
        out = nn.Sequential(*layers)(x) if layers else x
        kind = rng.choice(PIECES) if min(out.shape[2:]) > 3 else "Fire"
        layers += piece(kind, rng, out.shape[1])
    layers += [nn.GlobalAvgPool2d()] * int(rng.integers(2)) + [nn.Flatten()]
    layers += [nn.Linear(nn.Sequential(*layers)(x).shape[1], 5, rng=rng), activation(rng)]
    layers += [nn.Linear(5, 3, rng=rng) if rng.integers(2) else nn.RBF(rng.choice([-1, 1], (3, 5)), 0.5)]
    model = nn.Sequential(*layers)
    for p in model.parameters():
        p.data = p.data + rng.normal(0, 0.1, p.data.shape)      # float64, and no bias is 0
    return model, x


def every_layer(model):
    """The model and all that is in it."""
    return [model, *(inner for part in getattr(model, "parts", {}).values() for inner in every_layer(part))]
