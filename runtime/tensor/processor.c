/* processor.c - OpenBLAS takes the kernels of the processor that OPENBLAS_CORETYPE names, or of the one it finds, when
 * it is loaded. Builds that have several can be asked to choose again, as long as nothing computes. */
#define _POSIX_C_SOURCE 200809L
#include "tensor/processor.h"

#include "base/cpu.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Of OpenBLAS; absent in builds with one set of kernels. */
void gotoblas_dynamic_init(void) __attribute__((weak));
void gotoblas_dynamic_quit(void) __attribute__((weak));

/* Of OpenBLAS, which calls it before a fork; absent in builds without threads. */
int blas_thread_shutdown_(void) __attribute__((weak));

typedef struct processor {
    const char *name, *core; /* core: as OPENBLAS_CORETYPE takes it */
    mlp_cpu_level level;
} processor;

static const processor known[] = {
    { "fastest", NULL, MLP_CPU_AVX512 },
#ifdef __x86_64__
    { "prescott", "Prescott", MLP_CPU_PLAIN },
    { "haswell", "Haswell", MLP_CPU_AVX2 },
    { "skylakex", "SkylakeX", MLP_CPU_AVX512 },
#endif
};

enum { KNOWN = sizeof known / sizeof *known };

static const char VARIABLE[] = "OPENBLAS_CORETYPE";

static void choose_again(void)
{
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
}

/* core NULL: the library's own choice. False when it has no such kernels; it keeps those it had then. */
static bool choose_blas(const char *core)
{
    static bool chosen;
    if (!core) {
        if (chosen) choose_again();
        chosen = false;
        return true;
    }
    if (strcasecmp(openblas_get_corename(), core) == 0) return true;
    if (!gotoblas_dynamic_init || !gotoblas_dynamic_quit) return false;
    chosen = true;
    const char *set = getenv(VARIABLE);
    char *before = set ? strdup(set) : NULL;
    setenv(VARIABLE, core, 1);
    choose_again();
    if (before) setenv(VARIABLE, before, 1);
    else unsetenv(VARIABLE);
    free(before);
    if (strcasecmp(openblas_get_corename(), core) == 0) return true;
    choose_again();
    return false;
}

mlp_status mlp_processor_use(const char *name, mlp_error *err)
{
    const processor *wanted = NULL;
    for (int i = 0; i < KNOWN; i++)
        if (strcmp(known[i].name, name) == 0) wanted = &known[i];
    if (!wanted)
        return mlp_fail(err, MLP_EINVAL, "cpu is '%s', expected %s", name,
                        KNOWN > 1 ? "fastest, prescott, haswell or skylakex" : "fastest on this kind of machine");
    mlp_cpu_level before = mlp_cpu();
    mlp_cpu_limit(MLP_CPU_AVX512);
    bool able = !wanted->core || mlp_cpu() >= wanted->level;
    if (able && choose_blas(wanted->core)) {
        mlp_cpu_limit(wanted->level);
        return MLP_OK;
    }
    mlp_cpu_limit(before);
    return mlp_fail(err, MLP_EINVAL, "cpu is '%s', but %s", name,
                    able ? "this machine's BLAS library has no such kernels" : "this processor has fewer instructions");
}

const char *mlp_processor_level(void)
{
    static const char *const names[] = { "plain", "neon", "avx2", "avx512" };
    return names[mlp_cpu()];
}

const char *mlp_processor_blas(void)
{
    return openblas_get_corename();
}

void mlp_processor_end_blas_threads(void)
{
    if (!blas_thread_shutdown_) return;
    openblas_set_num_threads(1); /* first: it would begin them anew */
    blas_thread_shutdown_();
}
