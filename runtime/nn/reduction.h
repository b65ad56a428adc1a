/* reduction.h - what a loss makes of its rows or elements. */
#ifndef MLP_REDUCTION_H
#define MLP_REDUCTION_H

#include "autograd/autograd.h"

typedef enum mlp_reduction { MLP_MEAN_OF_ROWS, MLP_SUM_OF_ROWS, MLP_EACH_ROW } mlp_reduction;

#endif
