/* reduction.h - what a loss makes of its rows or elements. */
#ifndef MLP_REDUCTION_H
#define MLP_REDUCTION_H

#include "base/param.h"

typedef enum mlp_reduction { MLP_MEAN_OF_ROWS, MLP_SUM_OF_ROWS, MLP_EACH_ROW } mlp_reduction;

extern const char *const mlp_reduction_names[]; /* mean, sum, none */

/* For a loss's list of parameters. */
#define MLP_PARAM_REDUCTION                                                                                            \
    {                                                                                                                  \
        .name = "reduction", .doc = "of the losses to one number, or none", .kind = MLP_PARAM_CHOICE,                  \
        .choices = mlp_reduction_names, .fallback = MLP_VALUE(MLP_MEAN_OF_ROWS)                                        \
    }
#define MLP_PARAM_ELEMENT_WEIGHT                                                                                       \
    {                                                                                                                  \
        .name = "weight", .doc = "of each element's loss, broadcasts to the input", .kind = MLP_PARAM_TENSOR           \
    }

#endif
