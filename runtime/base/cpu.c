/* cpu.c - asks the compiler's runtime, which asks the processor, and the system about the wide registers (XGETBV). */
#define _GNU_SOURCE /* for glibc's numbers of the caches */
#include "base/cpu.h"

#include <unistd.h>

static mlp_cpu_level limit = MLP_CPU_AVX512;

static mlp_cpu_level detect(void)
{
#ifdef __x86_64__
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return MLP_CPU_PLAIN;
    return __builtin_cpu_supports("avx512f") ? MLP_CPU_AVX512 : MLP_CPU_AVX2;
#elif defined(__aarch64__)
    return MLP_CPU_NEON;
#else
    return MLP_CPU_PLAIN;
#endif
}

mlp_cpu_level mlp_cpu(void)
{
    mlp_cpu_level level = detect();
    if (level <= limit) return level;
    return limit == MLP_CPU_NEON ? MLP_CPU_PLAIN : limit; /* not of this architecture */
}

int mlp_cpu_first_cache_ways(void)
{
#ifdef _SC_LEVEL1_DCACHE_ASSOC
    long ways = sysconf(_SC_LEVEL1_DCACHE_ASSOC);
    return ways > 0 ? (int)ways : 0;
#else
    return 0;
#endif
}

void mlp_cpu_limit(mlp_cpu_level most)
{
    limit = most;
}
