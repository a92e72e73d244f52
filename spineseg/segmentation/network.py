"""Image -> class logits: MONAI's UNet, whose finest features are at half resolution, with a refinement at full one.

The UNet does the work at an eighth of the voxels; a thin full-resolution path then draws the outlines, since cord,
epidural space and laminae are only two or three voxels wide. Cost against scores: docs/model.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from monai.networks.nets.unet import UNet

# Slope of the rectifier below 0, as in nnU-Net (Isensee et al. 2021, doi:10.1038/s41592-020-01008-z).
_LEAK = 0.01


class RefinedUNet(torch.nn.Module):
    """UNet whose logits are corrected at full resolution by what the image shows there.

    The correction starts at zero: an untrained refinement of a trained UNet answers as that UNet does.

    Parameters
    ----------
    channels, strides, num_res_units
        Of MONAI's `UNet`, from the finest to the coarsest.
    features
        Channels of the correction at full resolution.
    edges
        Channels drawn from the image at full resolution.
    """

    def __init__(
        self,
        *,
        in_channels: int,
        out_channels: int,
        channels: Sequence[int] = (32, 48, 96, 160, 256),
        strides: Sequence[int] = (2, 2, 2, 2),
        num_res_units: int = 0,
        features: int = 16,
        edges: int = 4,
    ) -> None:
        super().__init__()
        self.core = UNet(
            spatial_dims=3,
            in_channels=in_channels,
            out_channels=out_channels,
            channels=channels,
            strides=strides,
            num_res_units=num_res_units,
        )
        self.edges = torch.nn.Sequential(
            torch.nn.Conv3d(in_channels, edges, kernel_size=3, padding=1),
            torch.nn.LeakyReLU(_LEAK, inplace=True),
        )
        self.refine = torch.nn.Sequential(
            torch.nn.Conv3d(out_channels + edges, features, kernel_size=3, padding=1),
            torch.nn.InstanceNorm3d(features, affine=True),
            torch.nn.LeakyReLU(_LEAK, inplace=True),
        )
        self.correct = torch.nn.Conv3d(features, out_channels, kernel_size=1)
        torch.nn.init.zeros_(self.correct.weight)
        torch.nn.init.zeros_(self.correct.bias)  # type: ignore[arg-type]  # it has one: bias is the default

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Logits of each class.

        Parameters
        ----------
        image : (N, in_channels, X, Y, Z)
            X, Y, Z divisible by the product of the strides.

        Returns
        -------
        (N, out_channels, X, Y, Z)
        """
        logits: torch.Tensor = self.core(image)
        joined = torch.cat([logits, self.edges(image)], dim=1)
        corrected: torch.Tensor = logits + self.correct(self.refine(joined))
        return corrected
