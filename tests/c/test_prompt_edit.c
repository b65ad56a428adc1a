/* test_prompt_edit.c - the prompt on a pseudo-terminal: statements of several lines, long lists, other sizes. */
#include "terminal.h"

#define UP "\033[A"
#define DOWN "\033[B"
#define HOME "\033[H"
#define END "\033[F"
#define ALT_ENTER "\033\r"

START_TEST(any_line_of_a_recalled_statement_can_be_edited)
{
    start();
    type("for i = 1, 2 do\r");
    type("  print('old ' .. i)\r");
    type("end\r");
    wait_for("\nold 1\r\nold 2\r\n");
    type(UP UP END); /* the cursor is in the last line: to the middle one, behind it */
    press(" print('more')" HOME);
    press("  local x = i" ALT_ENTER "  print('new ' .. x)" UP UP END DOWN HOME "\r");
    wait_for("\r\nnew 1\r\nold 1\r\nmore\r\nnew 2\r\nold 2\r\nmore\r\n");
    type(UP "\r"); /* the statement as it was changed is one entry */
    wait_for("\r\nnew 1\r\nold 1\r\nmore\r\n");
    quit();
}
END_TEST

START_TEST(what_was_entered_of_a_statement_comes_back)
{
    start();
    type("for i = 1, 2 do\r");
    type("  print('round ' .. i\r");
    type("  end" UP); /* the parenthesis is missing: all of it is in the editor again */
    wait_for("> for i = 1, 2 do");
    press(UP END ")" DOWN END "\r");
    wait_for("\r\nround 1\r\nround 2\r\n");
    type("x = {\r");
    type("  1, 2,\r");
    type("\003"); /* given up, and not lost */
    type(UP END "}\r");
    type("#x\r");
    wait_for("\n2\r\n");
    quit();
}
END_TEST

START_TEST(up_and_down_go_through_entries_of_several_lines)
{
    start();
    type("first = 1\r");
    type("do\r");
    type("  second = 2\r");
    type("end\r");
    type(UP UP UP UP "\r"); /* three lines, then the entry before */
    type("first + second\r");
    wait_for("\n3\r\n");
    type("fresh = 5\r");
    type("fi" UP UP " + 10\r"); /* entries that begin so, the second one back */
    wait_for("= 1 + 10");
    type("first\r");
    wait_for("\n11\r\n");
    type(UP UP UP UP UP UP UP UP UP DOWN DOWN DOWN DOWN DOWN DOWN DOWN DOWN DOWN DOWN "'at ' .. 'the end'\r");
    wait_for("\nat the end\r\n");
    quit();
}
END_TEST

static void set_size(int rows, int columns)
{
    struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };
    ck_assert_int_eq(ioctl(terminal, TIOCSWINSZ, &size), 0);
}

START_TEST(a_resize_draws_the_text_anew)
{
    start();
    type("first = 'ñandú'\r");
    type("\033[200~do\n  second = first .. '!'\nend\033[201~");
    wait_for("end");
    set_size(24, 50);
    wait_for("> do");
    wait_for("second = first");
    wait_for("end");
    press("\r");
    type("second .. second\r");
    wait_for("\nñandú!ñandú!\r\n");
    type("some text");
    wait_for("some text");
    set_size(24, 30);
    wait_for("> some text"); /* at the begin of a line, once */
    press("\003");
    quit();
}
END_TEST

START_TEST(long_lists_ask_first)
{
    start();
    set_size(10, 60);
    type("x = 1\r"); /* the size is known */
    type("nn.\t");
    wait_for("show all ");
    wait_for("? (y or n) ");
    size_t from = length;
    press("n");
    wait_for("> nn.");
    never("Conv2d", from);
    press("\t");
    wait_for("? (y or n) ");
    press("y");
    wait_for("Conv2d");
    wait_for("> nn.");
    press("Lin\t(2, 3):num_parameters()\r");
    wait_for("\n9\r\n");
    type("nn.\t");
    wait_for("? (y or n) ");
    press("\003"); /* Ctrl-C is a no */
    wait_for("^C");
    from = length;
    set_size(60, 80);
    type("nn.\t"); /* there is room: nothing is asked */
    wait_for("Conv2d");
    never("show all", from);
    press("\003");
    quit();
}
END_TEST

START_TEST(tab_shows_signatures_and_indents)
{
    start();
    type("nn.Conv2d(\t");
    wait_for("in_channels, out_channels, kernel_size");
    press("3, 8, 3, { stride = 2, st\t"); /* used already: nothing comes */
    press("paddi\t");
    press("\003");
    wait_for("^C");
    type("do\r");
    type("\tz = 5\r");
    type("end\r");
    type("z\r");
    wait_for("\n5\r\n");
    quit();
}
END_TEST

START_TEST(lines_of_a_block_are_indented)
{
    start();
    type("for i = 1, 2 do\r");
    type("if i > 1 then\r");
    type("print('second')\r");
    type("else\r");
    type("print('first')\r");
    type("end\r");
    type("end\r");
    wait_for("\nfirst\r\nsecond\r\n> ");
    type("x = {}\r");
    wait_for("> ");
    size_t from = length;
    type("\033[A\033[A");
    wait_for("end");
    pass(0.3);
    ck_assert_msg(strstr(said + from, "\n  if i > 1 then") && strstr(said + from, "\n    print('first')") &&
                      strstr(said + from, "\n  else") && strstr(said + from, "\n  end"),
                  "%s", said + from);
    press("\003");
    wait_for("> ");
    type("while true do\r");
    type("\004"); /* behind the blanks that there are */
    wait_for("the statement is given up");
    quit();
}
END_TEST

int main(void)
{
    if (!getenv("MLPRUN")) return 1;
    TCase *c = tcase_create("prompt_edit");
    tcase_set_timeout(c, 240 * slower());
    tcase_add_unchecked_fixture(c, make_folder, remove_folder);
    tcase_add_test(c, any_line_of_a_recalled_statement_can_be_edited);
    tcase_add_test(c, what_was_entered_of_a_statement_comes_back);
    tcase_add_test(c, up_and_down_go_through_entries_of_several_lines);
    tcase_add_test(c, a_resize_draws_the_text_anew);
    tcase_add_test(c, long_lists_ask_first);
    tcase_add_test(c, tab_shows_signatures_and_indents);
    tcase_add_test(c, lines_of_a_block_are_indented);
    return run_tests("prompt_edit", c);
}
