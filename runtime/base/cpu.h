/* cpu.h - which vector instructions this machine has, and the system lets programs use. */
#ifndef MLP_CPU_H
#define MLP_CPU_H

typedef enum mlp_cpu_level {
    MLP_CPU_PLAIN,  /* what every machine of the architecture has */
    MLP_CPU_NEON,   /* AArch64: all of them */
    MLP_CPU_AVX2,   /* x86-64 with AVX2 and FMA */
    MLP_CPU_AVX512, /* x86-64 with AVX-512F as well */
} mlp_cpu_level;

/* The highest level here, or the highest of this architecture that a test allowed. */
mlp_cpu_level mlp_cpu(void);

/* Lines of memory that lie a multiple of a page apart and fit into the first cache together; 0 where the system does
 * not say. */
int mlp_cpu_first_cache_ways(void);

/* For tests: pretends that the machine has no more than `most`. Call it when nothing runs. */
void mlp_cpu_limit(mlp_cpu_level most);

#endif
