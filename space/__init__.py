"""The demo: one tab for each thing that the models can do."""
