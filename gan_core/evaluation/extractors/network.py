"""The small convolutional classifier whose last hidden layer gives the features."""

import itertools

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

WIDTH = 128
"""Features of a picture: the channels of the last convolution, averaged over the picture."""

SMALLEST = 7
"""Pixels; pictures are halved until less than twice this is left."""


class Classifier(nn.Module):
    """Pictures (N, C, H, H) in [-1, 1] to (features (N, 128), logits (N, classes)).

    A small VGG (Simonyan and Zisserman, 2014): 3×3 convolutions with batch norm, 2×2 max pooling between them. The
    first convolution halves as well: work at full resolution costs the most and brings little. `size` (H) decides how
    often it halves: twice at 28 pixels, three times at 64.
    """

    def __init__(self, channels: int, size: int, classes: int) -> None:
        super().__init__()
        halvings = 0
        while size >> (halvings + 1) >= SMALLEST:
            halvings += 1
        widths = [max(WIDTH >> (halvings - stage), 16) for stage in range(halvings + 1)]
        layers = [*_convolution(channels, widths[0], 4, 2), *_convolution(widths[0], widths[1])]
        for before, after in itertools.pairwise(widths[1:]):
            layers += [nn.MaxPool2d(2), *_convolution(before, after), *_convolution(after, after)]
        self.body = nn.Sequential(*layers)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        features = self.body(pictures).mean(dim=(2, 3))
        return features, self.head(self.dropout(features))


def uninitialised(channels: int, size: int, classes: int) -> Classifier:
    """A Classifier whose weights are about to be replaced; it advances no random number generator."""
    with torch.random.fork_rng(devices=[]):
        return Classifier(channels, size, classes)


def fold_batch_norm(network: Classifier) -> Classifier:
    """The same function in evaluation mode with each batch norm folded into its convolution: a third faster."""
    network.eval()
    with torch.no_grad():
        for index, layer in enumerate(network.body):
            if isinstance(layer, nn.BatchNorm2d):
                convolution = network.body[index - 1]
                assert isinstance(convolution, nn.Conv2d)
                network.body[index - 1] = fuse_conv_bn_eval(convolution, layer)
                network.body[index] = nn.Identity()
    return network.requires_grad_(False)


def _convolution(before: int, after: int, kernel: int = 3, stride: int = 1) -> list[nn.Module]:
    convolution = nn.Conv2d(before, after, kernel, stride, padding=1, bias=False)
    return [convolution, nn.BatchNorm2d(after), nn.ReLU(inplace=True)]
