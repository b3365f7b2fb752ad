"""The group `network`: the shapes of generator and discriminator."""

from typing import Literal

from pydantic import Field

from gan_core.config._group import Group


class NetworkConfig(Group):
    """The shapes of generator and discriminator. A variant names the fields it reads (`Variant.network_fields`)."""

    z_dim: int = Field(
        default=100, ge=1, le=1024, title="z_dim", description="Numbers in a latent vector, the input of the generator."
    )
    z_distribution: Literal["normal", "uniform"] = Field(
        default="normal",
        title="Distribution of z",
        description="Where latent vectors come from: the normal distribution N(0, 1), or evenly from −1 to 1.",
    )
    width: int = Field(
        default=64,
        ge=4,
        le=256,
        title="Width",
        description="Channels of the layer next to the picture; deeper layers double it. Wider is slower.",
    )
    stem_width: int | None = Field(
        default=None,
        ge=4,
        le=2048,
        title="Width of G’s stem",
        description="Channels of G's first, smallest picture. Empty: as the width says, doubled in each stage.",
    )
    patch: Literal[1, 2, 4] = Field(
        default=1,
        title="Patch (pixels)",
        description="G draws and D reads patches of so many pixels across as one position with more channels, "
        "which saves the slow layers at full size. 1: pixel by pixel; try 2 on a processor.",
    )
    upsample: Literal["transposed", "nearest", "bilinear", "subpixel"] = Field(
        default="transposed",
        title="Up-sampling in G",
        description="How a picture doubles: a transposed convolution, nearest or bilinear enlargement before a "
        "convolution, or a convolution whose channels become pixels (sub-pixel).",
    )
    norm_g: Literal["batch", "instance", "none"] = Field(
        default="batch",
        title="Norm in G",
        description="What keeps G’s features in range: norm over the batch, within each picture, or nothing.",
    )
    norm_d: Literal["batch", "instance", "none", "spectral"] = Field(
        default="batch",
        title="Norm in D",
        description="The same for the discriminator; spectral divides each layer's weights by their largest stretch.",
    )
    residual: Literal["none", "generator", "both"] = Field(
        default="none",
        title="Residual blocks",
        description="Blocks with a shortcut around two convolutions, in place of single convolutions.",
    )
    stem: Literal["conv", "dense"] = Field(
        default="conv",
        title="Stem",
        description="How G begins and D ends: conv makes both fully convolutional, dense uses a dense layer.",
    )
    hidden: int = Field(
        default=0,
        ge=0,
        le=4096,
        title="Dense layer in D",
        description="Units of a dense layer before D's score, which sees the picture as a whole. 0: none; try 128.",
    )
    slope_g: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        title="LeakyReLU slope in G (0: ReLU)",
        description="What is left of negative features in the generator; at 0 the activation is ReLU.",
    )
    slope_d: float = Field(
        default=0.2,
        ge=0,
        lt=1,
        title="LeakyReLU slope in D (0: ReLU)",
        description="What is left of negative features in the discriminator; at 0 the activation is ReLU.",
    )
    dropout: float = Field(
        default=0.0,
        ge=0,
        le=0.9,
        title="Dropout in D",
        description="Share of the discriminator's features silenced at random, which slows it down.",
    )
    init: Literal["normal", "he"] = Field(
        default="normal",
        title="Initial weights",
        description="How convolutions start: normal is N(0, 0.02) as in DCGAN; he goes by how many inputs a layer has.",
    )
    conditional: bool = Field(
        default=False,
        title="Conditional",
        description="Both networks are told the class, so that you choose what is drawn.",
    )
