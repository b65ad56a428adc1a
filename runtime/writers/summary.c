/* summary.c - scalars, texts, pictures and hyperparameters as events. */
#include "image/image.h"
#include "writers/record_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DT_STRING = 7 };

mlp_status mlp_event_scalar(mlp_event_writer *w, mlp_event_at at, double number, mlp_error *err)
{
    Mlp__Value value = MLP__VALUE__INIT;
    value.content_case = MLP__VALUE__CONTENT_SIMPLE_VALUE;
    value.simple_value = (float)number;
    return mlp_event_put_value(w, at, &value, err);
}

mlp_status mlp_event_image(mlp_event_writer *w, mlp_event_at at, const mlp_image *image, int quality, mlp_error *err)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    mlp_status st = quality ? mlp_image_encode_jpeg(&bytes, &length, image, quality, err)
                            : mlp_image_encode_png(&bytes, &length, image, err);
    if (st) return st;
    Mlp__Image picture = MLP__IMAGE__INIT;
    Mlp__Value value = MLP__VALUE__INIT;
    picture.height = image->height;
    picture.width = image->width;
    picture.colorspace = image->channels;
    picture.encoded = (ProtobufCBinaryData){ length, bytes };
    value.content_case = MLP__VALUE__CONTENT_IMAGE;
    value.image = &picture;
    st = mlp_event_put_value(w, at, &value, err);
    free(bytes);
    return st;
}

/* tag/text_summary, as the text plugin expects it: a list of one text */
mlp_status mlp_event_text(mlp_event_writer *w, mlp_event_at at, const char *text, size_t length, mlp_error *err)
{
    static const char ending[] = "/text_summary";
    char *mended = NULL, *tag = NULL;
    if (!at.tag[0]) return mlp_fail(err, MLP_EINVAL, "the tag is empty, expected a name such as 'notes'");
    mlp_status st = mlp_utf8_mend(&mended, text, length, err);
    size_t tag_size = strlen(at.tag) + sizeof ending;
    if (!st && !(tag = malloc(tag_size)))
        st = mlp_fail(err, MLP_ENOMEM, "out of memory: cannot write a text of %zu bytes", length);
    if (mended && tag) {
        Mlp__Dim dim = MLP__DIM__INIT, *dims = &dim;
        Mlp__Shape shape = MLP__SHAPE__INIT;
        Mlp__Tensor tensor = MLP__TENSOR__INIT;
        Mlp__PluginData plugin = MLP__PLUGIN_DATA__INIT;
        Mlp__Metadata metadata = MLP__METADATA__INIT;
        Mlp__Value value = MLP__VALUE__INIT;
        ProtobufCBinaryData bytes = { strlen(mended), (uint8_t *)mended };
        snprintf(tag, tag_size, "%s%s", at.tag, ending);
        at.tag = tag;
        dim.size = 1;
        shape.n_dim = 1;
        shape.dim = &dims;
        tensor.dtype = DT_STRING;
        tensor.shape = &shape;
        tensor.n_string_val = 1;
        tensor.string_val = &bytes;
        plugin.plugin_name = "text";
        metadata.plugin_data = &plugin;
        value.content_case = MLP__VALUE__CONTENT_TENSOR;
        value.tensor = &tensor;
        value.metadata = &metadata;
        st = mlp_event_put_value(w, at, &value, err);
    }
    free(mended);
    free(tag);
    return st;
}
