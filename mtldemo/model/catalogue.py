"""Which backbones there are, for pages and the command line. Imports no torch; ``backbones`` builds them."""

from dataclasses import dataclass

from mtldemo.errors import MtlDemoError


@dataclass(frozen=True)
class Backbone:
    """One shared network.

    ``parameters`` is in millions, without the ImageNet classifier; ``features`` is the width F of the pooled features.
    ``smallest`` is the smallest image side in pixels that it takes. ``weights_file`` is the file name of torchvision's
    ImageNet weights, empty where there are none. ``small_images`` says that its stem is made for small images.
    ``stages`` names its parts from the images to the last map, after each of which a network may be split; see
    ``trunk``.
    """

    name: str
    title: str
    parameters: float
    features: int
    weights_file: str
    note: str
    stages: tuple[str, ...]
    smallest: int = 16
    small_images: bool = False


RESNET = ("stem", "layer1", "layer2", "layer3", "layer4")

BACKBONES: tuple[Backbone, ...] = (
    Backbone(
        "resnet18_small",
        "ResNet-18 for small images",
        2.8,
        256,
        "",
        "Half width and a stem that shrinks the image twice only; the fastest good choice at 32 to 96 px.",
        small_images=True,
        stages=("stem", "stage1", "stage2", "stage3", "stage4"),
    ),
    Backbone("resnet18", "ResNet-18", 11.2, 512, "resnet18-f37072fd.pth", "The usual reference.", RESNET),
    Backbone("resnet34", "ResNet-34", 21.3, 512, "resnet34-b627a593.pth", "ResNet-18, twice as deep.", RESNET),
    Backbone("resnet50", "ResNet-50", 23.5, 2048, "resnet50-11ad3fa6.pth", "Deep and wide; wants a GPU.", RESNET),
    Backbone(
        "mobilenet_v3_small",
        "MobileNet V3 small",
        0.9,
        576,
        "mobilenet_v3_small-047dcff4.pth",
        "Made for phones; its depthwise layers gain little from bf16.",
        stages=("stem", "stage1", "stage2", "stage3", "stage4", "last"),
    ),
    Backbone(
        "mobilenet_v3_large",
        "MobileNet V3 large",
        3.0,
        960,
        "mobilenet_v3_large-5c1a4163.pth",
        "The larger phone network; its depthwise layers gain little from bf16.",
        stages=("stem", "stage1", "stage2", "stage3", "stage4", "stage5", "last"),
    ),
    Backbone(
        "efficientnet_b0",
        "EfficientNet B0",
        4.0,
        1280,
        "efficientnet_b0_rwightman-7f5810bc.pth",
        "Few operations, many small layers; slower on a CPU than its size suggests.",
        stages=("stem", *(f"stage{number}" for number in range(1, 8)), "last"),
    ),
    Backbone(
        "regnet_y_400mf",
        "RegNet Y 400MF",
        3.9,
        440,
        "regnet_y_400mf-e6988f5f.pth",
        "Grouped convolutions, small.",
        stages=("stem", "block1", "block2", "block3", "block4"),
    ),
    Backbone(
        "shufflenet_v2_x1_0",
        "ShuffleNet V2",
        1.3,
        1024,
        "shufflenetv2_x1-5666bf0f80.pth",
        "Small and light on memory.",
        stages=("stem", "stage2", "stage3", "stage4", "conv5"),
    ),
    Backbone(
        "squeezenet1_1",
        "SqueezeNet 1.1",
        0.7,
        512,
        "squeezenet1_1-b8a52dc0.pth",
        "The smallest; without batch normalisation, so it likes a lower learning rate.",
        smallest=32,
        stages=("stem", *(f"fire{number}" for number in range(2, 10))),
    ),
    Backbone(
        "convnext_tiny",
        "ConvNeXt tiny",
        27.8,
        768,
        "convnext_tiny-983f1562.pth",
        "The most modern and the largest; shines with ImageNet weights on a GPU.",
        smallest=32,
        stages=("stem", "stage1", "stage2", "stage3", "stage4"),
    ),
)
"""Every backbone, in the order in which they are shown; the first is the default's."""


def backbone_named(name: str) -> Backbone:
    """The backbone called ``name``; raises ``MtlDemoError`` with the choices where there is none."""
    for backbone in BACKBONES:
        if backbone.name == name:
            return backbone
    raise MtlDemoError(f"There is no backbone {name!r}; choose from {', '.join(item.name for item in BACKBONES)}.")
