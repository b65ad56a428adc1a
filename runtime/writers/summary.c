/* summary.c - scalars, texts, pictures and hyperparameters as events. */
#include "image/image.h"
#include "writers/record_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DT_STRING = 7, STATUS_SUCCESS = 1 };

mlp_status mlp_event_scalar(mlp_event_writer *w, mlp_event_at at, double number, mlp_error *err)
{
    Mlp__Value value = MLP__VALUE__INIT;
    value.content_case = MLP__VALUE__CONTENT_SIMPLE_VALUE;
    value.simple_value = (float)number;
    return mlp_event_put_value(w, at, &value, err);
}

mlp_status mlp_event_image(mlp_event_writer *w, mlp_event_at at, const mlp_image *image, mlp_error *err)
{
    uint8_t *png = NULL;
    size_t length = 0;
    mlp_status st = mlp_image_encode_png(&png, &length, image, err);
    if (st) return st;
    Mlp__Image picture = MLP__IMAGE__INIT;
    Mlp__Value value = MLP__VALUE__INIT;
    picture.height = image->height;
    picture.width = image->width;
    picture.colorspace = image->channels;
    picture.encoded = (ProtobufCBinaryData){ length, png };
    value.content_case = MLP__VALUE__CONTENT_IMAGE;
    value.image = &picture;
    st = mlp_event_put_value(w, at, &value, err);
    free(png);
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

/* ---- hyperparameters ---- */

static mlp_status put_hparams(mlp_event_writer *w, const char *tag, Mlp__HparamsPluginData *data, double wall_time,
                              mlp_error *err)
{
    size_t length = mlp__hparams_plugin_data__get_packed_size(data);
    uint8_t *bytes = malloc(length + 1);
    if (!bytes) return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot write hyperparameters");
    mlp__hparams_plugin_data__pack(data, bytes);
    Mlp__PluginData plugin = MLP__PLUGIN_DATA__INIT;
    Mlp__Metadata metadata = MLP__METADATA__INIT;
    Mlp__Value value = MLP__VALUE__INIT;
    plugin.plugin_name = "hparams";
    plugin.content = (ProtobufCBinaryData){ length, bytes };
    metadata.plugin_data = &plugin;
    value.metadata = &metadata;
    mlp_status st = mlp_event_put_value(w, (mlp_event_at){ tag, 0, wall_time }, &value, err);
    free(bytes);
    return st;
}

typedef struct slot { /* one hyperparameter as a message */
    Mlp__HparamValue value;
    Mlp__HparamEntry entry;
    char *key, *text;
} slot;

static mlp_status fill(slot *s, const mlp_hparam *h, mlp_error *err)
{
    mlp__hparam_value__init(&s->value);
    mlp__hparam_entry__init(&s->entry);
    mlp_status st = mlp_utf8_mend(&s->key, h->name, strlen(h->name), err);
    if (!st && h->kind == MLP_HPARAM_TEXT) st = mlp_utf8_mend(&s->text, h->text, strlen(h->text), err);
    if (st) return st;
    if (h->kind == MLP_HPARAM_TEXT) {
        s->value.kind_case = MLP__HPARAM_VALUE__KIND_TEXT;
        s->value.text = s->text;
    } else if (h->kind == MLP_HPARAM_BOOLEAN) {
        s->value.kind_case = MLP__HPARAM_VALUE__KIND_BOOLEAN;
        s->value.boolean = h->number != 0;
    } else {
        s->value.kind_case = MLP__HPARAM_VALUE__KIND_NUMBER;
        s->value.number = h->number;
    }
    s->entry.key = s->key;
    s->entry.value = &s->value;
    return MLP_OK;
}

static mlp_status put_session_end(mlp_event_writer *w, double wall_time, mlp_error *err)
{
    Mlp__SessionEnd end = MLP__SESSION_END__INIT;
    Mlp__HparamsPluginData data = MLP__HPARAMS_PLUGIN_DATA__INIT;
    end.status = STATUS_SUCCESS;
    data.data_case = MLP__HPARAMS_PLUGIN_DATA__DATA_SESSION_END;
    data.session_end = &end;
    return put_hparams(w, "_hparams_/session_end_info", &data, wall_time, err);
}

mlp_status mlp_event_hparams(mlp_event_writer *w, const mlp_hparam *hparams, size_t n, double wall_time, mlp_error *err)
{
    void *memory = NULL, *pointers = NULL;
    mlp_status st = mlp_alloc(&memory, n, sizeof(slot), err);
    if (!st) st = mlp_alloc(&pointers, n, sizeof(Mlp__HparamEntry *), err);
    slot *slots = memory;
    Mlp__HparamEntry **entries = pointers;
    for (size_t i = 0; !st && i < n; i++) {
        st = fill(&slots[i], &hparams[i], err);
        entries[i] = &slots[i].entry;
    }
    if (!st) {
        Mlp__SessionStart start = MLP__SESSION_START__INIT;
        Mlp__HparamsPluginData data = MLP__HPARAMS_PLUGIN_DATA__INIT;
        start.n_hparams = n;
        start.hparams = entries;
        data.data_case = MLP__HPARAMS_PLUGIN_DATA__DATA_SESSION_START;
        data.session_start = &start;
        st = put_hparams(w, "_hparams_/session_start_info", &data, wall_time, err);
    }
    if (!st) st = put_session_end(w, wall_time, err);
    for (size_t i = 0; slots && i < n; i++) {
        free(slots[i].key);
        free(slots[i].text);
    }
    free(slots);
    free(entries);
    return st;
}
