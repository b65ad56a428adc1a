/* simd.h - one loop, several instruction sets. */
#ifndef MLP_SIMD_H
#define MLP_SIMD_H

/* Functions of several variants by instruction set, chosen when the program starts. Results may differ between kinds of
 * machine, never between threads. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&               \
    !defined(__SANITIZE_THREAD__)
#define MLP_SIMD __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define MLP_SIMD
#endif

#endif
