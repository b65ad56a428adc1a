/* test_prompt.c - the prompt on a pseudo-terminal: what it shows, and how lines are typed. */
#include "terminal.h"
#include <sys/stat.h>

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

START_TEST(another_language_is_repaired_and_up_has_the_line)
{
    start();
    type("n = 3\r");
    type("n += 4\r");
    wait_for("no += and the like");
    wait_for("Lua | n = n + 4");
    type("\033[A\r");
    type("n\r");
    wait_for("\n7\r\n");
    type("for i in range(2):\r"); /* the parser would wait for ever */
    wait_for("Lua | for i = 1, 2 do");
    type("\033[A\r");
    wait_for(">> ");
    type("print('turn ' .. i) end\r");
    wait_for("\nturn 2\r\n");
    type("try:\r");
    wait_for("pcall");
    quit();
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
    type("t:log1\t\t");
    wait_for("log10  log1p");
    press("\003");
    type("nn.Linear(3, 2, { bia\tfalse }).bias\r"); /* inserts "s = " */
    wait_for("\nnil\r\n");
    type("nowhere.nothing_\t"); /* unknown: nothing but the bell */
    wait_for("nothing_");
    wait_for("\a");
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
    ck_assert_ptr_nonnull(strstr(text, "\nif kept then\\n  print(kept)\\nend\n"));
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

START_TEST(impatience_does_not_end_a_session)
{
    start();
    type("kept = 5\r");
    type("while true do end\r");
    for (int i = 0; i < 7; i++) {
        pass(0.1);
        press("\003");
    }
    pass(0.5);
    wait_for("interrupted");
    type("kept\r");
    wait_for("\n5\r\n");
    quit();
}
END_TEST

static void set_size(int columns)
{
    struct winsize size = { .ws_row = 24, .ws_col = (unsigned short)columns };
    ck_assert_int_eq(ioctl(terminal, TIOCSWINSZ, &size), 0);
    pass(0.1);
}

START_TEST(a_window_of_any_size_keeps_the_line)
{
    static const int columns[] = { 40, 20, 10, 3, 1, 80, 2, 200, 80 };
    char long_line[1000];
    memset(long_line, 'a', sizeof long_line);
    memcpy(long_line, "#'", 2);
    long_line[sizeof long_line - 1] = 0;
    start();
    type(long_line);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        set_size(columns[i]);
        press("b");
    }
    press("'\r");
    wait_for("\n1006\r\n");
    quit();
}
END_TEST

START_TEST(after_a_script_its_variables_are_there)
{
    char path[200];
    snprintf(path, sizeof path, "%s/script.lua", folder);
    FILE *f = fopen(path, "w");
    fputs("local held = 'kept'\nfunction fails() error('on purpose') end\nfails()\n", f);
    fclose(f);
    start_program(80, NULL, NULL, "-i", path);
    wait_for("on purpose");
    type("held\r");
    wait_for("\nkept\r\n");
    quit();
    start_with(80, NULL, NULL, "-i"); /* without a script it is the prompt alone */
    wait_for("Ctrl-D leaves\r\n> ");
    type("1 + 1\r");
    wait_for("\n2\r\n");
    quit();
}
END_TEST

START_TEST(slow_input_is_followed_by_its_time)
{
    start();
    type("t = os.clock() while os.clock() < t + 1.2 do end kept = ml.zeros(250000)\r");
    wait_for(" s, +1.0 MB of tensors, ");
    wait_for(" busy)\r\n> ");
    size_t from = seen;
    type("1 + 1\r");
    wait_for("\n2\r\n> ");
    never(" of tensors", from);
    type(":set time 0\r");
    wait_for("time = 0");
    type("2 + 2\r");
    wait_for("\n4\r\n(");
    wait_for(" us, +0 B of tensors, ");
    quit();
}
END_TEST

/* What is lower case does not depend on who runs a script. */
START_TEST(the_locale_changes_no_result)
{
    start_with(80, "LC_ALL", "tr_TR.ISO-8859-9", "-q");
    wait_for("> ");
    type("('TITLE'):lower() .. #('\u00e9'):gsub('%a', '')\r");
    wait_for("\ntitle2\r\n");
    quit();
}
END_TEST

START_TEST(a_huge_entry_is_not_kept)
{
    char path[200];
    static char line[20000];
    memset(line, ' ', sizeof line - 1);
    memcpy(line, "huge = [[", 9);
    memcpy(line + sizeof line - 4, "]]\r", 3);
    start();
    type(line);
    type("#huge\r");
    wait_for("\n19987\r\n");
    quit();
    snprintf(path, sizeof path, "%s/mlprun/history", folder);
    FILE *f = fopen(path, "r");
    ck_assert_ptr_nonnull(f);
    fseek(f, 0, SEEK_END);
    ck_assert_int_lt(ftell(f), 16000);
    fclose(f);
}
END_TEST

/* What somebody wants at every prompt: its variables stay, local ones too, and its mistakes are shown. */
START_TEST(a_file_of_ones_own_runs_first)
{
    char path[200];
    snprintf(path, sizeof path, "%s/mlprun", folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/mlprun/init.lua", folder);
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs("ml.set_printoptions { precision = 2 }\nlocal mine = 'my ' .. 'own'\nfunction third() return 1 / 3 end\n", f);
    fputs("misspelt()\n", f);
    fclose(f);
    start();
    ck_assert_ptr_nonnull(strstr(said, "init.lua:4: undefined global 'misspelt'"));
    type("mine\r");
    wait_for("\nmy own\r\n");
    type("ml.tensor { third(), 0 }\r");
    wait_for("[0.33, 0.00]");
    quit();
    remove(path);
}
END_TEST

/* A file that has grown too large is shortened to less than half of that, however long its entries are. */
START_TEST(the_history_has_its_size)
{
    char path[200], entry[15001];
    snprintf(path, sizeof path, "%s/mlprun", folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/mlprun/history", folder);
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    memset(entry, 'x', sizeof entry - 1);
    entry[sizeof entry - 1] = 0;
    for (int i = 0; i < 100; i++) fprintf(f, "%s = %d\n", entry, i);
    fputs("'the last one'\n", f);
    fclose(f);
    start();
    type("\020\r"); /* Ctrl-P */
    wait_for("\nthe last one\r\n");
    quit();
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_lt(st.st_size, 1 << 19);
    ck_assert_int_gt(st.st_size, 1 << 18);
    remove(path);
}
END_TEST

/* Ctrl-C at an empty line until the way out is said, which comes behind the echo. */
static void press_until_asked(void)
{
    size_t from = length;
    double end = mlp_clock() + patience();
    while (!strstr(said + from, "Ctrl-D leaves, and so does Ctrl-C once more") && mlp_clock() < end && !has_ended()) {
        type("\003");
        while (!at_prompt(0) && mlp_clock() < end && !has_ended()) listen_for(0.05);
    }
    ck_assert_msg(strstr(said + from, "once more") || has_ended(), "the way out is not said: %s", said + from);
}

START_TEST(it_can_be_left)
{
    start();
    type("some words");
    wait_for("some words");
    press("\003");
    wait_for("^C");
    press_until_asked();
    type("1 + 1\r"); /* not at once */
    wait_for("\n2\r\n");
    for (int i = 0; i < 100 && !has_ended(); i++) {
        press_until_asked(); /* two, and one more within two seconds, if the machine is not too busy */
        if (!has_ended()) press("\003");
        pass(0.3);
    }
    ck_assert_int_eq(leave(), 0);
    start();
    type("while true do\r");
    wait_for(">> ");
    type("\003");
    type("'free'\r");
    wait_for("\nfree\r\n");
    type("while true do\r");
    wait_for(">> ");
    type("\004"); /* Ctrl-D gives up the statement, not the session */
    wait_for("given up");
    type("'here'\r");
    wait_for("\nhere\r\n");
    type(":quit\r");
    ck_assert_int_eq(leave(), 0);
    start();
    kill(child, SIGTERM);
    ck_assert_int_eq(leave(), 128 + SIGTERM);
}
END_TEST

int main(void)
{
    if (!getenv("MLPRUN")) return 1;
    TCase *c = tcase_create("prompt");
    tcase_set_timeout(c, 240 * slower());
    tcase_add_unchecked_fixture(c, make_folder, remove_folder);
    tcase_add_test(c, the_banner_is_one_line_and_q_hides_it);
    tcase_add_test(c, expressions_show_and_statements_run);
    tcase_add_test(c, mistakes_are_explained_and_survived);
    tcase_add_test(c, another_language_is_repaired_and_up_has_the_line);
    tcase_add_test(c, tab_completes);
    tcase_add_test(c, help_is_at_hand);
    tcase_add_test(c, what_was_typed_comes_back);
    tcase_add_test(c, a_pasted_block_runs_once);
    tcase_add_test(c, any_terminal_will_do);
    tcase_add_test(c, a_window_of_any_size_keeps_the_line);
    tcase_add_test(c, after_a_script_its_variables_are_there);
    tcase_add_test(c, a_file_of_ones_own_runs_first);
    tcase_add_test(c, the_history_has_its_size);
    tcase_add_test(c, slow_input_is_followed_by_its_time);
    tcase_add_test(c, the_locale_changes_no_result);
    tcase_add_test(c, a_huge_entry_is_not_kept);
    tcase_add_test(c, it_can_be_left);
    tcase_add_test(c, impatience_does_not_end_a_session);
    return run_tests("prompt", c);
}
