/* onnx.h - a graph as an ONNX file, which other runtimes compute: onnxruntime, browsers, phones.
 *
 * A model is put together piece by piece: inputs and outputs, constant tensors, nodes in the order in which they are
 * computed. Names join them. What the operators mean is ONNX's; nothing here checks that a graph makes sense. Texts
 * that are not UTF-8 are mended with U+FFFD. */
#ifndef MLP_ONNX_H
#define MLP_ONNX_H

#include "base/base.h"
#include "tensor/tensor.h"

/* What files are written for: any runtime since early 2023 reads them. */
enum { MLP_ONNX_OPSET = 18, MLP_ONNX_IR_VERSION = 8 };

typedef struct mlp_onnx mlp_onnx;

mlp_status mlp_onnx_new(mlp_onnx **out, const char *graph_name, const char *producer_version, mlp_error *err);
void mlp_onnx_release(mlp_onnx *model);

/* One size of an input or output. */
typedef struct mlp_onnx_size {
    int64_t size;
    const char *name; /* of a size that is open, such as "batch"; NULL: it is `size` */
} mlp_onnx_size;

mlp_status mlp_onnx_input(mlp_onnx *model, const char *name, mlp_dtype dtype, int ndim, const mlp_onnx_size *sizes,
                          mlp_error *err);
mlp_status mlp_onnx_output(mlp_onnx *model, const char *name, mlp_dtype dtype, int ndim, const mlp_onnx_size *sizes,
                           mlp_error *err);

/* A constant; retains t. */
mlp_status mlp_onnx_constant(mlp_onnx *model, const char *name, mlp_tensor *t, mlp_error *err);

/* op: an operator of ONNX. An empty input is one that is left out. */
mlp_status mlp_onnx_node(mlp_onnx *model, const char *op, size_t inputs, const char *const *input, size_t outputs,
                         const char *const *output, mlp_error *err);

/* An attribute of the node that was added last. */
mlp_status mlp_onnx_wholes(mlp_onnx *model, const char *name, size_t n, const int64_t *values, mlp_error *err);
mlp_status mlp_onnx_whole(mlp_onnx *model, const char *name, int64_t value, mlp_error *err);
mlp_status mlp_onnx_real(mlp_onnx *model, const char *name, double value, mlp_error *err);
mlp_status mlp_onnx_text(mlp_onnx *model, const char *name, const char *value, mlp_error *err);

/* Metadata of the model. */
mlp_status mlp_onnx_property(mlp_onnx *model, const char *key, const char *value, mlp_error *err);

/* Writes the file: the old or the new one, never a part. Messages end at 2 GiB: a larger model is an MLP_EINVAL. */
mlp_status mlp_onnx_save(const char *path, const mlp_onnx *model, mlp_error *err);

#endif
