"""Pictures to learn from: photographs, handwritten digits, satellite tiles, recorded computations.

All of it comes with the course or inside installed packages, but for EuroSAT: that is read from a folder or, where
`download=True` asks for it, from its official archive. Nothing else in `cnnlib` uses the network.
"""

from .eurosat import eurosat
from .landsat import landsat
from .pictures import digits, package_folder, photo, photos
from .recordings import recorded
from .satellite import SATELLITE, satellite
from .tiles import Tiles

__all__ = [
    "SATELLITE",
    "Tiles",
    "digits",
    "eurosat",
    "landsat",
    "package_folder",
    "photo",
    "photos",
    "recorded",
    "satellite",
]
