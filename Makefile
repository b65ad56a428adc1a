# mlprun - see README.md. `make demo` installs what is missing, builds and runs the main experiment; `make check` tests.
CC      = cc
CFLAGS  = -O3 -g
SAN     =# make SAN=address,undefined check
PREFIX  = /usr/local
DESTDIR =
DEMO    = --seeds=3 --epochs=10

# ---- rules ----
VERSION  := 0.1.0
comma    := ,
B        := build$(if $(SAN),-$(subst $(comma),-,$(SAN)))
WARN      = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wno-unknown-warning-option -Wno-format-truncation -Werror
FLAGS     = -std=c11 $(WARN) $(CFLAGS) -fno-math-errno -fno-trapping-math -ffp-contract=off -fno-omit-frame-pointer \
            -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L -pthread -MMD -MP -Iruntime -I$B/gen \
            $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all)

# Packages unpacked into vendor/prefix (vendor/get.sh local) come before the system's. The checkout's path may have blanks:
# what is found while building is relative to it.
LOCAL    := $(wildcard vendor/prefix/usr)
ifneq ($(LOCAL),)
libdir   := $(shell vendor/get.sh libdir)
export PATH := $(CURDIR)/vendor/prefix/usr/bin:$(CURDIR)/vendor/prefix/bin:$(PATH)
export LD_LIBRARY_PATH := $(libdir)
PKG       = PKG_CONFIG_SYSROOT_DIR=vendor/prefix PKG_CONFIG_PATH="$(shell vendor/get.sh pkgconfig)" pkg-config
RPATH     = $(addprefix -L,$(subst :, ,$(subst $(CURDIR)/,,$(libdir)))) -Wl,--disable-new-dtags,-rpath,'$(libdir)' -Wl,-rpath-link,'$(libdir)'
LOCAL_INC = -isystem vendor/prefix/usr/include $(addprefix -isystem ,$(wildcard vendor/prefix/usr/include/*-linux-gnu))
else
PKG       = pkg-config
endif
once      = $(if $(value $1),,$(eval $1 := $(shell $2)))$($1)
LIBRARIES = openblas libpng libjpeg libwebp libgif libprotobuf-c jansson libmd zlib minizip
LUA_FLAGS  = $(call once,LUA_FLAGS_FOUND,$(PKG) --cflags lua5.4)
LIB_FLAGS  = $(call once,PACKAGE_FLAGS,$(PKG) --cflags $(LIBRARIES)) $(LOCAL_INC)
LIBS       = $(call once,PACKAGE_LIBS,$(PKG) --libs $(LIBRARIES)) $(RPATH) -lm
HOST_LIBS  = $(call once,HOST_LIBS_FOUND,$(PKG) --libs lua5.4 libedit)
CHECK_LIBS = $(call once,CHECK_LIBS_FOUND,$(PKG) --libs check)

objects   = $(patsubst %.c,$B/%.o,$(wildcard $1/*.c $1/*/*.c))
MESSAGES  = $(patsubst %.proto,$B/gen/%.pb-c,$(wildcard runtime/*/*.proto))
RUNTIME   = $(call objects,runtime) $(addsuffix .o,$(MESSAGES))
BINDINGS  = $(call objects,bindings) $B/gen/scripts.o
SCRIPTS   = $(sort $(wildcard scripts/*.lua scripts/*/*.lua))
C_TESTS   = $(patsubst tests/c/%.c,$B/tests/%,$(wildcard tests/c/test_*.c))
C_FILES   = $(wildcard runtime/*.h runtime/*/*.[ch] bindings/*.[ch] bindings/*/*.[ch] tests/c/*.[ch] tests/bench/*.c tests/faults/*.c)

Q         = $(if $(V),,@)
say       = $(if $(V),,@echo '  $1')
parallel  = $(MAKE) --no-print-directory -j$(shell nproc)

.DELETE_ON_ERROR:
.PHONY: all deps data demo activities check tests fuzz torture bench bench-peers docs lint format lib install clean
# A folder somewhere else (make B=/tmp/build check) leaves nothing in the checkout, which may be read-only.
P         = $(if $(or $(SAN),$(filter /%,$B)),$B/mlprun,./mlprun)
all: $(P:./%=%)

mlprun: $B/mlprun
	$Qcp $< $@.new && mv $@.new $@

$B/mlprun: $(BINDINGS) $B/libmlprun.a
	$(call say,LINK $@)
	$Q$(CC) $(FLAGS) -o $@ $^ $(LIBS) $(HOST_LIBS)

$B/libmlprun.a: $(RUNTIME)
	$Qrm -f $@ && ar rcs $@ $^

# The runtime as a library for C (docs/c-library.md). The headers that are installed are those that runtime/mlprun.h reaches.
SONAME    = libmlprun.so.$(word 1,$(subst ., ,$(VERSION)))
HEADERS   = $(filter runtime/%,$(shell $(CC) -MM -Iruntime -x c runtime/mlprun.h))
$B/$(SONAME): $(RUNTIME) runtime/mlprun.map
	$(call say,LINK $@)
	$Q$(CC) $(FLAGS) -shared -Wl,-soname,$(SONAME),--version-script=runtime/mlprun.map -o $@ $(RUNTIME) $(LIBS)

$B/tests/%: tests/c/%.c $B/libmlprun.a
	@mkdir -p $(@D)
	$(call say,TEST $@)
	$Q$(CC) $(FLAGS) $(LIB_FLAGS) -o $@ $< $B/libmlprun.a $(CHECK_LIBS) $(LIBS)

# The same objects go into the executable, where the linker makes direct calls of what -fPIC left open.
$B/runtime/%.o $B/gen/%.pb-c.o: FLAGS += -fPIC -fno-semantic-interposition
# Only bindings/ can find lua.h: that the runtime knows no Lua is checked by the compiler.
$B/bindings/%.o: FLAGS += $(LUA_FLAGS) -Ibindings -DMLP_VERSION='"$(VERSION)"'
$B/%.o: %.c $B/flags | $B/packages
	@mkdir -p $(@D)
	$(call say,CC $<)
	$Q$(CC) $(FLAGS) $(LIB_FLAGS) -c $< -o $@

# Vector code has flags of its own and is chosen when the program runs (base/cpu.h).
ifneq ($(filter x86_64-%,$(shell $(CC) -dumpmachine)),)
$B/%_avx2.o: FLAGS += -mavx2 -mfma
$B/%_avx512.o: FLAGS += -mavx512f -mavx2 -mfma
endif

# Event files and ONNX: C from the message definitions.
$B/gen/%.pb-c.c $B/gen/%.pb-c.h: %.proto | $B/packages
	@mkdir -p $(@D)
	$Qprotoc-c --proto_path=$(<D) --c_out=$(@D) $<
$B/gen/%.pb-c.o: $B/gen/%.pb-c.c $B/flags
	$Q$(CC) $(filter-out $(WARN),$(FLAGS)) -w $(LIB_FLAGS) -c $< -o $@
$(call objects,runtime/writers) $(call objects,runtime/io): | $(addsuffix .h,$(MESSAGES))

# The Lua library becomes an array per file and a table of them.
$B/gen/scripts.c: $(SCRIPTS) scripts/embed.sh $B/scripts
	@mkdir -p $(@D)
	$Qsh scripts/embed.sh $(SCRIPTS) > $@
$B/gen/scripts.o: $B/gen/scripts.c
	$Q$(CC) $(FLAGS) $(LUA_FLAGS) $(LOCAL_INC) -Ibindings -c $< -o $@

# Other flags, or another list of scripts, mean another build: what was said last time is kept beside it.
flags    := $(CC) $(CFLAGS) $(SAN) $(VERSION)
.PHONY: again
differ    = $(subst x$(strip $1)x,,x$(strip $(file <$2))x)$(subst x$(strip $(file <$2))x,,x$(strip $1)x)
$B/flags: Makefile $(if $(call differ,$(flags),$B/flags),again)
	@mkdir -p $(@D)
	@echo '$(flags)' > $@
$B/scripts: $(if $(call differ,$(SCRIPTS),$B/scripts),again)
	@mkdir -p $(@D)
	@echo '$(SCRIPTS)' > $@
$B/packages: vendor/packages.txt
	@vendor/get.sh check tool build
	@mkdir -p $(@D) && touch $@

# ---- what people type ----
deps:
	@vendor/get.sh install tool build

data: all
	@$P data fetch emoji

demo: deps
	@$(parallel) data
	$P experiments/dropout.lua $(DEMO)

# Every experiment once, small: a few minutes; it fails if one fails.
ACTIVITIES = --epochs=2 --seeds=1 --image_size=32 --jobs=0 --out=runs/small
activities: data
	@for f in experiments/*.lua; do \
	    case $$f in */image_size.lua) o="$(ACTIVITIES) --sizes=32,64" ;; *) o="$(ACTIVITIES)" ;; esac; \
	    echo "== $P $$f $$o"; $P $$f $$o || exit 1; \
	done

check:
	@vendor/get.sh install tool build test $(if $(SAN),sanitize)
	@$(parallel) tests
	@tests/run.sh $B $(ONLY)
tests: all $(C_TESTS) $B/bench/limits

# A million generated calls of what the help documents, and as many files as it takes, from MLP_SEED on; hours.
fuzz: tests
	MLP_CALLS=1000000 MLP_MUTATIONS=100000 MLP_PLOTS=20000 tests/run.sh $B test_image test_io generated_calls plot_figures

# What docs/reliability.md says of full scale, one after the other, with figures; hours.
torture: tests
	FIGURES=1 MLP_KILLS=200 MLP_INTERRUPTS=500 tests/run.sh $B test_writers test_prompt_stops
	FIGURES=1 FULL=1 tests/run.sh $B any_instant
	FIGURES=1 MLP_FAULTS=all tests/run.sh $B faults
	FIGURES=1 $(MAKE) --no-print-directory fuzz

# What it costs: tests/bench/run.sh says which variables there are (ONLY, PEERS, PHOTOS, FULL).
bench: all $B/bench/limits
	@tests/bench/run.sh $B

bench-peers:
	python3 -m venv $B/peers
	$B/peers/bin/pip install -q -r tests/bench/peers/requirements.txt

$B/bench/limits: tests/bench/limits.c $B/flags
	@mkdir -p $(@D)
	$Q$(CC) $(filter-out -Wshadow -Wmissing-prototypes,$(FLAGS)) $(LIB_FLAGS) -o $@ $< $(LIBS) -lutil

lint:
	@vendor/get.sh install tool build lint
	@$(parallel) all
	$Qtests/arrows.sh $B
	$Qclang-format --dry-run -Werror $(C_FILES)
	$Qtests/tidy.sh $(wildcard runtime/*/*.c bindings/*.c bindings/*/*.c) -- -std=c11 -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L \
	    -Iruntime -I$B/gen $(LIB_FLAGS) $(LUA_FLAGS) -Ibindings -DMLP_VERSION='""'
	luacheck -q scripts experiments docs tests/lua tests/e2e tests/faults tests/bench tests/manual
	$P types | luacheck -q -

docs: all
	$P docs/reference.lua > docs/reference.md.new && mv docs/reference.md.new docs/reference.md

format:
	clang-format -i $(C_FILES)

lib: $B/$(SONAME) $B/libmlprun.a
LIB       = $(DESTDIR)$(PREFIX)/lib

install: all lib
	install -D -m 755 $P $(DESTDIR)$(PREFIX)/bin/mlprun
	@mkdir -p $(addprefix $(DESTDIR)$(PREFIX)/share/,man/man1 bash-completion/completions zsh/site-functions mlprun/types) $(LIB)/pkgconfig
	$P man > $(DESTDIR)$(PREFIX)/share/man/man1/mlprun.1
	$P completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/mlprun
	$P completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_mlprun
	$P types > $(DESTDIR)$(PREFIX)/share/mlprun/types/mlprun.lua
	install -m 755 $B/$(SONAME) $(LIB)
	ln -sf $(SONAME) $(LIB)/libmlprun.so
	install -m 644 $B/libmlprun.a $(LIB)
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|; s|@LIBRARIES@|$(LIBRARIES)|' runtime/mlprun.pc.in > $(LIB)/pkgconfig/mlprun.pc
	@for h in $(HEADERS:runtime/%=%); do install -D -m 644 runtime/$$h $(DESTDIR)$(PREFIX)/include/mlprun/$$h; done

clean:
	rm -rf build build-* mlprun

-include $(wildcard $B/*/*.d $B/*/*/*.d $B/*/*/*/*.d)
