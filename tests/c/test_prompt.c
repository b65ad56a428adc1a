/* test_prompt.c - the prompt on a pseudo-terminal: keys in, text out. Runs $MLPRUN, in a folder of its own. */
#include "base/base.h"

#include "suite.h"
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
enum { WATCHED = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { WATCHED = 1 };
#else
enum { WATCHED = 0 };
#endif
#else
enum { WATCHED = 0 };
#endif

enum { ROOM = 1 << 20, PATIENCE = 30 /* seconds */ };

static char folder[] = "/tmp/mlprun-prompt-XXXXXX";
static int terminal = -1;
static pid_t child;
static char said[ROOM];     /* without escape sequences */
static size_t length, seen; /* what wait_for() has passed */

/* ---- the terminal ---- */

static void start_with(int columns, const char *variable, const char *value, const char *option)
{
    struct winsize size = { .ws_row = 40, .ws_col = (unsigned short)columns };
    length = seen = 0;
    said[0] = 0;
    child = forkpty(&terminal, NULL, NULL, &size);
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        setenv("XDG_STATE_HOME", folder, 1);
        setenv("XDG_CONFIG_HOME", folder, 1);
        setenv("TERM", "xterm", 1);
        unsetenv("NO_COLOR");
        if (variable) setenv(variable, value, 1);
        if (chdir(folder)) _exit(1);
        execl(getenv("MLPRUN"), "mlprun", option, (char *)NULL);
        _exit(1);
    }
}

static void take(const char *bytes, size_t n)
{
    static enum { TEXT, ESCAPE, SEQUENCE } state;
    for (size_t i = 0; i < n && length + 1 < ROOM; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (state == TEXT && c == 27) state = ESCAPE;
        else if (state == TEXT) said[length++] = (char)c;
        else if (state == ESCAPE) state = c == '[' ? SEQUENCE : TEXT;
        else if (c >= 0x40 && c <= 0x7e) state = TEXT;
    }
    said[length] = 0;
}

/* Reads for at most so long; false when nothing came. */
static bool listen_for(double seconds)
{
    struct pollfd p = { .fd = terminal, .events = POLLIN };
    char bytes[4096];
    if (poll(&p, 1, (int)(seconds * 1000)) <= 0) return false;
    ssize_t n = read(terminal, bytes, sizeof bytes);
    if (n <= 0) return false;
    take(bytes, (size_t)n);
    return true;
}

static bool at_prompt(size_t from)
{
    size_t n = length - from;
    return n >= 2 && memcmp(said + length - 2, "> ", 2) == 0;
}

/* Keys, at once. */
static void press(const char *keys)
{
    size_t n = strlen(keys);
    ck_assert_int_eq(write(terminal, keys, n), (ssize_t)n);
}

/* Keys, once the last line has been answered: before, the terminal itself would take some of them. */
static void type(const char *keys)
{
    size_t n = strlen(keys);
    double end = mlp_clock() + PATIENCE;
    while (!at_prompt(0) && mlp_clock() < end) listen_for(0.05);
    ck_assert_msg(at_prompt(0), "no prompt: %s", said);
    ck_assert_int_eq(write(terminal, keys, n), (ssize_t)n);
    while (at_prompt(0) && listen_for(0.5)) {} /* until they show */
}

/* Waits until `text` appears behind what the last call found. */
static void wait_for(const char *text)
{
    double end = mlp_clock() + PATIENCE;
    for (;;) {
        char *at = strstr(said + seen, text);
        if (at) {
            seen = (size_t)(at - said) + strlen(text);
            return;
        }
        if (mlp_clock() > end) break;
        listen_for(0.2);
    }
    ck_abort_msg("did not see '%s' in: %s", text, said + (length > 1500 ? length - 1500 : 0));
}

static void never(const char *text, size_t from)
{
    ck_assert_msg(!strstr(said + from, text), "saw '%s' in: %s", text, said + from);
}

static int leave(void)
{
    int status = 0;
    double end = mlp_clock() + PATIENCE;
    while (waitpid(child, &status, WNOHANG) == 0 && mlp_clock() < end) listen_for(0.05);
    close(terminal);
    terminal = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void quit(void)
{
    type("\004");
    ck_assert_int_eq(leave(), 0);
}

static void start(void)
{
    start_with(80, NULL, NULL, "-q");
    wait_for("> ");
}

/* ---- what it does ---- */

START_TEST(the_banner_is_one_line_and_q_hides_it)
{
    start_with(80, NULL, NULL, NULL);
    wait_for("mlprun ");
    wait_for("Ctrl-D leaves\r\n");
    wait_for("> ");
    quit();
    start();
    never("mlprun", 0);
    quit();
}
END_TEST

START_TEST(expressions_show_and_statements_run)
{
    start();
    type("1 + 41\r");
    wait_for("\n42\r\n");
    type("x = 'a' .. 'b'\r");
    type("x\r");
    wait_for("\nab\r\n");
    type("x .. 'never';\r");
    type("_\r");
    wait_for("\nabnever\r\n");
    type("for i = 1, 2 do\r");
    wait_for(">> ");
    type("print('round ' .. i)\r");
    type("end\r");
    wait_for("\nround 1\r\nround 2\r\n");
    type("t = ml.tensor { { 1, 2 }, { 3, 4 } }; t * 1.5\r");
    wait_for("[f32 2x2]  min 1.5  mean 3.75  max 6");
    type("{ 1, { b = 2, a = 'x' } }\r");
    wait_for("{ 1, { a = \"x\", b = 2 } }");
    type("local held = 5\r");
    wait_for("made a global");
    type("held + 1\r");
    wait_for("\n6\r\n");
    type("!echo from the $((40 + 2)) shell; exit 3\r");
    wait_for("from the 42 shell\r\n(exit status 3)");
    type(":who\r");
    wait_for("held");
    quit();
}
END_TEST

START_TEST(mistakes_are_explained_and_survived)
{
    start();
    type("pritn(1)\r");
    wait_for("undefined global 'pritn': did you mean 'print'?");
    wait_for("1 | pritn(1)");
    wait_for("^^^^^");
    type("ml.zeros { 2 }:summ()\r");
    wait_for("did you mean 'sum'?");
    type("x = = 1\r");
    wait_for("unexpected symbol near '='");
    type("function f() error('inside') end\r");
    type("function g() f() end\r");
    type("g()\r");
    wait_for("inside");
    wait_for("called from");
    type(":bt\r");
    wait_for("in function 'f'");
    type(":tiem 1\r");
    wait_for("did you mean ':time'?");
    type("error({})\r");
    wait_for("(error object is a table value)");
    type("os.exit(3)\r");
    ck_assert_int_eq(leave(), 3);
}
END_TEST

START_TEST(tab_completes)
{
    start();
    type("ml.man\t(7)\r");
    type("ml.initial_s\t()\r");
    wait_for("\n7\r\n");
    type("t = ml.zeros { 2, 3 }\r");
    type("t:nume\t()\r");
    wait_for("\n6\r\n");
    type("t:requires\t\t");
    wait_for("requires_grad   requires_grad_");
    press("\003");
    type("nn.Linear(3, 2, { bia\tfalse }).bias\r"); /* inserts "s = " */
    wait_for("\nnil\r\n");
    type("nowhere.nothing_\t"); /* unknown: nothing happens */
    wait_for("nothing_");
    press("\003");
    wait_for("^C");
    char path[200];
    snprintf(path, sizeof path, "%s/some photos.txt", folder);
    FILE *f = fopen(path, "w");
    fclose(f);
    type("#'some ph\t'\r");
    wait_for("\n15\r\n");
    quit();
}
END_TEST

START_TEST(help_is_at_hand)
{
    start();
    type("?nn.Linear\r");
    wait_for("in_features");
    wait_for("> nn.Linear(4, 3)");
    type("?Linaer\r");
    wait_for("nn.Linear");
    type("??nn.Linear\r");
    wait_for("function Linear:__init");
    type("?\r");
    wait_for("?NAME tells about a name");
    type(":help\r");
    wait_for(":quit");
    quit();
}
END_TEST

START_TEST(what_was_typed_comes_back)
{
    start();
    type("kept = 'alpha'\r");
    type(" secret = 1\r");
    type("if kept then\rprint(kept)\rend\r");
    wait_for("\nalpha\r\n");
    type("\033[A\r"); /* up: the statement as a whole */
    wait_for("\nalpha\r\n");
    quit();
    start(); /* another session has it */
    type("kept = 'beta'\r");
    type("\022if k");
    press("\r"); /* Ctrl-R */
    wait_for("beta\r\n");
    quit();
    char path[200], text[4000];
    snprintf(path, sizeof path, "%s/mlprun/history", folder);
    FILE *f = fopen(path, "r");
    ck_assert_ptr_nonnull(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = 0;
    fclose(f);
    ck_assert_ptr_nonnull(strstr(text, "\nif kept then\\nprint(kept)\\nend\n"));
    ck_assert_ptr_null(strstr(text, "secret"));
}
END_TEST

START_TEST(a_pasted_block_runs_once)
{
    start();
    type("\033[200~for i = 1, 2 do\n\tprint('pasted ' .. i)\nend\nlast = 5\n\033[201~");
    wait_for("\npasted 1\r\npasted 2\r\n");
    size_t from = seen;
    type("last\r");
    wait_for("\n5\r\n");
    never("pasted", from);
    type("\033[200~> for i = 3, 3 do\n>>   print('again ' .. i)\n>> end\033[201~"); /* with its prompts, no last new
                                                                                       line */
    press("\r");
    wait_for("\nagain 3\r\n");
    quit();
}
END_TEST

START_TEST(any_terminal_will_do)
{
    start_with(80, "TERM", "dumb", "-q");
    wait_for("> ");
    type("6 * 7\r");
    wait_for("42");
    quit();
    start_with(20, "NO_COLOR", "1", "-q");
    wait_for("> ");
    type("ml.zeros { 3, 30 }\r");
    wait_for("[f32 3x30]");
    type("'long' .. 'er than twenty columns, this is'\r");
    wait_for("longer than");
    quit();
    start_with(200, NULL, NULL, "-q");
    wait_for("> ");
    type("ml.zeros { 2, 25 }\r");
    wait_for(
        "0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.]"); /* one
                                                                                                                   line
                                                                                                                 */
    quit();
}
END_TEST

START_TEST(it_can_be_left)
{
    start();
    type("some words");
    wait_for("some words");
    press("\003");
    wait_for("^C");
    type("\003");
    wait_for("once more leaves");
    type("1 + 1\r"); /* not at once */
    wait_for("\n2\r\n");
    type("\003");
    wait_for("once more leaves");
    type("\003");
    ck_assert_int_eq(leave(), 0);
    start();
    type("while true do\r");
    wait_for(">> ");
    type("\003");
    type("'free'\r");
    wait_for("\nfree\r\n");
    type(":quit\r");
    ck_assert_int_eq(leave(), 0);
    start();
    kill(child, SIGTERM);
    ck_assert_int_eq(leave(), 128 + SIGTERM);
}
END_TEST

/* ---- Ctrl-C ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Waits for a prompt behind `from` and nothing behind it; returns the seconds since `began`. */
static double prompt_after(size_t from, double began)
{
    double end = mlp_clock() + PATIENCE;
    while (mlp_clock() < end) {
        const char *text = said + from;
        size_t n = length - from;
        if (n >= 3 && memcmp(text + n - 3, "\n> ", 3) == 0) {
            seen = length;
            return mlp_clock() - began;
        }
        listen_for(0.01);
    }
    ck_abort_msg("no prompt after Ctrl-C: %s", said + from);
    return 0;
}

static double tensors_in_use(void)
{
    type("collectgarbage(); collectgarbage(); 'held ' .. require('mlprun.core').sys.memory().tensors\r");
    wait_for("\nheld ");
    wait_for("> ");
    const char *at = said + length;
    while (at > said && strncmp(at, "\nheld ", 6) != 0) at--;
    return atof(at + 6);
}

static void interrupt_many_times(const char *what, const char *keys, int times, double longest_wait)
{
    enum { ONE_BATCH = 65536 }; /* of training, and gradients that are there or not */
    enum { BEFORE = 3 };        /* until everything is there that stays: variables, gradients, an optimizer's state */
    double took[200], before = 0;
    mlp_rng rng = mlp_rng_stream(11, MLP_FOR_USER, 0, 0, 0);
    for (int i = -BEFORE; i < times; i++) {
        if (i == 0) before = tensors_in_use();
        press(keys);
        double end = mlp_clock() + longest_wait * mlp_rng_uniform(&rng);
        while (mlp_clock() < end) listen_for(end - mlp_clock());
        double began = mlp_clock();
        size_t from = length;
        press("\003");
        double back = prompt_after(from, began);
        if (i >= 0) took[i] = back;
    }
    qsort(took, (size_t)times, sizeof *took, by_size);
    printf("# %s: prompt back after %.0f ms (median), %.0f ms (longest of %d)\n", what, 1e3 * took[times / 2],
           1e3 * took[times - 1], times);
    double bound = WATCHED ? 0.3 : 0.1;
    ck_assert_msg(took[times / 2] <= bound, "%s: the median is %.0f ms", what, 1e3 * took[times / 2]);
    type("'alive'\r");
    wait_for("\nalive\r\n");
    wait_for("> ");
    double after = tensors_in_use();
    ck_assert_msg(after <= before + ONE_BATCH, "%s: %.0f bytes of tensors before, %.0f after", what, before, after);
}

START_TEST(ctrl_c_stops_kernels)
{
    start();
    type("a = ml.randn { 3000, 3000 }\r");
    wait_for("> ");
    interrupt_many_times("products", "for i = 1, 1000 do b = a:matmul(a) end; b = nil\r", 40, 0.2);
    interrupt_many_times("maps", "for i = 1, 100000 do c = (a * 2):exp() end\r", 30, 0.2);
    quit();
}
END_TEST

START_TEST(ctrl_c_stops_loops_and_typing)
{
    start();
    interrupt_many_times("a loop", "i = 0 while true do i = i + 1 end\r", 40, 0.1);
    interrupt_many_times("typing", "some_words = { 1, 2", 50, 0.05);
    quit();
}
END_TEST

START_TEST(ctrl_c_ends_a_fit_which_returns_what_it_has)
{
    start();
    type("data_set = data.TensorDataset(ml.randn { 600, 3, 8, 8 }, ml.randint(1, 4, { 600 }))\r");
    type("loader = data.DataLoader(data_set, { batch_size = 8, shuffle = true })\r");
    type("model = nn.Sequential { nn.Flatten(), nn.Linear(192, 64), nn.ReLU(), nn.Linear(64, 3) }\r");
    type("optimizer, criterion = optim.Adam(model:parameters()), nn.CrossEntropyLoss()\r");
    type("\033[200~function train() while true do\n for x, y in loader:batches() do\n  optimizer:zero_grad()\n"
         "  criterion(model(x), y):backward()\n  optimizer:step()\n end\nend end\n\033[201~");
    interrupt_many_times("training", "train()\r", 40, 0.2);
    quit();
}
END_TEST

START_TEST(ctrl_c_ends_an_experiment_and_its_history_stays)
{
    start();
    type("\033[200~set = data.TensorDataset(ml.randint(0, 256, { 300, 3, 16, 16 }):byte(), ml.randint(1, 4, { 300 }))\n"
         "activity = ml.experiment { name = 'p', data = set, arguments = { '--epochs=100000', '--patience=0', "
         "'--seeds=1',\n"
         "  '--image_size=16', '--workers=0', '--out=runs' } }\n"
         "function build(run)\n"
         " run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, 32), nn.ReLU(), nn.Linear(32, 3) }\n"
         " run.optimizer = optim.Adam(run.model:parameters())\n history = run:fit()\nend\n\033[201~");
    wait_for("results ");
    type("activity:trial('a', build)\r");
    wait_for("epoch ");
    double end = mlp_clock() + 0.5;
    while (mlp_clock() < end) listen_for(0.1);
    press("\003");
    wait_for("interrupted");
    type("'history ' .. (#history >= 1 and 'kept' or 'lost')\r");
    wait_for("\nhistory kept");
    type("activity:trial('b', function() end)\r"); /* the session goes on */
    wait_for("did not train");
    quit();
}
END_TEST

static void make_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    char command[200];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command)) perror("rm");
}

int main(void)
{
    if (!getenv("MLPRUN")) return 1;
    TCase *c = tcase_create("prompt");
    tcase_set_timeout(c, 240);
    tcase_add_unchecked_fixture(c, make_folder, remove_folder);
    tcase_add_test(c, the_banner_is_one_line_and_q_hides_it);
    tcase_add_test(c, expressions_show_and_statements_run);
    tcase_add_test(c, mistakes_are_explained_and_survived);
    tcase_add_test(c, tab_completes);
    tcase_add_test(c, help_is_at_hand);
    tcase_add_test(c, what_was_typed_comes_back);
    tcase_add_test(c, a_pasted_block_runs_once);
    tcase_add_test(c, any_terminal_will_do);
    tcase_add_test(c, it_can_be_left);
    tcase_add_test(c, ctrl_c_stops_kernels);
    tcase_add_test(c, ctrl_c_stops_loops_and_typing);
    tcase_add_test(c, ctrl_c_ends_a_fit_which_returns_what_it_has);
    tcase_add_test(c, ctrl_c_ends_an_experiment_and_its_history_stays);
    return run_tests("prompt", c);
}
