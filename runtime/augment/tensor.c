/* tensor.c - a sample as a tensor. */
#include "augment/augment.h"
#include "tensor/tensor.h"

mlp_status mlp_sample_tensor(mlp_tensor **out, const mlp_sample *sample, mlp_error *err)
{
    const mlp_image *image = sample->image;
    int64_t h = image->height, w = image->width, c = image->channels;
    const int64_t shapes[2][3] = { [MLP_HWC] = { h, w, c }, [MLP_CHW] = { c, h, w } };
    mlp_tensor *t = NULL;
    mlp_dtype type = sample->normalized ? MLP_F32 : MLP_U8;
    mlp_status st = mlp_tensor_new(&t, type, 3, shapes[sample->layout], err);
    if (st) return st;
    st = mlp_sample_write(sample, sample->normalized, sample->layout, mlp_tensor_data(t), err);
    if (st) mlp_tensor_release(t);
    else *out = t;
    return st;
}
