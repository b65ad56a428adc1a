/* processor.c - OpenBLAS takes the kernels of the processor that OPENBLAS_CORETYPE names, or of the one it finds, when
 * it is loaded. Builds that have several can be asked to choose again, as long as nothing computes. */
#define _POSIX_C_SOURCE 200809L
#include "tensor/processor.h"

#include "base/cpu.h"

#include <cblas.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif
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

/* Whether the library took this processor for an AMD with 3DNow! instructions, which it does not have. */
static bool misjudged(void)
{
#ifdef __x86_64__
    static const char *const amds[] = { "Opteron", "Opteron_SSE3", "Barcelona" };
    enum { THREE_D_NOW_OF_EDX = 31 };
    unsigned a, b, c, d = 0;
    if (__get_cpuid(0x80000001u, &a, &b, &c, &d) && d >> THREE_D_NOW_OF_EDX) return false;
    for (size_t i = 0; i < sizeof amds / sizeof *amds; i++)
        if (strcasecmp(openblas_get_corename(), amds[i]) == 0) return true;
#endif
    return false;
}

/* Whether it took the kernels of every x86-64 for want of a better guess: it is older than this processor. */
static bool unknown(void)
{
    return !getenv(VARIABLE) && strcasecmp(openblas_get_corename(), "Prescott") == 0;
}

/* Whether this processor, within the limit, has the instructions of those kernels. */
static bool has_instructions_of(const processor *p)
{
#ifdef __x86_64__
    if (p->level == MLP_CPU_AVX512 && !(__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
                                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")))
        return false;
#endif
    return mlp_cpu() >= p->level;
}

/* The library's own choice, put right; false when it has nothing that runs here. */
static bool choose_fastest(void)
{
    choose_blas(NULL);
    bool wrong = misjudged();
    if (!wrong && !unknown()) return true;
    for (int i = KNOWN - 1; i >= 0 && known[i].core; i--)
        if (has_instructions_of(&known[i]) && choose_blas(known[i].core)) return true;
    return !wrong;
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
    bool able = !wanted->core || has_instructions_of(wanted);
    if (able && (wanted->core ? choose_blas(wanted->core) : choose_fastest())) {
        mlp_cpu_limit(wanted->level);
        return MLP_OK;
    }
    mlp_cpu_limit(before);
    return mlp_fail(err, MLP_EINVAL, "cpu is '%s', but %s", name,
                    able ? "this machine's BLAS library has no such kernels" : "this processor has fewer instructions");
}

mlp_status mlp_processor_begin(mlp_error *err)
{
#ifdef __x86_64__
    enum { SSE3_OF_ECX = 1 };
    unsigned a, b, c = 0, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & SSE3_OF_ECX))
        return mlp_fail(
            err, MLP_EINVAL,
            "this processor has no SSE3 instructions, which products of matrices need; x86-64 processors made "
            "since 2005 have them (qemu: -cpu max)");
#endif
    if (choose_fastest()) return MLP_OK;
    return mlp_fail(
        err, MLP_EINVAL,
        "the BLAS library takes this processor for one with 3DNow! instructions, and has no kernels without: "
        "another build of OpenBLAS has");
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
