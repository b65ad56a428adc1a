/* hparams.c - hyperparameters of a run, and the columns of a table of runs. */
#include "base/arena.h"
#include "writers/record_private.h"

#include "runtime/writers/plugins.pb-c.h"

#include <stdlib.h>
#include <string.h>

enum { STATUS_SUCCESS = 1, TEXT = 1, BOOLEAN = 2, NUMBER = 3 };

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

/* ---- columns ---- */

static Mlp__HparamValue *value_of(mlp_arena *arena, const mlp_hparam *h, mlp_error *err)
{
    slot *s = mlp_arena_take(arena, sizeof *s, err);
    if (!s) return NULL;
    mlp__hparam_value__init(&s->value);
    s->value.kind_case = h->kind == MLP_HPARAM_TEXT      ? MLP__HPARAM_VALUE__KIND_TEXT
                         : h->kind == MLP_HPARAM_BOOLEAN ? MLP__HPARAM_VALUE__KIND_BOOLEAN
                                                         : MLP__HPARAM_VALUE__KIND_NUMBER;
    if (h->kind == MLP_HPARAM_TEXT) s->value.text = mlp_arena_text(arena, h->text, err);
    else if (h->kind == MLP_HPARAM_BOOLEAN) s->value.boolean = h->number != 0;
    else s->value.number = h->number;
    return h->kind == MLP_HPARAM_TEXT && !s->value.text ? NULL : &s->value;
}

typedef struct column {
    Mlp__HparamInfo info;
    Mlp__HparamList values;
} column;

/* Its entries of `list`, from number *i on: a column, or a value that it can have; moves *i behind them. */
static mlp_status add_column(mlp_arena *arena, Mlp__Experiment *to, const mlp_hparam *list, size_t n, size_t *i,
                             mlp_error *err)
{
    const mlp_hparam *head = &list[(*i)++];
    column *c = mlp_arena_take(arena, sizeof *c, err);
    if (!c) return MLP_ENOMEM;
    mlp__hparam_info__init(&c->info);
    mlp__hparam_list__init(&c->values);
    c->info.name = mlp_arena_text(arena, head->name, err);
    c->info.type = head->kind == MLP_HPARAM_TEXT ? TEXT : head->kind == MLP_HPARAM_BOOLEAN ? BOOLEAN : NUMBER;
    if (!c->info.name) return MLP_ENOMEM;
    for (; *i < n && strcmp(list[*i].name, head->name) == 0; ++*i) {
        Mlp__HparamValue *value = value_of(arena, &list[*i], err);
        if (!value || mlp_arena_append(arena, &c->values.values, &c->values.n_values, value, err)) return MLP_ENOMEM;
        c->info.values = &c->values;
    }
    return mlp_arena_append(arena, &to->hparams, &to->n_hparams, &c->info, err);
}

typedef struct metric {
    Mlp__MetricInfo info;
    Mlp__MetricName name;
} metric;

static mlp_status add_metric(mlp_arena *arena, Mlp__Experiment *to, const char *tag, mlp_error *err)
{
    metric *m = mlp_arena_take(arena, sizeof *m, err);
    if (!m) return MLP_ENOMEM;
    mlp__metric_info__init(&m->info);
    mlp__metric_name__init(&m->name);
    m->name.tag = mlp_arena_text(arena, tag, err);
    m->info.name = &m->name;
    return m->name.tag ? mlp_arena_append(arena, &to->metrics, &to->n_metrics, &m->info, err) : MLP_ENOMEM;
}

mlp_status mlp_event_experiment(mlp_event_writer *w, const mlp_hparam *columns, size_t n, const char *const *metrics,
                                size_t metric_count, double wall_time, mlp_error *err)
{
    mlp_arena arena = { NULL };
    Mlp__Experiment experiment = MLP__EXPERIMENT__INIT;
    mlp_status st = MLP_OK;
    for (size_t i = 0; !st && i < n;) st = add_column(&arena, &experiment, columns, n, &i, err);
    for (size_t i = 0; !st && i < metric_count; i++) st = add_metric(&arena, &experiment, metrics[i], err);
    if (!st) {
        Mlp__HparamsPluginData data = MLP__HPARAMS_PLUGIN_DATA__INIT;
        data.data_case = MLP__HPARAMS_PLUGIN_DATA__DATA_EXPERIMENT;
        data.experiment = &experiment;
        st = put_hparams(w, "_hparams_/experiment", &data, wall_time, err);
    }
    mlp_arena_free(&arena);
    return st;
}
