"""The models and experiments, their options and cards."""
