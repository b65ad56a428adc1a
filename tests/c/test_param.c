/* Descriptions: defaults, limits and what messages and texts say of them. */
#include "base/param.h"

#include "suite.h"
#include <stdlib.h>
#include <string.h>

static const char *const ways[] = { "up", "down", NULL };
static const char *const words[] = { "same", "none", NULL };

static const mlp_param params[] = {
    { .name = "lr", .doc = "rate", .high = INFINITY, .fallback = MLP_VALUE(0.001) },
    { .name = "betas",
      .doc = "what is kept",
      .kind = MLP_PARAM_PAIR,
      .scalar = MLP_NO_SCALAR,
      .high = 1,
      .high_open = true,
      .fallback = MLP_VALUE(0.9, 0.999) },
    { .name = "scale", .doc = "factor", .low_open = true, .high = INFINITY, .fallback = MLP_VALUE(1) },
    { .name = "limit", .doc = "range", .kind = MLP_PARAM_RANGE, .low = -1, .high = 1, .fallback = MLP_VALUE(0, 1) },
    { .name = "way", .doc = "direction", .kind = MLP_PARAM_CHOICE, .choices = ways, .fallback = MLP_VALUE(1) },
    { .name = "size",
      .doc = "side",
      .kind = MLP_PARAM_INT_PAIR,
      .low = 1,
      .high = INFINITY,
      .high_open = true,
      .fallback = MLP_VALUE(3, 3) },
    { .name = "bias", .doc = "whether", .kind = MLP_PARAM_BOOL, .fallback = MLP_VALUE(1) },
    { .name = "offset", .doc = "any", .low = -INFINITY, .high = INFINITY, .low_open = true, .high_open = true },
    { .name = "edge", .doc = "around", .kind = MLP_PARAM_INT_PAIR, .high = 9, .choices = words },
    { .name = "shape", .doc = "sizes", .kind = MLP_PARAM_SIZES, .low = 1, .high = INFINITY },
    { .name = "row", .doc = "which", .kind = MLP_PARAM_ROW, .low = -INFINITY, .high = INFINITY },
};

enum { LR, BETAS, SCALE, LIMIT, WAY, SIZE, BIAS, OFFSET, EDGE, SHAPE, ROW, COUNT };

static mlp_status check(const char *who, const mlp_value *values, mlp_error *err)
{
    if (values[LR].number[0] == 13) return mlp_fail(err, MLP_EINVAL, "%s: 13 brings bad luck", who);
    return MLP_OK;
}

static const mlp_description about = { .name = "Rule", .doc = "Tests.", MLP_PARAMS(params), .check = check };

START_TEST(what_is_not_given_is_the_default)
{
    mlp_value values[COUNT], given[COUNT] = { [LR] = { 1, { 0.5 } } };
    mlp_error err;
    ck_assert_int_eq(mlp_description_complete(&about, "Rule", NULL, values, &err), MLP_OK);
    for (int i = 0; i < COUNT; i++) ck_assert(mlp_value_equal(&values[i], &params[i].fallback));
    ck_assert_int_eq(values[OFFSET].count, 0);
    ck_assert_int_eq(mlp_description_complete(&about, "Rule", given, values, &err), MLP_OK);
    ck_assert(values[LR].number[0] == 0.5 && values[BETAS].number[1] == 0.999);
    ck_assert_int_eq(mlp_param_index(&about, "way"), WAY);
    ck_assert_int_eq(mlp_param_index(&about, "weigh"), -1);
}
END_TEST

static void expect(int at, mlp_value value, const char *text)
{
    mlp_value values[COUNT], given[COUNT] = { { 0 } };
    mlp_error err = { .text = "" };
    given[at] = value;
    mlp_status st = mlp_description_complete(&about, "Rule", given, values, &err);
    ck_assert_int_eq(st, text[0] ? MLP_EINVAL : MLP_OK);
    ck_assert_str_eq(err.text, text);
}

START_TEST(limits_are_kept_and_said_in_words)
{
    expect(LR, (mlp_value){ 1, { 0 } }, "");
    expect(LR, (mlp_value){ 1, { INFINITY } }, "");
    expect(LR, (mlp_value){ 1, { -1 } }, "Rule: lr is -1, expected a number of at least 0");
    expect(LR, (mlp_value){ 1, { -NAN } }, "Rule: lr is nan, expected a number of at least 0");
    expect(LR, (mlp_value){ 1, { 13 } }, "Rule: 13 brings bad luck");
    expect(BETAS, (mlp_value){ 2, { 0.9, 0 } }, "");
    expect(BETAS, (mlp_value){ 2, { 0.9, 1 } }, "Rule: betas[2] is 1, expected 0 <= betas[2] < 1");
    expect(SCALE, (mlp_value){ 1, { 0 } }, "Rule: scale is 0, expected a number above 0");
    expect(LIMIT, (mlp_value){ 2, { 0, 1.5 } }, "Rule: limit is 1.5, expected -1 to 1");
    expect(LIMIT, (mlp_value){ 2, { 1, 0 } }, "Rule: limit is {1, 0}: the low end comes first");
    expect(WAY, (mlp_value){ 1, { 2 } }, "Rule: way is 2, expected 0 to 1");
    expect(SIZE, (mlp_value){ 2, { 5, 1 } }, "");
    expect(SIZE, (mlp_value){ 2, { 5, 0 } }, "Rule: size[2] is 0, expected a finite whole number of at least 1");
    expect(SIZE, (mlp_value){ 2, { 2.5, 1 } }, "Rule: size[1] is 2.5, expected a whole number");
    expect(SIZE, (mlp_value){ 2, { INFINITY, 1 } },
           "Rule: size[1] is inf, expected a finite whole number of at least 1");
    expect(SIZE, (mlp_value){ 1, { 3 } }, "Rule: size is 1 numbers, which it never is (side)");
    expect(BIAS, (mlp_value){ 1, { 2 } }, "Rule: bias is 2, expected 0 to 1");
    expect(OFFSET, (mlp_value){ 1, { -INFINITY } }, "Rule: offset is -inf, expected a finite number");
    expect(OFFSET, (mlp_value){ 1, { -1e300 } }, "");
    expect(EDGE, (mlp_value){ 2, { 0, 9 } }, "");
    expect(EDGE, (mlp_value){ 1, { 1 } }, "");
    expect(EDGE, (mlp_value){ 1, { 2 } }, "Rule: edge is choice 2, and there is none (around)");
    expect(EDGE, (mlp_value){ 2, { 10, 10 } }, "Rule: edge is 10, expected 0 to 9");
    expect(EDGE, (mlp_value){ 2, { 1, 10 } }, "Rule: edge[2] is 10, expected 0 to 9");
    expect(SHAPE, (mlp_value){ 8, { 1, 2, 3, 4, 5, 6, 7, 8 } }, "");
    expect(SHAPE, (mlp_value){ 1, { 0 } }, "Rule: shape is 0, expected a whole number of at least 1");
    expect(SHAPE, (mlp_value){ 3, { 1, 2, 0.5 } }, "Rule: shape[3] is 0.5, expected a whole number of at least 1");
    expect(SHAPE, (mlp_value){ 1, { 0x1p53 } }, "");
    expect(SHAPE, (mlp_value){ 1, { 0x1p63 } },
           "Rule: shape is 9.223372036854776e+18, expected a whole number of at most 2^53, and as little below 0");
    expect(SHAPE, (mlp_value){ 1, { INFINITY } }, "Rule: shape is inf, expected a whole number");
    expect(ROW, (mlp_value){ 1, { -1 } }, "");
    expect(ROW, (mlp_value){ 1, { 1.5 } }, "Rule: row is 2.5, expected a whole number");
}
END_TEST

START_TEST(values_are_written_as_a_script_would)
{
    static const mlp_param axes = { .name = "axes", .kind = MLP_PARAM_AXES };
    char text[MLP_VALUE_TEXT];
    ck_assert_str_eq(mlp_value_text(text, &params[LR], &(mlp_value){ 1, { 0.1 } }), "0.1");
    ck_assert_str_eq(mlp_value_text(text, &params[LR], &(mlp_value){ 1, { 1e6 } }), "1000000");
    ck_assert_str_eq(mlp_value_text(text, &params[LR], &(mlp_value){ 1, { 1.0 / 3 } }), "0.3333333333333333");
    ck_assert_str_eq(mlp_value_text(text, &params[BETAS], &params[BETAS].fallback), "{ 0.9, 0.999 }");
    ck_assert_str_eq(mlp_value_text(text, &params[WAY], &params[WAY].fallback), "\"down\"");
    ck_assert_str_eq(mlp_value_text(text, &params[BIAS], &params[BIAS].fallback), "true");
    ck_assert_str_eq(mlp_value_text(text, &params[EDGE], &(mlp_value){ 1, { 0 } }), "\"same\"");
    ck_assert_str_eq(mlp_value_text(text, &params[EDGE], &(mlp_value){ 2, { 0, 1 } }), "{ 0, 1 }");
    ck_assert_str_eq(mlp_value_text(text, &axes, &(mlp_value){ 4, { 0, 1, -1, 2 } }),
                     "{ x = { 0, 1 }, y = { -1, 2 } }");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_not_given_is_the_default,
        limits_are_kept_and_said_in_words,
        values_are_written_as_a_script_would,
    };
    return run_suite("param", tests, COUNT(tests));
}
