"""The same work in PyTorch, as its users write it: eager, in its default memory order or in channels_last."""
import numpy as np
import torch
import torch.nn.functional as F

from tests.nn import twins

ORDERS = {"PyTorch": torch.contiguous_format, "channels_last": torch.channels_last}


def tensor(array, order=torch.contiguous_format, requires_grad=False):
    tensor = torch.tensor(np.ascontiguousarray(array)).contiguous(memory_format=order)
    return tensor.requires_grad_(requires_grad)


class Normalize(torch.nn.Module):
    """The first layer of our networks, which the twins in tests/nn leave out."""

    def __init__(self, layer):
        super().__init__()
        self.mean, self.std = (torch.tensor(values, dtype=torch.float32).reshape(-1, 1, 1)
                               for values in (layer.mean, layer.std))

    def forward(self, x):
        return (x - self.mean) / self.std


def twin(ours, theirs, order):
    """The network `theirs` with the weights of ours, taking the same images."""
    model = torch.nn.Sequential(Normalize(next(iter(ours))), twins.load(theirs, ours))
    return model.to(memory_format=order)


def trainer(ours, theirs, order, lr, momentum):
    """A function (images, labels) → loss that does one training step of the twin."""
    model = twin(ours, theirs, order)
    optimizer = torch.optim.SGD(model.parameters(), lr, momentum)

    def step(images, labels):
        images, labels = torch.as_tensor(images), torch.as_tensor(labels)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images.contiguous(memory_format=order)), labels)
        loss.backward()
        optimizer.step()
        return loss.item()
    return step


def predictor(ours, theirs, order, image):
    """A function that gives the twin's logits of one image."""
    model, image = twin(ours, theirs, order), tensor(image, order)

    def logits():
        with torch.inference_mode():
            return model(image).numpy()
    return logits
