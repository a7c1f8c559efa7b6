"""The layers of MTAN's attention modules. Imports torch."""

from torch import Tensor, nn


class Attention(nn.Module):
    """A task's soft mask: two 1 x 1 convolutions that say, from 0 to 1, what of a shared map passes."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        inner = max(8, outputs // 4)
        self.mask = nn.Sequential(
            nn.Conv2d(inputs, inner, 1, bias=False),
            nn.BatchNorm2d(inner),
            nn.ReLU(inplace=True),
            nn.Conv2d(inner, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.Sigmoid(),
        )

    def forward(self, read: Tensor, maps: Tensor) -> Tensor:
        """What the mask ``read``s [B, ``inputs``, H, W], and the shared maps -> what passes [B, ``outputs``, H, W]."""
        return self.mask(read) * maps


def passing_layers(inputs: int, outputs: int, size: tuple[int, int], next_size: tuple[int, int]) -> nn.Sequential:
    """Attended maps [B, ``inputs``, *size] -> what the next attention module reads [B, ``outputs``, *next_size]."""
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    ]
    if size != next_size:
        halved = tuple(side // 2 for side in size)
        layers.append(nn.MaxPool2d(2) if halved == next_size else nn.AdaptiveMaxPool2d(next_size))
    return nn.Sequential(*layers)
