"""Labelled images, and how they become input of a network."""
