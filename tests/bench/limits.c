/* limits.c - what this machine can do, measured without mlprun, and a few measurements from outside a process:
 *
 *   limits peak                      sgemm through OpenBLAS, copying memory, on 1 and on all cores
 *   limits net                       training steps as a plain C loop on OpenBLAS: what a careful programmer would
 * write limits jpeg FOLDER               decoding of JPEG files that are in memory, by libjpeg-turbo alone limits run
 * COMMAND...            seconds and peak memory of a command limits prompt PROGRAM            seconds to the prompt in
 * a terminal, and resident memory there limits links FILE FOLDER N CLASSES   N hard links to a file, spread over
 * folders
 *
 * Prints lines of "key TAB value". */
#define _GNU_SOURCE
#include <cblas.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jpeglib.h> /* after stdio.h */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void put(const char *key, double value)
{
    printf("%s\t%.6g\n", key, value);
}

static void *must(void *p)
{
    if (!p) {
        fputs("limits: out of memory\n", stderr);
        exit(1);
    }
    return p;
}

static int cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, int n)
{
    qsort(x, (size_t)n, sizeof *x, by_value);
    return x[n / 2];
}

/* ---- peak ---- */

static double sgemm_rate(int threads) /* floating-point operations a second */
{
    enum { N = 1024, TIMES = 8 };
    float *a = must(calloc(N * N, 4)), *b = must(calloc(N * N, 4)), *c = must(calloc(N * N, 4));
    double best = 1e9;
    openblas_set_num_threads(threads);
    for (int i = 0; i < TIMES; i++) {
        double t = now();
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, N, N, N, 1, a, N, b, N, 0, c, N);
        t = now() - t;
        if (t < best) best = t;
    }
    free(a), free(b), free(c);
    return 2.0 * N * N * N / best;
}

typedef struct stream {
    double *to;
    const double *a, *b;
    size_t n;
} stream;

static void *triad(void *context)
{
    stream *s = context;
    for (size_t i = 0; i < s->n; i++) s->to[i] = s->a[i] + 3 * s->b[i];
    return NULL;
}

static double bandwidth(int threads) /* bytes a second, two reads and one write */
{
    size_t n = (size_t)8 << 20;
    double *to = must(malloc(n * 8)), *a = must(malloc(n * 8)), *b = must(malloc(n * 8)), best = 1e9;
    for (size_t i = 0; i < n; i++) to[i] = a[i] = b[i] = (double)i;
    for (int k = 0; k < 6; k++) {
        pthread_t thread[64];
        stream part[64];
        double t = now();
        for (int i = 0; i < threads; i++) {
            size_t begin = n * (size_t)i / (size_t)threads, end = n * (size_t)(i + 1) / (size_t)threads;
            part[i] = (stream){ to + begin, a + begin, b + begin, end - begin };
            pthread_create(&thread[i], NULL, triad, &part[i]);
        }
        for (int i = 0; i < threads; i++) pthread_join(thread[i], NULL);
        t = now() - t;
        if (t < best) best = t;
    }
    free(to), free(a), free(b);
    return 24.0 * (double)n / best;
}

static int peak(void)
{
    int all = cores() < 64 ? cores() : 64;
    put("limit/sgemm/1 core GFLOP/s", sgemm_rate(1) / 1e9);
    put("limit/sgemm/all cores GFLOP/s", sgemm_rate(all) / 1e9);
    put("limit/memory/1 core GB/s", bandwidth(1) / 1e9);
    put("limit/memory/all cores GB/s", bandwidth(all) / 1e9);
    return 0;
}

/* ---- training steps as a plain loop ---- */

enum { LAYERS_MOST = 4 };

typedef struct layer {
    int in, out;
    float *w, *b, *dw, *db, *m, *v, *y, *dy;
} layer;

static void fill(float *x, size_t n, float scale)
{
    static unsigned state = 1;
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        x[i] = scale * ((float)(state >> 8) / 8388608.0f - 1);
    }
}

static float *floats(size_t n)
{
    return must(calloc(n, sizeof(float)));
}

static void adam(float *p, const float *g, float *m, float *v, size_t n, int step)
{
    float c1 = 1 - powf(.9f, (float)step), c2 = sqrtf(1 - powf(.999f, (float)step)), rate = 1e-3f / c1;
    for (size_t i = 0; i < n; i++) {
        m[i] += (g[i] - m[i]) * .1f;
        v[i] = v[i] * .999f + g[i] * g[i] * .001f;
        p[i] -= rate * m[i] / (sqrtf(v[i]) / c2 + 1e-8f);
    }
}

static void one_step(layer *net, int layers, const float *x, const int *label, int n, int step)
{
    for (int k = 0; k < layers; k++) {
        layer *l = &net[k];
        const float *in = k ? net[k - 1].y : x;
        for (int i = 0; i < n; i++) memcpy(l->y + (size_t)i * (size_t)l->out, l->b, (size_t)l->out * 4);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, l->out, l->in, 1, in, l->in, l->w, l->in, 1, l->y,
                    l->out);
        if (k + 1 < layers)
            for (int i = 0; i < n * l->out; i++) l->y[i] = l->y[i] > 0 ? l->y[i] : 0;
    }
    layer *last = &net[layers - 1];
    for (int i = 0; i < n; i++) {
        float *y = last->y + i * last->out, *d = last->dy + i * last->out, most = y[0], sum = 0;
        for (int c = 1; c < last->out; c++) most = y[c] > most ? y[c] : most;
        for (int c = 0; c < last->out; c++) sum += d[c] = expf(y[c] - most);
        for (int c = 0; c < last->out; c++) d[c] = (d[c] / sum - (c == label[i])) / (float)n;
    }
    for (int k = layers - 1; k >= 0; k--) {
        layer *l = &net[k];
        const float *in = k ? net[k - 1].y : x;
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, l->out, l->in, n, 1, l->dy, l->out, in, l->in, 0, l->dw,
                    l->in);
        memset(l->db, 0, (size_t)l->out * 4);
        for (int i = 0; i < n; i++)
            for (int c = 0; c < l->out; c++) l->db[c] += l->dy[i * l->out + c];
        if (k) {
            float *d = net[k - 1].dy;
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, l->in, l->out, 1, l->dy, l->out, l->w, l->in, 0,
                        d, l->in);
            for (int i = 0; i < n * l->in; i++) d[i] = net[k - 1].y[i] > 0 ? d[i] : 0;
        }
    }
    for (int k = 0; k < layers; k++) {
        layer *l = &net[k];
        size_t weights = (size_t)l->in * (size_t)l->out;
        adam(l->w, l->dw, l->m, l->v, weights, step);
        adam(l->b, l->db, l->m + weights, l->v + weights, (size_t)l->out, step);
    }
}

static void net_row(const char *name, const int *sizes, int layers, int n, int times)
{
    layer net[LAYERS_MOST];
    float *x = floats((size_t)n * (size_t)sizes[0]);
    int *label = must(calloc((size_t)n, sizeof *label));
    double *took = must(calloc((size_t)times, sizeof *took));
    fill(x, (size_t)n * (size_t)sizes[0], 1);
    for (int k = 0; k < layers; k++) {
        size_t in = (size_t)sizes[k], out = (size_t)sizes[k + 1];
        net[k] = (layer){ sizes[k],
                          sizes[k + 1],
                          floats(in * out),
                          floats(out),
                          floats(in * out),
                          floats(out),
                          floats(in * out + out),
                          floats(in * out + out),
                          floats((size_t)n * out),
                          floats((size_t)n * out) };
        fill(net[k].w, in * out, 1 / sqrtf((float)in));
    }
    for (int i = 0; i < n; i++) label[i] = i % sizes[layers];
    for (int i = -3; i < times; i++) {
        double t = now();
        one_step(net, layers, x, label, n, i + 4);
        if (i >= 0) took[i] = now() - t;
    }
    char key[200];
    snprintf(key, sizeof key, "step/%s/Adam ms", name);
    put(key, median(took, times) * 1e3);
    for (int k = 0; k < layers; k++)
        free(net[k].w), free(net[k].b), free(net[k].dw), free(net[k].db), free(net[k].m), free(net[k].v),
            free(net[k].y), free(net[k].dy);
    free(x), free(label), free(took);
}

static int nets(void)
{
    openblas_set_num_threads(cores());
    net_row("12288-512-256-9 batch 8", (const int[]){ 12288, 512, 256, 9 }, 3, 8, 40);
    net_row("12288-512-256-9 batch 32", (const int[]){ 12288, 512, 256, 9 }, 3, 32, 40);
    net_row("12288-512-256-9 batch 128", (const int[]){ 12288, 512, 256, 9 }, 3, 128, 25);
    net_row("784-64-10 batch 32", (const int[]){ 784, 64, 10 }, 2, 32, 400);
    net_row("784-500-10 batch 32", (const int[]){ 784, 500, 10 }, 2, 32, 200);
    return 0;
}

/* ---- JPEG ---- */

static int jpeg(const char *folder)
{
    enum { MOST = 400 };
    unsigned char *bytes[MOST];
    size_t length[MOST];
    int count = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && count < MOST && (e = readdir(d));) {
        char path[4096];
        if (e->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        FILE *f = fopen(path, "rb");
        if (!f) continue;
        fseek(f, 0, SEEK_END);
        long size = ftell(f);
        rewind(f);
        if (size > 1000) {
            bytes[count] = must(malloc((size_t)size));
            length[count] = fread(bytes[count], 1, (size_t)size, f);
            if (bytes[count][0] == 0xff && bytes[count][1] == 0xd8) count++;
            else free(bytes[count]);
        }
        fclose(f);
    }
    if (d) closedir(d);
    if (count == 0) return 0;
    double t = now(), pixels = 0;
    unsigned char *row = must(malloc(65536 * 3));
    for (int i = 0; i < count; i++) {
        struct jpeg_decompress_struct in;
        struct jpeg_error_mgr errors;
        in.err = jpeg_std_error(&errors);
        jpeg_create_decompress(&in);
        jpeg_mem_src(&in, bytes[i], length[i]);
        jpeg_read_header(&in, TRUE);
        in.out_color_space = JCS_RGB;
        jpeg_start_decompress(&in);
        while (in.output_scanline < in.output_height) jpeg_read_scanlines(&in, &row, 1);
        pixels += (double)in.output_width * in.output_height;
        jpeg_finish_decompress(&in);
        jpeg_destroy_decompress(&in);
    }
    t = now() - t;
    put("limit/jpeg/1 core images/s", count / t);
    put("limit/jpeg/1 core megapixels/s", pixels / t / 1e6);
    for (int i = 0; i < count; i++) free(bytes[i]);
    free(row);
    return 0;
}

/* ---- from outside ---- */

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

static int run(char **command)
{
    double t = now();
    pid_t pid = fork();
    if (pid == 0) {
        int nothing = open("/dev/null", O_RDWR);
        dup2(nothing, 0), dup2(nothing, 1);
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    int status;
    struct rusage used;
    wait4(pid, &status, 0, &used);
    put("seconds", now() - t);
    put("processor seconds", seconds_of(used.ru_utime) + seconds_of(used.ru_stime));
    put("peak MB", (double)used.ru_maxrss / 1024);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int prompt(char *program)
{
    int terminal;
    double t = now();
    pid_t pid = forkpty(&terminal, NULL, NULL, NULL);
    if (pid == 0) {
        execl(program, program, (char *)NULL);
        _exit(127);
    }
    char seen[8192];
    size_t n = 0;
    struct pollfd at = { .fd = terminal, .events = POLLIN };
    while (n + 1 < sizeof seen && poll(&at, 1, 5000) > 0) {
        ssize_t got = read(terminal, seen + n, sizeof seen - 1 - n);
        if (got <= 0) break;
        n += (size_t)got;
        seen[n] = 0;
        char *last = strrchr(seen, '\n');
        if (last && strstr(last, "> ")) break;
    }
    put("seconds", now() - t);
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &used) == 0)
        put("processor seconds", (double)used.tv_sec + 1e-9 * (double)used.tv_nsec);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *f = fopen(path, "r");
    long pages = 0;
    if (f && fscanf(f, "%*d %ld", &pages) == 1)
        put("resident MB", (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576);
    if (f) fclose(f);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(terminal);
    return 0;
}

static int links(const char *file, const char *folder, int n, int classes)
{
    char path[4096];
    mkdir(folder, 0777);
    for (int c = 0; c < classes; c++) {
        snprintf(path, sizeof path, "%s/class%03d", folder, c);
        mkdir(path, 0777);
        char copy[4200], command[9000];
        snprintf(copy, sizeof copy, "%s/0.png", path);
        snprintf(command, sizeof command, "cp '%s' '%s'", file, copy);
        if (system(command)) return 1;
        for (int i = 1; i < n / classes; i++) {
            char name[4300];
            snprintf(name, sizeof name, "%s/%d.png", path, i);
            if (link(copy, name)) return 1;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "peak") == 0) return peak();
    if (strcmp(what, "net") == 0) return nets();
    if (strcmp(what, "jpeg") == 0 && argc == 3) return jpeg(argv[2]);
    if (strcmp(what, "run") == 0 && argc > 2) return run(argv + 2);
    if (strcmp(what, "prompt") == 0 && argc == 3) return prompt(argv[2]);
    if (strcmp(what, "links") == 0 && argc == 6) return links(argv[2], argv[3], atoi(argv[4]), atoi(argv[5]));
    fputs("usage: limits peak | net | jpeg FOLDER | run COMMAND... | prompt PROGRAM | links FILE FOLDER N CLASSES\n",
          stderr);
    return 2;
}
