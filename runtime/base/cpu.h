/* cpu.h - which vector instructions this machine has, and the system lets programs use; what its caches are like. */
#ifndef MLP_CPU_H
#define MLP_CPU_H

#include <stdbool.h>

typedef enum mlp_cpu_level {
    MLP_CPU_PLAIN,  /* what every machine of the architecture has */
    MLP_CPU_NEON,   /* AArch64: all of them */
    MLP_CPU_AVX2,   /* x86-64 with AVX2 and FMA */
    MLP_CPU_AVX512, /* x86-64 with AVX-512F as well */
} mlp_cpu_level;

/* The highest level here, or the highest of this architecture that a test allowed. */
mlp_cpu_level mlp_cpu(void);

/* What the system says of them; 0 and false where it does not. */
typedef struct mlp_cpu_caches {
    int first_ways; /* lines a multiple of a page apart that fit into the first one together */
    bool far_third; /* a core's second one has more than 1 MB: the third is taken to be far, as in Intel's servers since
                     * Ice Lake, and what is read again and again had better stay in the second */
} mlp_cpu_caches;

mlp_cpu_caches mlp_cpu_cache(void);

/* For tests: pretends that the machine has no more than `most`, and these caches; NULL: its own. Call them when nothing
 * runs. */
void mlp_cpu_limit(mlp_cpu_level most);
void mlp_cpu_pretend_caches(const mlp_cpu_caches *caches);

#endif
