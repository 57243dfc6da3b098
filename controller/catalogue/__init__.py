"""Reading other systems' catalogues; never writing them."""
