-- nn.functional: the functions behind the layers, with PyTorch's names and defaults.
return require("mlprun.nn.layers").functions
