"""A ResNet-18 of half the width for small images.

Its block is written out here: importing torchvision takes as long again as importing torch, and this backbone, the
default and that of the model that comes along, needs nothing else of it.
"""

from torch import Tensor, nn


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut: [B, ``inputs``, H, W] -> [B, ``outputs``, H / ``stride``, W / ``stride``].

    He et al., Deep Residual Learning for Image Recognition, CVPR 2016. Its parameters have the names and the order that
    they have in torchvision's block, so that weights and seeds mean the same.
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = shortcut

    def forward(self, images: Tensor) -> Tensor:
        """Maps [B, inputs, H, W] -> [B, outputs, H / stride, W / stride]."""
        passed = images if self.downsample is None else self.downsample(images)
        out = self.relu(self.bn1(self.conv1(images)))
        out = self.bn2(self.conv2(out))
        out += passed
        return self.relu(out)


class SmallResNet(nn.Module):
    """A ResNet-18 of half the width for small images: images [B, 3, S, S] -> features [B, 256].

    Its stem halves the side once (3x3, stride 2) and has no max-pool, so that a 64 px image keeps a last map of 4x4.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 32, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(True)
        )
        self.stages = nn.Sequential(_stage(32, 32, 1), _stage(32, 64, 2), _stage(64, 128, 2), _stage(128, 256, 2))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """Images [B, 3, S, S] -> features [B, 256]."""
        return self.stages(self.stem(images)).mean(dim=(2, 3))


def _stage(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    shortcut = None
    if stride != 1:
        shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs))
    return nn.Sequential(BasicBlock(inputs, outputs, stride, shortcut), BasicBlock(outputs, outputs))
