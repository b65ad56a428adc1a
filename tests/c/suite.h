/* suite.h - what stands around the tests of a file: `return run_suite("name", tests, COUNT(tests));` ends its main. */
#ifndef SUITE_H
#define SUITE_H

#include <check.h>
#include <stdlib.h>

#define COUNT(list) (int)(sizeof(list) / sizeof *(list))

/* How often a test does something: so often, or as a variable of the environment says (docs/reliability.md). */
static inline long scale(const char *variable, long usual)
{
    const char *number = getenv(variable);
    return number ? strtol(number, NULL, 10) : usual;
}

/* How many times as long all takes: on an emulated processor (aarch64.sh). */
static inline double slower(void)
{
    return (double)scale("MLP_SLOWER", 1);
}

/* Tests with fixtures, loops or another limit of time. Returns the exit status. */
static inline int run_tests(const char *name, TCase *tests)
{
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

static inline int run_suite(const char *name, const TTest *const *tests, int count)
{
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 300 * slower()); /* each; with sanitizers on a busy machine they take long */
    for (int i = 0; i < count; i++) tcase_add_test(tcase, tests[i]);
    return run_tests(name, tcase);
}

#endif
