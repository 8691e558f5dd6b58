"""The same networks in PyTorch, written as torchvision writes them and not from ours: an oracle.

Names in their `state_dict` are torchvision's (LeNet's: ours). They take images that are normalised already;
`normalised` does that. Import this module where the fixture `torch` was asked for.
"""
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch, the oracle of these tests, is not installed")
nn = torch.nn

MNIST = (0.1307,), (0.3081,)
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CAFFE = (122.679 / 255, 116.669 / 255, 104.006 / 255), (1 / 255,) * 3


def normalised(images, mean, std):
    """What a network's first layer does: an array of images in [0, 1] → a tensor."""
    shape = (1, -1, 1, 1)
    return torch.tensor((images - np.reshape(mean, shape)) / np.reshape(std, shape)).to(
        torch.float64 if images.dtype == np.float64 else torch.float32)


def load(theirs, ours):
    """Our weights into the twin; every name and shape must fit."""
    theirs.load_state_dict({name: torch.tensor(array) for name, array in ours.state().items()}, strict=True)
    return theirs.train(ours.training)


def mlp():
    return nn.Sequential(nn.Identity(), nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))


def lenet5():
    return nn.Sequential(
        nn.Identity(), nn.Conv2d(1, 6, 5, padding=2), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(6, 16, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


class LeNet5Original(nn.Module):
    """LeCun et al. 1998; which maps C3 sees is written out from the paper's table I, map by map."""
    SEES = ((0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5), (0, 1, 2, 3), (1, 2, 3, 4),
            (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5), (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),
            (0, 1, 2, 3, 4, 5))

    def __init__(self, codes, scale):
        super().__init__()
        self.c1, self.c5, self.f6 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(16, 120, 5), nn.Linear(120, 84)
        self.s2, self.s4, self.c3 = nn.ParameterDict(), nn.ParameterDict(), nn.ParameterDict()
        for layer, channels in ((self.s2, 6), (self.s4, 16)):
            layer.weight, layer.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.ones(channels))
        self.c3.weight, self.c3.bias = nn.Parameter(torch.ones(60, 5, 5)), nn.Parameter(torch.ones(16))
        self.codes, self.scale = torch.tensor(codes), scale

    def subsample(self, x, layer):
        return 4 * nn.functional.avg_pool2d(x, 2) * layer.weight[:, None, None] + layer.bias[:, None, None]

    def table(self, x):
        maps, kernels = [], iter(self.c3.weight)
        for seen, bias in zip(self.SEES, self.c3.bias, strict=True):
            weight = torch.stack([next(kernels) for _ in seen])[None]
            maps.append(nn.functional.conv2d(x[:, list(seen)], weight, bias[None]))
        return torch.cat(maps, 1)

    def forward(self, x):
        squash = lambda x: 1.7159 * torch.tanh(2 / 3 * x)       # noqa: E731
        x = squash(self.subsample(squash(self.c1(x)), self.s2))
        x = squash(self.subsample(squash(self.table(x)), self.s4))
        x = squash(self.f6(squash(self.c5(x)).flatten(1)))
        return -self.scale * torch.stack([((x - code) ** 2).sum(1) for code in self.codes.to(x)], 1)


class AlexNet(nn.Module):
    def __init__(self, classes=1000):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=11, stride=4, padding=2), nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(64, 192, kernel_size=5, padding=2), nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(192, 384, kernel_size=3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, kernel_size=3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, kernel_size=3, padding=1), nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2))
        self.avgpool = nn.AdaptiveAvgPool2d((6, 6))
        self.classifier = nn.Sequential(
            nn.Dropout(), nn.Linear(256 * 6 * 6, 4096), nn.ReLU(inplace=True),
            nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Linear(4096, classes))

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


class Fire(nn.Module):
    def __init__(self, inplanes, squeeze_planes, expand_planes):
        super().__init__()
        self.squeeze = nn.Conv2d(inplanes, squeeze_planes, kernel_size=1)
        self.expand1x1 = nn.Conv2d(squeeze_planes, expand_planes, kernel_size=1)
        self.expand3x3 = nn.Conv2d(squeeze_planes, expand_planes, kernel_size=3, padding=1)

    def forward(self, x):
        x = torch.relu(self.squeeze(x))
        return torch.cat([torch.relu(self.expand1x1(x)), torch.relu(self.expand3x3(x))], 1)


class SqueezeNet(nn.Module):
    """Version 1.1; pooling rounds down, as where the weights come from (torchvision's own rounds up)."""

    def __init__(self, classes=1000):
        super().__init__()
        pool = lambda: nn.MaxPool2d(kernel_size=3, stride=2)    # noqa: E731
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=3, stride=2), nn.ReLU(inplace=True), pool(),
            Fire(64, 16, 64), Fire(128, 16, 64), pool(), Fire(128, 32, 128), Fire(256, 32, 128), pool(),
            Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256))
        self.classifier = nn.Sequential(
            nn.Dropout(p=0.5), nn.Conv2d(512, classes, kernel_size=1), nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d((1, 1)))

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)


class BasicConv2d(nn.Module):
    def __init__(self, in_channels, out_channels, **settings):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, bias=False, **settings)
        self.bn = nn.BatchNorm2d(out_channels, eps=0.001)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))


class Inception(nn.Module):
    def __init__(self, in_channels, ch1x1, ch3x3red, ch3x3, ch5x5red, ch5x5, pool_proj):
        super().__init__()
        self.branch1 = BasicConv2d(in_channels, ch1x1, kernel_size=1)
        self.branch2 = nn.Sequential(BasicConv2d(in_channels, ch3x3red, kernel_size=1),
                                     BasicConv2d(ch3x3red, ch3x3, kernel_size=3, padding=1))
        self.branch3 = nn.Sequential(BasicConv2d(in_channels, ch5x5red, kernel_size=1),
                                     BasicConv2d(ch5x5red, ch5x5, kernel_size=3, padding=1))
        self.branch4 = nn.Sequential(nn.MaxPool2d(kernel_size=3, stride=1, padding=1, ceil_mode=True),
                                     BasicConv2d(in_channels, pool_proj, kernel_size=1))

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class GoogLeNet(nn.Module):
    def __init__(self, classes=1000):
        super().__init__()
        self.conv1 = BasicConv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.maxpool1 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.conv2 = BasicConv2d(64, 64, kernel_size=1)
        self.conv3 = BasicConv2d(64, 192, kernel_size=3, padding=1)
        self.maxpool2 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.inception3a = Inception(192, 64, 96, 128, 16, 32, 32)
        self.inception3b = Inception(256, 128, 128, 192, 32, 96, 64)
        self.maxpool3 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.inception4a = Inception(480, 192, 96, 208, 16, 48, 64)
        self.inception4b = Inception(512, 160, 112, 224, 24, 64, 64)
        self.inception4c = Inception(512, 128, 128, 256, 24, 64, 64)
        self.inception4d = Inception(512, 112, 144, 288, 32, 64, 64)
        self.inception4e = Inception(528, 256, 160, 320, 32, 128, 128)
        self.maxpool4 = nn.MaxPool2d(2, stride=2, ceil_mode=True)
        self.inception5a = Inception(832, 256, 160, 320, 32, 128, 128)
        self.inception5b = Inception(832, 384, 192, 384, 48, 128, 128)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(1024, classes)

    def forward(self, x):
        x = self.maxpool1(self.conv1(x))
        x = self.maxpool2(self.conv3(self.conv2(x)))
        x = self.maxpool3(self.inception3b(self.inception3a(x)))
        for block in (self.inception4a, self.inception4b, self.inception4c, self.inception4d, self.inception4e):
            x = block(x)
        x = self.inception5b(self.inception5a(self.maxpool4(x)))
        return self.fc(self.dropout(torch.flatten(self.avgpool(x), 1)))


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride, downsample, shortcuts):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample, self.shortcuts = downsample, shortcuts

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.shortcuts:
            out = out + (x if self.downsample is None else self.downsample(x))
        return torch.relu(out)


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride, downsample, shortcuts):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, planes * 4, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * 4)
        self.downsample, self.shortcuts = downsample, shortcuts

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        out = torch.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        if self.shortcuts:
            out = out + (x if self.downsample is None else self.downsample(x))
        return torch.relu(out)


class ResNet(nn.Module):
    """`planes`: channels of each stage; with `small`, the stem for small grey pictures."""

    def __init__(self, block, layers, classes=1000, *, planes=(64, 128, 256, 512), small=False, shortcuts=True):
        super().__init__()
        self.block, self.inplanes, self.shortcuts = block, planes[0], shortcuts
        kernel = dict(kernel_size=3, padding=1) if small else dict(kernel_size=7, stride=2, padding=3)
        self.conv1 = nn.Conv2d(1 if small else 3, planes[0], bias=False, **kernel)
        self.bn1 = nn.BatchNorm2d(planes[0])
        self.maxpool = nn.Identity() if small else nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        for i, (width, count) in enumerate(zip(planes, layers, strict=True)):
            setattr(self, f"layer{i + 1}", self._make_layer(width, count, 1 if i == 0 else 2))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(planes[-1] * block.expansion, classes)

    def _make_layer(self, planes, blocks, stride):
        downsample = None
        if self.shortcuts and (stride != 1 or self.inplanes != planes * self.block.expansion):
            downsample = nn.Sequential(
                nn.Conv2d(self.inplanes, planes * self.block.expansion, 1, stride=stride, bias=False),
                nn.BatchNorm2d(planes * self.block.expansion))
        layers = [self.block(self.inplanes, planes, stride, downsample, self.shortcuts)]
        self.inplanes = planes * self.block.expansion
        layers += [self.block(self.inplanes, planes, 1, None, self.shortcuts) for _ in range(1, blocks)]
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
        for i in range(1, 5):
            x = getattr(self, f"layer{i}", nn.Identity())(x)
        return self.fc(torch.flatten(self.avgpool(x), 1))


def resnet18(**settings):
    return ResNet(BasicBlock, (2, 2, 2, 2), **settings)


def resnet34(**settings):
    return ResNet(BasicBlock, (3, 4, 6, 3), **settings)


def resnet50(**settings):
    return ResNet(Bottleneck, (3, 4, 6, 3), **settings)


def resnet_small(depth, **settings):
    return ResNet(BasicBlock, ((depth - 2) // 6,) * 3, 10, planes=(16, 32, 64), small=True, **settings)
