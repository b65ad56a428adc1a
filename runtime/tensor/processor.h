/* processor.h - which of the machine's vector instructions compute: the loops here, and those of the BLAS library.
 *
 * The last bits of products follow from them. Machines of different kinds give the same bits when all of them use the
 * instructions of the oldest. */
#ifndef MLP_PROCESSOR_H
#define MLP_PROCESSOR_H

#include "base/base.h"

/* Limits them to those of a processor, named as OpenBLAS names it: "prescott" (what every x86-64 has), "haswell" (AVX2
 * and FMA), "skylakex" (AVX-512), or "fastest": no limit. Call it when nothing computes. MLP_EINVAL: another name, or
 * one that this machine, or its BLAS library, cannot do. */
mlp_status mlp_processor_use(const char *name, mlp_error *err);

/* Looks whether the BLAS library's kernels can run here: it takes every older or emulated AMD processor for one with
 * 3DNow! instructions, and every processor that is newer than the library for one without AVX. There the kernels of the
 * last of "prescott", "haswell" and "skylakex" whose instructions this processor has are taken; among kernels that can
 * run OPENBLAS_CORETYPE in the environment has the last word. For a program, before anything computes. MLP_EINVAL: this
 * processor cannot multiply matrices with that library. */
mlp_status mlp_processor_begin(mlp_error *err);

/* What the loops here use: "plain", "avx2" or "avx512". */
const char *mlp_processor_level(void);

/* The name of the BLAS library's kernels, such as "Haswell". */
const char *mlp_processor_blas(void);

/* Ends the threads that the BLAS library began when it was loaded: they wait for work by asking for the processor again
 * and again, each for 30 ms, while products run in the threads of base/threads.h. For a program, before anything
 * computes; a library leaves them to its host. */
void mlp_processor_end_blas_threads(void);

#endif
