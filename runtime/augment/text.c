/* text.c - a pipeline as text that could be pasted into a script. */
#include "augment/transform_private.h"

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

static void add_number(text *t, double x)
{
    char digits[MLP_NUMBER_TEXT];
    add(t, mlp_number_text(digits, x));
}

static void add_value(text *t, const mlp_param *param, const mlp_value *v)
{
    char written[MLP_VALUE_TEXT];
    add(t, mlp_value_text(written, param, v));
}

/* "{ limit = 10, p = 0.2 }": what differs from the defaults, or nothing. */
static void add_options(text *t, const mlp_transform *node, bool as_call)
{
    const mlp_description *about = &node->type->about;
    const char *before = as_call ? ", { " : " { ";
    for (int i = 0; i < about->param_count; i++) {
        const mlp_param *param = &about->params[i];
        if (param->required || mlp_value_equal(&node->values[i], &param->fallback)) continue;
        add(t, before);
        add(t, param->name);
        add(t, " = ");
        add_value(t, param, &node->values[i]);
        before = ", ";
    }
    if (node->p != node->type->p) {
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
    add(t, type->about.name);
    if (type == &mlp_compose_type || type == &mlp_one_of_type) {
        add_children(t, node, 0, node->child_count);
        return;
    }
    if (type == &mlp_lambda_type) {
        add(t, "(function --[[ ");
        add(t, mlp_lambda_label(node));
        add(t, " ]]");
        add_options(t, node, true);
        add(t, ")");
        return;
    }
    const mlp_description *about = &type->about;
    bool positional = about->param_count && about->params[0].required;
    if (positional) {
        for (int i = 0; i < about->param_count && about->params[i].required; i++) {
            add(t, i ? ", " : "(");
            add_value(t, &about->params[i], &node->values[i]);
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
