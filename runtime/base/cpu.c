/* cpu.c - asks the compiler's runtime, which asks the processor, and the system about the wide registers (XGETBV). */
#include "base/cpu.h"

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

void mlp_cpu_limit(mlp_cpu_level most)
{
    limit = most;
}
