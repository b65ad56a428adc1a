/* binding.h - what every binding uses: boxes, errors, options, accounting. A binding converts arguments, calls one
 * runtime function, and converts the result.
 *
 * Order inside a bound function: read and check every argument, push an empty box, call the runtime into it, raise or
 * return. Nothing that can raise runs while a C pointer is held outside a box. */
#ifndef MLP_BINDING_H
#define MLP_BINDING_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "base/base.h"

/* ---- functions that scripts call ---- */

/* A row of a table of functions, which ends with a NULL name. most: how many arguments it takes, the object before a
 * colon among them; one more is an error. Every row says it, so that no function drops what it does not know. */
typedef struct mlpl_function {
    const char *name;
    lua_CFunction call; /* NULL: a field that is answered elsewhere, here a name for did-you-mean */
    int most;           /* or MLPL_FORMS: it depends on what they are, and the function calls mlpl_last itself */
} mlpl_function;

enum { MLPL_FORMS = 1 << 20 };

void mlpl_set_functions(lua_State *L, const mlpl_function *list); /* adds them to the table on the top of the stack */
void mlpl_new_functions(lua_State *L, const mlpl_function *list); /* pushes a table of them */

/* Pops a value, which becomes upvalue 1 of the function that it pushes: a family of functions is one function and a
 * value. */
void mlpl_push_function(lua_State *L, lua_CFunction call, int most);

/* Raises when an argument that is not nil stands behind number `arg`. Called before anything is pushed. */
void mlpl_last(lua_State *L, int arg);

/* ---- boxes: userdata that hold one reference to a runtime object ---- */

typedef struct mlpl_class {
    const char *name;              /* "mlprun.Tensor"; the part after the point is what messages say */
    void (*release)(void *object); /* drops the reference */
} mlpl_class;

/* Registers the metatable: __index is a table of `methods` (the did-you-mean for unknown ones is added), `meta` holds
 * further metamethods; either may be NULL. __gc, __close and the method `close` release (the latter two leave it to
 * __gc inside a finalizer that interrupts a binding). Leaves the stack as it was. */
void mlpl_class_register(lua_State *L, const mlpl_class *cls, const mlpl_function *methods, const luaL_Reg *meta);

/* Pushes an empty box; the caller stores an owned reference in *result. Its first user value is free for use. */
void **mlpl_push(lua_State *L, const mlpl_class *cls);

void *mlpl_check(lua_State *L, int arg, const mlpl_class *cls); /* raises unless it is one, and open */
void *mlpl_test(lua_State *L, int arg, const mlpl_class *cls);  /* NULL unless it is one, and open */

/* Call after an object that holds a lot of memory was anchored: steps Lua's collector when tensors have grown. */
void mlpl_account(lua_State *L);

/* ---- errors ---- */

/* Functions that raise have a result only so that callers can write `return mlpl_raise(L, &err)`. */
#ifdef __clang__
#define MLPL_RAISES __attribute__((analyzer_noreturn))
#else
#define MLPL_RAISES
#endif

/* Raises err's text at the line of the user's script that led here: frames of the built-in Lua library are skipped. */
int mlpl_raise(lua_State *L, const mlp_error *err) MLPL_RAISES;
int mlpl_errorf(lua_State *L, const char *format,
                ...) MLPL_RAISES; /* the same for a text; formats as lua_pushfstring does */

/* As luaL_argerror, in our words: "FUNCTION: argument 2 (NAME): got X, expected Y". */
int mlpl_arg_error(lua_State *L, int arg, const char *expected) MLPL_RAISES;

/* A path, as text without zero bytes. */
const char *mlpl_check_path(lua_State *L, int arg);

/* Words of messages, pushed. */
const char *mlpl_push_with_article(lua_State *L, const char *noun); /* "a Tensor", "an Image" */
const char *mlpl_push_kind(lua_State *L, int arg); /* what a value is: "a Tensor", "the string 'x'", "nil" */

/* The length of the list at index, without metamethods. Lua's border of a table with holes may be any number up to the
 * largest, so lengths that memory is asked for come from here: more than 2^28 is an error. */
int64_t mlpl_length(lua_State *L, int index);

/* index - 1; the smallest integer stays what it is. */
int64_t mlpl_shifted(int64_t index);

/* The list entry nearest to `word` (edit distance), or NULL when none is near. list ends with NULL. */
const char *mlpl_nearest(const char *word, const char *const *list);

/* ---- results ---- */

/* Pushes a text that malloc gave, and frees it, also when that raises. Returns 1. */
int mlpl_push_owned(lua_State *L, void *bytes, size_t length);

/* table[key] = value, for the table on top of the stack; values: a list. */
void mlpl_set_number(lua_State *L, const char *key, double value);
void mlpl_set_integer(lua_State *L, const char *key, int64_t value);
void mlpl_set_numbers(lua_State *L, const char *key, const double *values, int n);

/* Makes the table on top of the stack a list that is handed out: a == b compares, print shows it, list[0] is an error.
 */
void mlpl_mark_list(lua_State *L);

/* ---- the trailing table of options ---- */

typedef struct mlpl_options {
    lua_State *L;
    int table;       /* absolute index; 0 when the argument is nil or absent */
    const char *who; /* "optim.Adam": begins the messages */
} mlpl_options;

/* Reads argument arg (nil, none or a table) and refuses keys that are not in `known` with a did-you-mean. */
mlpl_options mlpl_options_at(lua_State *L, int arg, const char *who, const char *const *known);
double mlpl_option_number(const mlpl_options *o, const char *key, double fallback);
int64_t mlpl_option_integer(const mlpl_options *o, const char *key, int64_t fallback);
bool mlpl_option_boolean(const mlpl_options *o, const char *key, bool fallback);
const char *mlpl_option_string(const mlpl_options *o, const char *key, const char *fallback); /* lives with the table */
bool mlpl_option_push(const mlpl_options *o, const char *key); /* pushes the value, or nothing and false when nil */

/* ---- the classes that several bindings share ---- */

struct mlp_tensor;
struct mlp_image;
extern const mlpl_class mlpl_tensor_class, mlpl_image_class;

struct mlp_tensor *mlpl_check_tensor(lua_State *L, int arg);
struct mlp_tensor **mlpl_push_tensor(lua_State *L); /* an empty box */
struct mlp_image *mlpl_check_image(lua_State *L, int arg);
struct mlp_image **mlpl_push_image(lua_State *L);

/* Adds methods, and fields that a function computes from the tensor (its argument), to the class. Both may be NULL. */
void mlpl_tensor_extend(lua_State *L, const mlpl_function *methods, const luaL_Reg *getters);

/* Class labels and indices count from 1 in Lua and from 0 in C: the one place where they are shifted. Both push a box
 * with a new i64 tensor (t + 1, t - 1) and return it, borrowed. */
struct mlp_tensor *mlpl_index_to_lua(lua_State *L, struct mlp_tensor *t);
struct mlp_tensor *mlpl_index_from_lua(lua_State *L, struct mlp_tensor *t);

/* The generator behind ml.manual_seed. */
mlp_rng *mlpl_generator(void);
uint64_t mlpl_seed(void); /* what it was last seeded with */

/* Each binding file has one of these: it pushes its table of functions. core.c lists them. */
int mlpl_open_tensor(lua_State *L);
int mlpl_open_autograd(lua_State *L);
int mlpl_open_linalg(lua_State *L);
int mlpl_open_nn(lua_State *L);
int mlpl_open_optim(lua_State *L);
int mlpl_open_image(lua_State *L);
int mlpl_open_draw(lua_State *L);
int mlpl_open_augment(lua_State *L);
int mlpl_open_data(lua_State *L);
int mlpl_open_metrics(lua_State *L);
int mlpl_open_random(lua_State *L);
int mlpl_open_io(lua_State *L);
int mlpl_open_json(lua_State *L);
int mlpl_open_writers(lua_State *L);
int mlpl_open_sys(lua_State *L);
int mlpl_open_process(lua_State *L);
int mlpl_open_editor(lua_State *L);

#endif
