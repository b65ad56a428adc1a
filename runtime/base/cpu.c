/* cpu.c - asks the compiler's runtime, which asks the processor, and the system about the wide registers (XGETBV). */
#define _GNU_SOURCE /* for glibc's numbers of the caches */
#include "base/cpu.h"

#include <pthread.h>
#include <unistd.h>

enum { LARGE_SECOND = 1 << 20 };

static mlp_cpu_level limit = MLP_CPU_AVX512;
static mlp_cpu_caches here;
static const mlp_cpu_caches *pretended;

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

static void ask(void)
{
#ifdef _SC_LEVEL1_DCACHE_ASSOC
    long ways = sysconf(_SC_LEVEL1_DCACHE_ASSOC);
    here.first_ways = ways > 0 ? (int)ways : 0;
    here.far_third = sysconf(_SC_LEVEL2_CACHE_SIZE) > LARGE_SECOND;
#endif
}

mlp_cpu_caches mlp_cpu_cache(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT; /* a small product should not wait for the system */
    pthread_once(&once, ask);
    return pretended ? *pretended : here;
}

void mlp_cpu_limit(mlp_cpu_level most)
{
    limit = most;
}

void mlp_cpu_pretend_caches(const mlp_cpu_caches *caches)
{
    pretended = caches;
}
