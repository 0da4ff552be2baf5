"""The tools a model can call, each one module, and the registry that names them."""
