/* plugins.c - tensors for TensorBoard's plugins: as they are, precision against recall, charts of several curves. */
#include "base/arena.h"
#include "tensor/tensor.h"
#include "writers/record_private.h"

#include "runtime/writers/plugins.pb-c.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DT_STRING = 7 };

static const int types[] = { [MLP_BOOL] = 10, [MLP_U8] = 4,    [MLP_I32] = 3, [MLP_I64] = 9,
                             [MLP_F16] = 19,  [MLP_BF16] = 14, [MLP_F32] = 1, [MLP_F64] = 2 };

/* The value that a plugin finds: a tensor, and what belongs to it. */
static mlp_status put(mlp_event_writer *w, mlp_event_at at, const char *plugin_name, ProtobufCBinaryData content,
                      Mlp__Tensor *tensor, mlp_error *err)
{
    Mlp__PluginData plugin = MLP__PLUGIN_DATA__INIT;
    Mlp__Metadata metadata = MLP__METADATA__INIT;
    Mlp__Value value = MLP__VALUE__INIT;
    plugin.plugin_name = (char *)plugin_name;
    plugin.content = content;
    metadata.plugin_data = &plugin;
    value.metadata = &metadata;
    value.content_case = MLP__VALUE__CONTENT_TENSOR;
    value.tensor = tensor;
    return mlp_event_put_value(w, at, &value, err);
}

static mlp_status put_tensor(mlp_event_writer *w, mlp_event_at at, const char *plugin, ProtobufCBinaryData content,
                             mlp_tensor *t, mlp_error *err)
{
    mlp_tensor *flat = NULL;
    mlp_status st = mlp_tensor_contiguous(&flat, t, err);
    if (st) return st;
    Mlp__Tensor tensor = MLP__TENSOR__INIT;
    Mlp__Shape shape = MLP__SHAPE__INIT;
    Mlp__Dim dim[MLP_MAX_DIMS], *dims[MLP_MAX_DIMS];
    for (int d = 0; d < flat->ndim; d++) {
        mlp__dim__init(&dim[d]);
        dim[d].size = flat->shape[d];
        dims[d] = &dim[d];
    }
    shape.n_dim = (size_t)flat->ndim;
    shape.dim = dims;
    tensor.dtype = types[flat->dtype];
    tensor.shape = &shape;
    tensor.content.len = (size_t)mlp_tensor_numel(flat) * mlp_dtype_size(flat->dtype);
    tensor.content.data = mlp_tensor_data(flat);
    st = put(w, at, plugin, content, &tensor, err);
    mlp_tensor_release(flat);
    return st;
}

mlp_status mlp_event_tensor(mlp_event_writer *w, mlp_event_at at, mlp_tensor *t, mlp_error *err)
{
    return put_tensor(w, at, "tensor", (ProtobufCBinaryData){ 0, NULL }, t, err);
}

mlp_status mlp_event_pr_curve(mlp_event_writer *w, mlp_event_at at, mlp_tensor *counts, mlp_error *err)
{
    Mlp__PrCurve about = MLP__PR_CURVE__INIT;
    uint8_t bytes[16];
    if (counts->ndim != 2 || counts->shape[0] != 6 || counts->dtype != MLP_F32)
        return mlp_fail(err, MLP_ESHAPE, "add_pr_curve: expected 6 x thresholds numbers, f32");
    about.thresholds = (uint32_t)counts->shape[1];
    size_t length = mlp__pr_curve__pack(&about, bytes);
    return put_tensor(w, at, "pr_curves", (ProtobufCBinaryData){ length, bytes }, counts, err);
}

/* ---- charts of several curves ---- */

static mlp_status append_text(mlp_arena *arena, char ***list, size_t *n, const char *text, mlp_error *err)
{
    char *copy = mlp_arena_text(arena, text, err);
    return copy ? mlp_arena_append(arena, list, n, copy, err) : MLP_ENOMEM;
}

static mlp_status fill_lines(mlp_arena *arena, Mlp__Chart *to, const mlp_chart *chart, mlp_error *err)
{
    Mlp__Lines *lines = mlp_arena_take(arena, sizeof *lines, err);
    mlp_status st = lines ? MLP_OK : MLP_ENOMEM;
    if (st) return st;
    mlp__lines__init(lines);
    for (size_t i = 0; !st && i < chart->count; i++)
        st = append_text(arena, &lines->tags, &lines->n_tags, chart->tags[i], err);
    to->content_case = MLP__CHART__CONTENT_LINES;
    to->lines = lines;
    return st;
}

static mlp_status fill_band(mlp_arena *arena, Mlp__Chart *to, const mlp_chart *chart, mlp_error *err)
{
    Mlp__Bands *bands = mlp_arena_take(arena, sizeof *bands, err);
    Mlp__Band *band = bands ? mlp_arena_take(arena, sizeof *band, err) : NULL;
    if (!band) return MLP_ENOMEM;
    mlp__bands__init(bands);
    mlp__band__init(band);
    if (chart->count != 3)
        return mlp_fail(err, MLP_EINVAL,
                        "add_custom_scalars: the chart '%s' has %zu tags, expected 3: value, low, high", chart->title,
                        chart->count);
    band->value = mlp_arena_text(arena, chart->tags[0], err);
    band->lower = mlp_arena_text(arena, chart->tags[1], err);
    band->upper = mlp_arena_text(arena, chart->tags[2], err);
    if (!band->value || !band->lower || !band->upper) return MLP_ENOMEM;
    to->content_case = MLP__CHART__CONTENT_BANDS;
    to->bands = bands;
    return mlp_arena_append(arena, &bands->bands, &bands->n_bands, band, err);
}

static mlp_status add_chart(mlp_arena *arena, Mlp__Category *to, const mlp_chart *chart, mlp_error *err)
{
    Mlp__Chart *c = mlp_arena_take(arena, sizeof *c, err);
    if (!c) return MLP_ENOMEM;
    mlp__chart__init(c);
    c->title = mlp_arena_text(arena, chart->title, err);
    mlp_status st = !c->title     ? MLP_ENOMEM
                    : chart->band ? fill_band(arena, c, chart, err)
                                  : fill_lines(arena, c, chart, err);
    return st ? st : mlp_arena_append(arena, &to->charts, &to->n_charts, c, err);
}

/* The category of the chart: the last one, when it has the same title. */
static Mlp__Category *category_of(mlp_arena *arena, Mlp__Layout *layout, const char *title, mlp_error *err)
{
    Mlp__Category *c = layout->n_categories ? layout->categories[layout->n_categories - 1] : NULL;
    if (c && strcmp(c->title, title) == 0) return c;
    c = mlp_arena_take(arena, sizeof *c, err);
    if (!c) return NULL;
    mlp__category__init(c);
    c->title = mlp_arena_text(arena, title, err);
    if (!c->title || mlp_arena_append(arena, &layout->categories, &layout->n_categories, c, err)) return NULL;
    return c;
}

static mlp_status put_layout(mlp_event_writer *w, const Mlp__Layout *layout, mlp_error *err)
{
    size_t length = mlp__layout__get_packed_size(layout);
    uint8_t *bytes = malloc(length + 1);
    if (!bytes) return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot write a layout of charts");
    mlp__layout__pack(layout, bytes);
    Mlp__Tensor tensor = MLP__TENSOR__INIT;
    Mlp__Shape scalar = MLP__SHAPE__INIT;
    ProtobufCBinaryData text = { length, bytes };
    tensor.dtype = DT_STRING;
    tensor.shape = &scalar;
    tensor.n_string_val = 1;
    tensor.string_val = &text;
    mlp_event_at at = { "custom_scalars__config__", 0, NAN };
    mlp_status st = put(w, at, "custom_scalars", (ProtobufCBinaryData){ 0, NULL }, &tensor, err);
    free(bytes);
    return st;
}

mlp_status mlp_event_charts(mlp_event_writer *w, const mlp_chart *charts, size_t n, mlp_error *err)
{
    mlp_arena arena = { NULL };
    Mlp__Layout layout = MLP__LAYOUT__INIT;
    mlp_status st = MLP_OK;
    for (size_t i = 0; !st && i < n; i++) {
        Mlp__Category *category = category_of(&arena, &layout, charts[i].category, err);
        st = category ? add_chart(&arena, category, &charts[i], err) : MLP_ENOMEM;
    }
    if (!st) st = put_layout(w, &layout, err);
    mlp_arena_free(&arena);
    return st;
}
