/* layers.c - the table of the rows that layer.h speaks of: a file with a new one adds its line. */
#include "nn/layer.h"

#include <string.h>

/* Lists of rows that end with one without a name. */
#define EVERY_LIST(X)                                                                                                  \
    X(mlp_activation_layers)                                                                                           \
    X(mlp_cross_entropy_layers)                                                                                        \
    X(mlp_dropout_layers)                                                                                              \
    X(mlp_glu_layers)                                                                                                  \
    X(mlp_pointwise_loss_layers)                                                                                       \
    X(mlp_pool_layers)                                                                                                 \
    X(mlp_softmax_layers)

#define DECLARE(list) extern const mlp_layer list[];
EVERY_LIST(DECLARE)

#define ADDRESS(list) list,
static const mlp_layer *const lists[] = { EVERY_LIST(ADDRESS) };

const mlp_layer *mlp_layer_at(int i)
{
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
        for (const mlp_layer *row = lists[k]; row->about.name; row++)
            if (i-- == 0) return row;
    return NULL;
}

const mlp_layer *mlp_layer_named(const char *name)
{
    const mlp_layer *row;
    for (int i = 0; (row = mlp_layer_at(i)); i++)
        if (strcmp(row->about.name, name) == 0 || strcmp(row->function, name) == 0) return row;
    return NULL;
}

mlp_status mlp_layer_complete(const mlp_layer *layer, const char *who, mlp_value *values, mlp_error *err)
{
    mlp_status st = mlp_description_complete(&layer->about, who, values, values, err);
    if (!st && layer->derive) layer->derive(values);
    return st;
}

mlp_status mlp_layer_run(mlp_tensor **out, const mlp_layer *layer, const char *who, mlp_layer_call *call,
                         mlp_error *err)
{
    mlp_status st = mlp_layer_complete(layer, who, call->values, err);
    return st ? st : layer->apply(out, layer, call, err);
}
