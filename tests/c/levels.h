/* levels.h - runs a test on each instruction set that the machine has. */
#ifndef LEVELS_H
#define LEVELS_H

#include "base/cpu.h"

static inline void on_each_level(void (*test)(void))
{
    for (mlp_cpu_level level = MLP_CPU_PLAIN; level <= MLP_CPU_AVX512; level++) {
        mlp_cpu_limit(level);
        if (mlp_cpu() == level) test();
    }
    mlp_cpu_limit(MLP_CPU_AVX512);
}

#endif
