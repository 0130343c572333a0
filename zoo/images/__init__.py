"""Labelled images and their encoding as the input of a network."""
