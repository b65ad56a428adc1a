/* cpu.c - asks the compiler's runtime, which asks the processor, and the system about the wide registers (XGETBV). */
#include "base/cpu.h"

static mlp_cpu_level limit = MLP_CPU_AVX512;

static mlp_cpu_level detect(void)
{
#ifdef __x86_64__
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return MLP_CPU_PLAIN;
    return __builtin_cpu_supports("avx512f") ? MLP_CPU_AVX512 : MLP_CPU_AVX2;
#else
    return MLP_CPU_PLAIN;
#endif
}

mlp_cpu_level mlp_cpu(void)
{
    mlp_cpu_level level = detect();
    return level < limit ? level : limit;
}

void mlp_cpu_limit(mlp_cpu_level most)
{
    limit = most;
}
