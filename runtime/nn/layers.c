/* layers.c - the table of the rows that layer.h speaks of: a file with a new one adds its line. */
#include "nn/layer.h"

#include <string.h>

/* Lists of rows that end with one without a name. */
#define EVERY_LIST(X)                                                                                                  \
    X(mlp_activation_layers)                                                                                           \
    X(mlp_batch_norm_layers)                                                                                           \
    X(mlp_conv2d_layers)                                                                                               \
    X(mlp_conv_transpose2d_layers)                                                                                     \
    X(mlp_cross_entropy_layers)                                                                                        \
    X(mlp_dropout_layers)                                                                                              \
    X(mlp_embedding_layers)                                                                                            \
    X(mlp_glu_layers)                                                                                                  \
    X(mlp_group_norm_layers)                                                                                           \
    X(mlp_layer_norm_layers)                                                                                           \
    X(mlp_linear_layers)                                                                                               \
    X(mlp_margin_loss_layers)                                                                                          \
    X(mlp_pad_layers)                                                                                                  \
    X(mlp_pointwise_loss_layers)                                                                                       \
    X(mlp_pool_layers)                                                                                                 \
    X(mlp_prelu_layers)                                                                                                \
    X(mlp_resample_layers)                                                                                             \
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

const mlp_description *mlp_layer_constructor(const mlp_layer *layer)
{
    return layer->constructor ? layer->constructor : &layer->about;
}

static mlp_status complete(const mlp_layer *layer, const mlp_description *d, const char *who, mlp_value *values,
                           mlp_error *err)
{
    mlp_status st = mlp_description_complete(d, who, values, values, err);
    if (!st && layer->derive && d == &layer->about) layer->derive(values);
    return st;
}

mlp_status mlp_layer_complete(const mlp_layer *layer, const char *who, mlp_value *values, mlp_error *err)
{
    return complete(layer, mlp_layer_constructor(layer), who, values, err);
}

static mlp_status check_weights(const mlp_layer *layer, const char *who, const mlp_layer_call *call, mlp_error *err)
{
    for (int i = 0, k = 0; i < layer->about.param_count; i++) {
        const mlp_param *param = &layer->about.params[i];
        if (param->kind != MLP_PARAM_TENSOR) continue;
        if (!call->weight[k++] && param->required && !param->or_nil)
            return mlp_fail(err, MLP_EINVAL, "%s: %s is missing (%s)", who, param->name, param->doc);
    }
    return MLP_OK;
}

mlp_status mlp_layer_run(mlp_tensor **out, const mlp_layer *layer, const char *who, mlp_layer_call *call,
                         mlp_error *err)
{
    mlp_status st = complete(layer, &layer->about, who, call->values, err);
    if (!st) st = check_weights(layer, who, call, err);
    return st ? st : layer->apply(out, layer, call, err);
}
