"""The screens: their texts, their pages, and a real browser in front of them."""
