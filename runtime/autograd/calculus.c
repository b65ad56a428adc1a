/* calculus.c - the list of the recorded operations that gradients are made of. */
#include "autograd/calculus_private.h"
#include "autograd/formula.h"

const mlp_calculus mlp_recorded = {
    .unary = mlp_op_unary,
    .binary = mlp_op_binary,
    .binary_number = mlp_op_binary_number,
    .clamp = mlp_op_clamp,
    .where = mlp_op_where,
    .reduce = mlp_op_reduce,
    .cumsum = mlp_op_cumsum,
    .matmul = mlp_op_matmul,
    .clone = mlp_op_clone,
    .cast = mlp_op_cast,
    .contiguous = mlp_op_contiguous,
    .permute = mlp_op_permute,
    .transpose = mlp_op_transpose,
    .narrow = mlp_op_narrow,
    .select = mlp_op_select,
    .expand = mlp_op_expand,
    .squeeze = mlp_op_squeeze,
    .unsqueeze = mlp_op_unsqueeze,
    .reshape = mlp_op_reshape,
    .pad = mlp_op_pad,
    .index_add = mlp_op_index_add,
    .scatter_add = mlp_op_scatter_add,
    .index_select = mlp_op_index_select,
    .gather = mlp_op_gather,
};

mlp_formula mlp_formula_begin(mlp_error *err)
{
    return (mlp_formula){ .ops = &mlp_recorded, .err = err };
}
