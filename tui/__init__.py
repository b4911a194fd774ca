"""The terminal screens (Textual): a view on the journal and the served model, nothing more."""
