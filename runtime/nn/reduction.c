/* reduction.c - what losses call the ways to make one number of many. */
#include "nn/reduction.h"

#include <stddef.h>

const char *const mlp_reduction_names[] = { "mean", "sum", "none", NULL }; /* as mlp_reduction */
