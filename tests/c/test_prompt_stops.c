/* test_prompt_stops.c - the prompt on a pseudo-terminal: Ctrl-C in all that it may be doing. */
#include "terminal.h"

/* Seconds until the prompt is back. */
static double at_once(void)
{
    return (WATCHED ? 0.3 : 0.1) * slower();
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Waits for a prompt behind `from` and nothing behind it. */
static void prompt_after(size_t from)
{
    double end = mlp_clock() + patience();
    while (mlp_clock() < end) {
        if (length > from && at_prompt(from)) {
            seen = length;
            return;
        }
        listen_for(0.01);
    }
    ck_abort_msg("no prompt after Ctrl-C: %s", said + from);
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
        pass(longest_wait * mlp_rng_uniform(&rng));
        double began = own_time();
        size_t from = length;
        press("\003");
        prompt_after(from);
        if (i >= 0) took[i] = own_time() - began;
    }
    qsort(took, (size_t)times, sizeof *took, by_size);
    printf("# %s: prompt back after %.0f ms (median), %.0f ms (longest of %d)\n", what, 1e3 * took[times / 2],
           1e3 * took[times - 1], times);
    ck_assert_msg(took[times / 2] <= at_once(), "%s: the median is %.0f ms", what, 1e3 * took[times / 2]);
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
    type("b, c = a:matmul(a), (a * 2):exp()\r"); /* what stays, however soon the first rounds are interrupted */
    wait_for("> ");
    interrupt_many_times("products", "for i = 1, 1000 do b = a:matmul(a) end\r", 40, 0.2);
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

/* Whatever catches the interrupt, or hides what runs from it: the prompt is back, and what there was is there. */
START_TEST(ctrl_c_stops_what_would_swallow_it)
{
    static const char *const lines[] = {
        "coroutine.wrap(function() while true do end end)()\r",
        "co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end\r",
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end\r",
        "while true do pcall(function() while true do end end) end\r",
        "while true do xpcall(function() while true do end end, function() while true do end end) end\r",
        "f = function(t, k) return t[k] or t[k] end t = setmetatable({}, { __index = f }) while 1 do pcall(f, t) end\r",
        "while true do local x <close> = setmetatable({}, { __close = function() while true do end end }) end\r",
        "io.read()\r",
        "while true do os.execute('sleep 0.2') end\r",
        "!sleep 5\r",
        "for i = 1, 1e9 do print(i) end\r",
        "many = {} for i = 1, 1e9 do many[i] = { i } end\r",
    };
    start();
    type("kept = 'still here'\r");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        type(lines[i]);
        pass(0.3);
        double began = own_time();
        press("\003");
        wait_for("interrupted\r\n");
        prompt_after(seen - 1);
        double back = own_time() - began;
        ck_assert_msg(back <= 2 * at_once(), "the prompt is back after %.0f ms: %s", 1e3 * back, lines[i]);
        type("kept\r");
        wait_for("\nstill here\r\n");
    }
    quit();
}
END_TEST

/* ---- at any moment ---- */

/* One of these at a time, until a random moment; `waits` in seconds. What a call cannot be stopped in says so. */
static const struct state {
    const char *keys;
    double waits;
} states[] = {
    { "i = 0 while true do i = i + 1 end\r", 0.1 },
    { "while true do pcall(function() while true do end end) end\r", 0.1 },
    { "coroutine.wrap(function() while true do end end)()\r", 0.1 },
    { "for i = 1, 1000 do local c = big:matmul(big) end\r", 0.2 },
    { "for i = 1, 1e9 do print(i) end\r", 0.2 },
    { "io.read()\r", 0.1 },
    { "while true do os.execute('sleep 0.1') end\r", 0.3 },
    { "!sleep 5\r", 0.1 },
    { "huge\r", 0.1 },
    { "model\r", 0.05 },
    { ":look model, x\r", 0.1 },
    { "for i = 1, 1000 do plot.look(model, x) end\r", 0.3 },
    { "train()\r", 0.3 },
    { "for a, b in loader:batches() do end\r", 0.1 },
    { "?nn.Linear\r", 0.1 },
    { "?learning\r", 0.1 },
    { "missing.name\r", 0.05 },
    { "f()\r", 0.05 },
    { ":debug\r", 0.05 },
    { ":who\r", 0.05 },
    { "some text", 0.02 },
    { "nn.\t", 0.05 },
    { "while true do\r", 0.05 },
    { "n != 3\r", 0.05 },
    { "\033[A", 0.02 },
    { "\022mod", 0.02 },
    { "\033[200~for i = 1, 3 do\n  print(i)\nend\n\033[201~", 0.1 },
};

/* Presses Ctrl-C until an empty first prompt is back: an open statement, a text and :debug take one each. */
static void come_back(const char *keys, double *longest, int *late)
{
    enum { PRESSES = 8 };
    for (int i = 0; i < PRESSES; i++) {
        size_t from = length;
        double end = mlp_clock() + (i + 1 < PRESSES ? 2 * slower() : patience()), began = own_time();
        press("\003");
        while (mlp_clock() < end && !has_ended()) {
            listen_for(0.02);
            if (length > from + 2 && at_prompt(from)) break;
        }
        ck_assert_msg(!has_ended(), "the session ended in: %s\n%s", keys, said + from);
        double took = own_time() - began;
        if (took > *longest) *longest = took;
        if (took > at_once()) {
            printf("# the prompt is back after %.0f ms from: %s\n", 1e3 * took, keys);
            ++*late;
        }
        if (length > from + 2 && at_prompt(from)) {
            if (shows(">>", 0)) continue;
            if (shows("debug>", 0)) type("\004");
            pass(0.02);
            if (at_prompt(from)) return;
        }
    }
    ck_abort_msg("the prompt is not back from: %s\n%s", keys, said + (length > 2000 ? length - 2000 : 0));
}

START_TEST(ctrl_c_at_any_moment_brings_the_prompt_back)
{
    long times = scale("MLP_INTERRUPTS", 60);
    mlp_rng rng = mlp_rng_stream(12, MLP_FOR_USER, 0, 0, 0);
    double longest = 0;
    int late = 0;
    start();
    type("\033[200~kept, big, x, n = 'still here', ml.randn { 800, 800 }, ml.randn { 64, 3, 32, 32 }, 3\n"
         "huge = {} for i = 1, 1e5 do huge[i] = { i } end\n"
         "model = nn.Sequential { nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(7200, 10) }\n"
         "loader = data.DataLoader(data.TensorDataset(x, ml.randint(1, 11, { 64 })), { batch_size = 8 })\n"
         "optimizer = optim.Adam(model:parameters())\n"
         "function train() while true do for a, b in loader:batches() do\n"
         "  optimizer:zero_grad() nn.functional.cross_entropy(model(a), b):backward() optimizer:step()\n"
         "end end end\n"
         "function f() local here = 1 error('on purpose') end\n\033[201~");
    wait_for("\n> ");
    for (long i = 0; i < times; i++) {
        const struct state *at = &states[(int)(mlp_rng_uniform(&rng) * (double)(sizeof states / sizeof *states))];
        if (length > ROOM / 2) length = seen = 0, said[0] = 0, press("\r"), pass(0.1);
        type(at->keys);
        pass(at->waits * mlp_rng_uniform(&rng));
        come_back(at->keys, &longest, &late);
        if (i % 10 == 9 || i == times - 1) {
            seen = length;
            type("kept .. ' ' .. big.shape[1] .. ' ' .. #huge .. ' ' .. model:num_parameters()\r");
            wait_for("\nstill here 800 100000 72234\r\n");
        }
        pass(0.01);
    }
    printf("# Ctrl-C at %ld random moments of %zu states: back after %.0f ms at most\n", times,
           sizeof states / sizeof *states, 1e3 * longest);
    ck_assert_int_le(late, 1 + times / 100);
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

START_TEST(a_call_that_cannot_be_stopped_says_the_way_out)
{
    start();
    type("(('a'):rep(60)):find(('.-'):rep(40) .. 'b')\r");
    pass(0.3);
    press("\003");
    pass(1.5);
    press("\003");
    wait_for("Ctrl-\\ ends mlprun");
    press("\034");
    leave();
    start();
    type("(('a'):rep(60)):find(('.-'):rep(40) .. 'b')\r");
    pass(0.3);
    kill(child, SIGTERM);
    pass(0.5);
    kill(child, SIGTERM);
    ck_assert_int_eq(leave(), 128 + SIGTERM);
    start();
    type("print('begun') return (('a'):rep(60)):find(('.-'):rep(40) .. 'b')\r");
    wait_for("\nbegun\r\n");
    pass(0.3);
    close(terminal); /* nobody can ask again */
    terminal = -1;
    double end = mlp_clock() + patience();
    while (!has_ended() && mlp_clock() < end) poll(NULL, 0, 50);
    ck_assert_msg(has_ended(), "the terminal is gone, and it goes on");
    ck_assert_int_eq(leave(), 128 + SIGHUP);
}
END_TEST

START_TEST(a_signal_ends_what_runs_and_the_session)
{
    start();
    type("while true do pcall(function() while true do end end) end\r");
    pass(0.3);
    kill(child, SIGTERM);
    ck_assert_int_eq(leave(), 128 + SIGTERM);
}
END_TEST

int main(void)
{
    if (!getenv("MLPRUN")) return 1;
    TCase *c = tcase_create("prompt_stops");
    tcase_set_timeout(c, (scale("MLP_INTERRUPTS", 0) > 0 ? 1200 : 240) * slower());
    tcase_add_unchecked_fixture(c, make_folder, remove_folder);
    tcase_add_test(c, ctrl_c_stops_kernels);
    tcase_add_test(c, ctrl_c_stops_loops_and_typing);
    tcase_add_test(c, ctrl_c_stops_what_would_swallow_it);
    tcase_add_test(c, ctrl_c_at_any_moment_brings_the_prompt_back);
    tcase_add_test(c, a_call_that_cannot_be_stopped_says_the_way_out);
    tcase_add_test(c, a_signal_ends_what_runs_and_the_session);
    tcase_add_test(c, ctrl_c_ends_a_fit_which_returns_what_it_has);
    tcase_add_test(c, ctrl_c_ends_an_experiment_and_its_history_stays);
    return run_tests("prompt_stops", c);
}
