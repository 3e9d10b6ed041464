"""The faces that other libraries know."""
