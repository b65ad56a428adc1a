/* test_prompt_shows.c - the prompt on a pseudo-terminal: values that draw themselves, a model looked at, an error gone
 * into, a training that is watched; and that nothing is wider than the terminal. */
#include "terminal.h"

/* The characters of the longest line behind `from`; what a carriage return begins anew counts alone. */
static int widest_line(size_t from)
{
    int width = 0, most = 0;
    for (size_t i = from; i < length; i++) {
        unsigned char c = (unsigned char)said[i];
        if (c == '\n' || c == '\r') width = 0;
        else width += (c & 0xC0) != 0x80;
        if (width > most) most = width;
    }
    return most;
}

static void make_photos(void)
{
    char path[200];
    snprintf(path, sizeof path, "%s/photos.lua", folder);
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs("local core = require 'mlprun.core'\n"
          "for _, class in ipairs { 'apple', 'banana', 'plum' } do\n"
          "  core.sys.make_folder('photos/' .. class)\n"
          "  for i = 1, 6 do\n"
          "    core.image.from_tensor((core.tensor.rand(8, 8, 3) * "
          "255):byte()):save(('photos/%s/%d.png'):format(class, i))\n"
          "  end\n"
          "end\n",
          f);
    fclose(f);
    type(":load photos.lua\r");
    type("folder = data.open 'photos'\r");
}

START_TEST(values_draw_themselves)
{
    start();
    make_photos();
    type("folder\r");
    wait_for(" apple    apple    banana   banana    plum     plum");
    wait_for("18 pictures in 3 classes");
    type("c = metrics.ConfusionMatrix(folder.classes); c:add(ml.tensor { 1, 1, 2 }, ml.tensor { 1, 1, 3 })\r");
    type("c\r");
    wait_for("true \\ predicted  1  2  3");
    wait_for("3 plum            0  1  0");
    type("history = {} for i = 1, 9 do history[i] = { epoch = i, train_loss = 1 / i, val_loss = 2 / i } end\r");
    type("history\r");
    wait_for("train_loss");
    wait_for("9 epochs; the last is 9: train_loss 0.1111, val_loss 0.2222");
    type("ml.data.read_image 'photos/plum/1.png'\r");
    wait_for("▀▀▀▀▀▀▀▀\r\n");
    wait_for("Image(height 8, width 8, RGB)");
    type("plot({ 1, 2 }, { xlabel = 'epochs', ylabel = 'losses' })\r");
    wait_for("losses");
    wait_for("epochs");
    quit();
    start_with(80, "TERM", "dumb", "-q"); /* text alone */
    wait_for("> ");
    size_t from = length;
    type("data.open 'photos'\r");
    wait_for("plum ");
    never("▀", from);
    quit();
}
END_TEST

START_TEST(a_model_is_looked_at)
{
    start();
    type("net = nn.Sequential { nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3) }\r");
    type("x, y = ml.randn { 5, 3, 8, 8 }, ml.randint(1, 4, { 5 })\r");
    size_t from = length;
    type(":look net, x, y\r");
    wait_for("shape");
    wait_for("0 Conv2d  4x6x6");
    wait_for("3 Linear  3");
    wait_for("gradients of");
    wait_for("forward");
    type(":look net[1], x\r");
    wait_for("▀");
    wait_for("1 "); /* letters below the channels */
    wait_for("4");
    ck_assert_int_le(widest_line(from), 80);
    type("_\r");
    wait_for("▀");
    quit();
}
END_TEST

START_TEST(an_error_is_gone_into)
{
    start();
    type("function inner(x) local twice = x * 2 error('on purpose') end\r");
    type("function outer(a) inner(a + 1) end\r");
    type("outer(4)\r");
    wait_for("on purpose");
    type(":debug\r");
    wait_for("1 of 3: function 'inner'");
    wait_for("twice = 10");
    wait_for("debug> ");
    type("twic\t + 5\r");
    wait_for("\n15\r\n");
    type(":up\r");
    wait_for("2 of 3: function 'outer'");
    wait_for("debug> ");
    type("a * 100\r");
    wait_for("\n400\r\n");
    type("nothing_such\r"); /* an error in there is an error, and :debug goes on */
    wait_for("undefined global");
    wait_for("debug> ");
    type("\004");
    wait_for("\n> ");
    type("_2 .. ' and ' .. _1\r"); /* the last two values */
    wait_for("\n15 and 400\r\n");
    quit();
}
END_TEST

/* The rows of the curve that are on the screen when the run ends are gone, and what was printed is whole. */
START_TEST(a_training_is_watched)
{
    start();
    type("set = data.TensorDataset(ml.randint(0, 256, { 300, 3, 16, 16 }):byte(), ml.randint(1, 4, { 300 }))\r");
    type("\033[200~function try(...)\n"
         " activity = ml.experiment { name = 'p', data = set, arguments = { '--epochs=40', '--patience=0', "
         "'--seeds=1',\n"
         "  '--image_size=16', '--workers=0', '--out=runs', ... } }\n"
         " activity:trial('a', function(run)\n"
         "  run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, 64), nn.ReLU(), nn.Linear(64, 3) }\n"
         "  run.optimizer = optim.Adam(run.model:parameters())\n"
         "  run:on('epoch', function(n) os.execute('sleep 0.03') if n % 10 == 0 then print('now ' .. n) end end)\n"
         "  run:fit()\n"
         " end)\n"
         "end\n\033[201~");
    type("try()\r");
    wait_for("train_loss");
    wait_for("now 20\r\n");
    struct winsize narrow = { .ws_row = 40, .ws_col = 60 };
    ck_assert_int_eq(ioctl(terminal, TIOCSWINSZ, &narrow), 0);
    wait_for("now 40\r\n");
    wait_for("a, seed 42: validation");
    size_t from = length;
    type("try('--no-curve')\r");
    wait_for("now 40\r\n");
    wait_for("a, seed 42: validation");
    never("train_loss", from);
    type("try()\r");
    wait_for("train_loss");
    press("\003"); /* the step ends, and what there is is said */
    wait_for("(stopped)");
    wait_for("interrupted");
    type("'alive'\r");
    wait_for("\nalive\r\n");
    quit();
}
END_TEST

/* ---- width ---- */

static const char *const tables[] = {
    "print(nn.Sequential { nn.Conv2d(3, 64, 3, { padding = 1 }), nn.BatchNorm2d(64, { momentum = 0.05 }) })\r",
    "print(metrics.ConfusionMatrix(names))\r",
    "metrics.ConfusionMatrix(names)\r",
    ":help\r",
    ":set\r",
    ":who\r",
    "?\r",
    "?nn.Conv2d\r",
    "?string.format\r",
    "?learning rate\r",
    "nn\r",
    "ml\r",
    "{ names, names, deeper = { names } }\r",
    "ml.randn { 3, 40 }\r",
    "activity:report()\r",
    "y = ml.randint(1, 9, { 40 }) print(metrics.classification_report(y, y, { target_names = names }))\r",
    "data.inspect('photos')\r",
    "os.execute(os.getenv 'MLPRUN' .. ' runs runs');\r",
    "os.execute(os.getenv 'MLPRUN' .. ' --help');\r",
    "os.execute(os.getenv 'MLPRUN' .. ' runs --help');\r",
};

/* All that is printed by the program, at 80 columns. */
START_TEST(tables_fit_80_columns)
{
    start();
    make_photos();
    type("names = {} for i = 1, 8 do names[i] = ('class number %d of the eight'):format(i) end\r");
    type("\033[200~activity = ml.experiment { name = 'named', data = folder, arguments = {\n"
         "  '--epochs=2', '--seeds=2', '--image_size=8', '--workers=0', '--out=runs' } }\n"
         "for _, rate in ipairs { 0.001, 0.1 } do\n"
         " activity:trial('a long name, lr=' .. rate, function(run)\n"
         "  run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, 8), nn.ReLU(), nn.Linear(8, 3) }\n"
         "  run.optimizer = optim.Adam(run.model:parameters(), { lr = rate })\n"
         "  run:record('norm of all the weights', 1.5) run:fit()\n"
         " end)\n"
         "end\n\033[201~");
    int too_wide = 0;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        char shown[900];
        double end = mlp_clock() + patience();
        while (!at_prompt(0) && mlp_clock() < end) listen_for(0.05);
        size_t from = length;
        type(tables[i]);
        end = mlp_clock() + patience();
        while (!at_prompt(from) && mlp_clock() < end) listen_for(0.05);
        const char *answer = strchr(said + from, '\n'); /* behind what was typed */
        while (answer && strncmp(answer - 1, "\r\n", 2) != 0) answer = strchr(answer + 1, '\n');
        ck_assert_ptr_nonnull(answer);
        snprintf(shown, sizeof shown, "%s", answer);
        int width = widest_line((size_t)(answer - said));
        if (width > 80) printf("# a line of %d columns for %s: %s\n", width, tables[i], shown);
        fflush(stdout);
        too_wide += width > 80;
        never("attempt to", from);
    }
    ck_assert_int_eq(too_wide, 0);
    quit();
}
END_TEST

int main(void)
{
    if (!getenv("MLPRUN")) return 1;
    TCase *c = tcase_create("prompt_shows");
    tcase_set_timeout(c, 240 * slower());
    tcase_add_unchecked_fixture(c, make_folder, remove_folder);
    tcase_add_test(c, values_draw_themselves);
    tcase_add_test(c, a_model_is_looked_at);
    tcase_add_test(c, an_error_is_gone_into);
    tcase_add_test(c, a_training_is_watched);
    tcase_add_test(c, tables_fit_80_columns);
    return run_tests("prompt_shows", c);
}
