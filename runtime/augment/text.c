/* text.c - a pipeline as text that could be pasted into a script. */
#include "augment/transform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct text {
    char *bytes; /* NULL once memory has run out */
    size_t length, capacity;
} text;

static void add(text *t, const char *piece)
{
    size_t n = strlen(piece);
    if (!t->bytes) return;
    if (t->capacity - t->length <= n) {
        size_t capacity = (t->capacity + n) * 2;
        char *grown = realloc(t->bytes, capacity);
        if (!grown) free(t->bytes);
        t->bytes = grown;
        if (!grown) return;
        t->capacity = capacity;
    }
    memcpy(t->bytes + t->length, piece, n + 1);
    t->length += n;
}

/* The shortest digits that read back as the same number, with a point in any locale. */
static void add_number(text *t, double x)
{
    char digits[40];
    bool whole = x > -1e15 && x < 1e15 && x == (double)(int64_t)x;
    if (whole) snprintf(digits, sizeof digits, "%lld", (long long)x);
    for (int precision = 1; precision <= 17 && !whole; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, x);
        if (strtod(digits, NULL) == x) break;
    }
    char *comma = strchr(digits, ',');
    if (comma) *comma = '.';
    add(t, digits);
}

static void add_list(text *t, const double *numbers, int count)
{
    add(t, "{ ");
    for (int i = 0; i < count; i++) {
        if (i) add(t, ", ");
        add_number(t, numbers[i]);
    }
    add(t, " }");
}

static void add_value(text *t, const mlp_param *param, const mlp_value *v)
{
    const double *n = v->number;
    switch (param->kind) {
    case MLP_PARAM_BOOL: add(t, n[0] != 0 ? "true" : "false"); break;
    case MLP_PARAM_CHOICE:
        add(t, "\"");
        add(t, param->choices[(int)n[0]]);
        add(t, "\"");
        break;
    case MLP_PARAM_AXES:
        add(t, "{ x = ");
        add_list(t, n, 2);
        add(t, ", y = ");
        add_list(t, n + 2, 2);
        add(t, " }");
        break;
    default:
        if (v->count == 1) add_number(t, n[0]);
        else add_list(t, n, v->count);
    }
}

static bool same(const mlp_value *a, const mlp_value *b)
{
    return a->count == b->count && memcmp(a->number, b->number, (size_t)a->count * sizeof *a->number) == 0;
}

/* "{ limit = 10, p = 0.2 }": what differs from the defaults, or nothing. */
static void add_options(text *t, const mlp_transform *node, bool as_call)
{
    const mlp_transform_type *type = node->type;
    const char *before = as_call ? ", { " : " { ";
    for (int i = 0; i < type->param_count; i++) {
        const mlp_param *param = &type->params[i];
        if (param->required || same(&node->values[i], &param->fallback)) continue;
        add(t, before);
        add(t, param->name);
        add(t, " = ");
        add_value(t, param, &node->values[i]);
        before = ", ";
    }
    if (node->p != type->p) {
        add(t, before);
        add(t, "p = ");
        add_number(t, node->p);
        before = ", ";
    }
    if (before[0] == ',' && before[2] == '\0') add(t, " }");
    else if (!as_call) add(t, "()");
}

static void add_node(text *t, const mlp_transform *node);

static void add_children(text *t, const mlp_transform *node, int from, int to)
{
    bool call = node->p != node->type->p || node->type == &mlp_one_of_type; /* OneOf({ ... }, { p = 1 }) */
    add(t, call ? "({" : " {");
    for (int i = from; i < to; i++) {
        add(t, i > from ? ", " : " ");
        add_node(t, node->children[i]);
    }
    add(t, " }");
    if (call && node->p != node->type->p) {
        add(t, ", { p = ");
        add_number(t, node->p);
        add(t, " }");
    }
    if (call) add(t, ")");
}

static void add_node(text *t, const mlp_transform *node)
{
    const mlp_transform_type *type = node->type;
    add(t, "augment.");
    add(t, type->name);
    if (type == &mlp_compose_type || type == &mlp_one_of_type) {
        add_children(t, node, 0, node->child_count);
        return;
    }
    bool positional = type->param_count && type->params[0].required;
    if (positional) {
        for (int i = 0; i < type->param_count && type->params[i].required; i++) {
            add(t, i ? ", " : "(");
            add_value(t, &type->params[i], &node->values[i]);
        }
    }
    add_options(t, node, positional);
    if (positional) add(t, ")");
}

mlp_status mlp_transform_text(char **out, const mlp_transform *t, int from, int to, mlp_error *err)
{
    text result = { malloc(256), 0, 256 };
    if (result.bytes) result.bytes[0] = '\0';
    int steps = mlp_transform_steps(t);
    if (to < 0 || to > steps) to = steps;
    if (t && t->type == &mlp_compose_type && t->p >= 1) {
        add(&result, "augment.Compose");
        add_children(&result, t, from, to);
    } else if (t && from < to) {
        add_node(&result, t);
    } else {
        add(&result, "augment.Compose { }");
    }
    if (!result.bytes) return mlp_fail(err, MLP_ENOMEM, "out of memory for the text of a transform");
    *out = result.bytes;
    return MLP_OK;
}
