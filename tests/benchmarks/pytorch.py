"""The same work in PyTorch, as its users write it: eager, in its default memory order or in channels_last."""
import numpy as np
import torch
import torch.nn.functional as F

from cnnlesson import nn

ORDERS = {"PyTorch": torch.contiguous_format, "channels_last": torch.channels_last}


def tensor(array, order=torch.contiguous_format, requires_grad=False):
    tensor = torch.tensor(np.ascontiguousarray(array)).contiguous(memory_format=order)
    return tensor.requires_grad_(requires_grad)


class Normalize(torch.nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.mean, self.std = mean, std

    def forward(self, x):
        return (x - self.mean) / self.std


def module(layer):
    """One of our layers in PyTorch."""
    match layer:
        case nn.Normalize():
            return Normalize(layer.mean, layer.std)
        case nn.Conv2d():
            filters, depth, *kernel = layer.weight.shape
            return torch.nn.Conv2d(depth, filters, kernel, padding=layer.settings["padding"])
        case nn.Linear():
            return torch.nn.Linear(*layer.weight.shape[::-1])
        case nn.MaxPool2d():
            return torch.nn.MaxPool2d(layer.settings["kernel_size"])
        case nn.ReLU() | nn.Flatten():
            return getattr(torch.nn, type(layer).__name__)()
    raise ValueError(f"layer must have a twin here, got {layer!r}")


def twin(model):
    """The same network in PyTorch, layer by layer, with the same weights."""
    modules = []
    for layer in model:
        modules.append(module(layer))
        with torch.no_grad():
            for mine, theirs in zip(layer.parameters(), modules[-1].parameters(), strict=True):
                theirs.copy_(torch.from_numpy(mine.data))
    return torch.nn.Sequential(*modules)


def trainer(model, order, lr, momentum):
    """A function (images, labels) → loss that does one training step of the model's twin."""
    other = twin(model).to(memory_format=order)
    optimizer = torch.optim.SGD(other.parameters(), lr, momentum)

    def step(images, labels):
        images, labels = torch.as_tensor(images), torch.as_tensor(labels)
        optimizer.zero_grad()
        loss = F.cross_entropy(other(images.contiguous(memory_format=order)), labels)
        loss.backward()
        optimizer.step()
        return loss.item()
    return step
