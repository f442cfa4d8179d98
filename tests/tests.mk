# SPDX-License-Identifier: GPL-2.0-or-later
# The tests. Every test program prints TAP; tests/run collects it and prints the closing line.
#
#   tests/unit/*_test.c    cmocka, under sanitizers, no root, no kernel features
#   tests/golden/*_test.sh the program's own output against files; sanitized build
#   tests/truth/*_test.sh  captures of programs whose right profile is known; root and BPF
#   tests/browser/*_test.* the graph in headless Chromium
#   tests/docs/*_test.sh   what the documents claim
#   tests/fuzz/*_fuzz.c    parsers of foreign input: `make check` replays tests/fuzz/corpus/NAME,
#                          `make fuzz T=SECONDS` looks for more
#   tests/cfi              every ELF file of this machine against libdw; `make check-cfi`
#   tests/bench/*.sh       ratios against peers; `make bench`, never part of `make check`

TEST_LIBS  := -lcmocka
# Of these there are two, for the stacks of either machine.
WALKER_TESTS := rules ends roots lookup
UNIT_TESTS := $(patsubst %.c,$(B)/%,$(filter-out $(WALKER_TESTS:%=tests/unit/walker_%_test.c), \
		$(wildcard tests/unit/*_test.c))) \
	      $(foreach t,$(WALKER_TESTS),$(B)/tests/unit/walker_$(t)_x86_test \
		$(B)/tests/unit/walker_$(t)_arm64_test)
SHELL_TESTS := $(wildcard tests/golden/*_test.sh tests/docs/*_test.sh tests/browser/*_test.sh \
		 tests/truth/*_test.sh)

$(B)/tests/unit/%_test: tests/unit/%_test.c $(call archives,$(B)/asan) $(B)/flags | $(B)/toolchain
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) -MMD -MP -MF $@.d -o $@ $< \
		$(call archives,$(B)/asan) $(LDLIBS) $(TEST_LIBS)

# The kernel walker on the host, for the stacks of either machine.
define walker_rules
$(B)/tests/unit/walker_%_$(1)_test: tests/unit/walker_%_test.c $(B)/flags | $(B)/toolchain
	@mkdir -p $$(@D)
	$$(call step,CC,$$@)
	$$(Q)$$(CC) $$(CPPFLAGS) $$(CFLAGS) $$(SANITIZE) -D__TARGET_ARCH_$(1) -MMD -MP -MF $$@.d -o $$@ $$< \
		$$(TEST_LIBS)
endef
$(eval $(call walker_rules,x86))
$(eval $(call walker_rules,arm64))

# What one of them steps through.
WALKED := $(B)/tests/unit/walked $(B)/tests/unit/walked_plugin.so
WALKED_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g -fomit-frame-pointer $(WARNINGS)
$(B)/tests/unit/walked: tests/unit/walked.c
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(WALKED_CFLAGS) -Wl,-z,lazy -o $@ $< -lpthread -ldl
$(B)/tests/unit/walked_plugin.so: tests/unit/walked_plugin.c
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(WALKED_CFLAGS) -Wl,-z,lazy -shared -fPIC -o $@ $<
$(B)/tests/unit/walker_real_test: | $(WALKED)

$(B)/asan/bolometer: $(B)/asan/profiler/main.o $(call archives,$(B)/asan)
	$(call step,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) -o $@ $^ $(LDLIBS)

FRAMES := -fno-omit-frame-pointer -fno-optimize-sibling-calls

# Programs whose profile is known, and the plugins that one of them loads.
TRUTH_PLUGINS  := $(patsubst %,$(B)/tests/truth/plugins/%.so,first second)
TRUTH_PROGRAMS := $(patsubst %.c,$(B)/%,$(wildcard tests/truth/*.c)) $(TRUTH_PLUGINS)
TRUTH_CFLAGS   := -std=gnu11 -D_GNU_SOURCE -O1 -g $(FRAMES) -fno-inline \
		  $(WARNINGS)
$(B)/tests/truth/%: tests/truth/%.c tests/truth/truth.h
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(TRUTH_CFLAGS) -o $@ $< -lpthread -ldl
$(B)/tests/truth/plugins/%.so: tests/truth/plugins/plugin.c tests/truth/truth.h
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(TRUTH_CFLAGS) -DPLUGIN_WORK=$*_plugin_work -shared -fPIC -o $@ $<

# Call-frame tables of files against libdw: of all that are installed, or of CFI_FILES. Not
# sanitized, as they are many; the sample in tests/unit is.
CFI_FOLDERS := $(sort $(realpath /lib /lib64 /usr/lib /usr/lib64 /usr/bin /usr/sbin \
		 $(wildcard /usr/*-linux-gnu/lib)))
list_cfi_files = $(if $(CFI_FILES),printf '%s\0' $(CFI_FILES),find $(CFI_FOLDERS) -type f \
		 \( -name '*.so*' -o -perm -100 \) -print0)

# Programs whose stacks are known and have no frame pointers; see tests/truth/unwind/shape.h. Each
# line is one way of building the same chain of calls, which gives other call-frame information, or
# the same in another place. Ways whose tools are missing are left out, and skipped by name.
UNWIND        := $(B)/tests/truth/unwind
UNWIND_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g -fomit-frame-pointer $(WARNINGS) -Wno-vla
have           = $(shell command -v $(1) 2>/dev/null)

CHAIN_gcc          := gcc
CHAIN_O0           := gcc -O0
CHAIN_Os           := gcc -Os
CHAIN_frames       := gcc -fno-omit-frame-pointer
CHAIN_static       := gcc -static
CHAIN_static_pie   := gcc -static-pie -fPIE
CHAIN_no_pie       := gcc -no-pie
CHAIN_high         := gcc -no-pie -Wl,-Ttext-segment=0x10000000
CHAIN_one_segment  := gcc -Wl,-z,noseparate-code
CHAIN_large        := gcc -no-pie -mcmodel=large
CHAIN_lto          := gcc -flto=auto
CHAIN_hardened     := gcc -fstack-protector-all -fstack-clash-protection -fcf-protection
CHAIN_stripped     := gcc -s
CHAIN_no_header    := gcc -Wl,--no-eh-frame-hdr
CHAIN_no_sections  := gcc
CHAIN_no_sections_static := gcc -static-pie -fPIE
CHAIN_debug_frame  := gcc -fno-asynchronous-unwind-tables -Wl,--no-eh-frame-hdr
CHAIN_debug_frame_compressed := $(CHAIN_debug_frame) -gz
CHAIN_debug_frame_beside := gcc -fno-asynchronous-unwind-tables
CHAIN_clang        := $(CLANG)
CHAIN_clang_O0     := $(CLANG) -O0
CHAIN_clang_static := $(CLANG) -static
ifneq ($(call have,ld.gold),)
CHAIN_gold         := gcc -fuse-ld=gold
endif
ifneq ($(call have,ld.lld),)
CHAIN_lld          := gcc -fuse-ld=lld
CHAIN_clang_lld    := $(CLANG) -fuse-ld=lld
endif
ifneq ($(ARCH),x86_64)
undefine CHAIN_large
endif
CHAINS := $(patsubst CHAIN_%,$(UNWIND)/chain_%,$(filter-out CHAIN_AFTER_%,$(filter CHAIN_%,$(.VARIABLES))))

UNWIND_PROGRAMS := $(CHAINS) $(patsubst %,$(UNWIND)/%,frames signals binding stacks calls recurse \
		     forks loads generated threads exceptions binding_library.so binding_lazy.so \
		     loads_plugin.so)
ifeq ($(ARCH),x86_64)
UNWIND_PROGRAMS += $(UNWIND)/odd
endif
ifneq ($(call have,rustc),)
UNWIND_PROGRAMS += $(UNWIND)/threads_rust
endif
TRUTH_PROGRAMS += $(UNWIND_PROGRAMS)

# Nothing of the file but its segments remains: no section headers (e_shoff, e_shnum, e_shstrndx).
CHAIN_AFTER_no_sections = head -c 8 /dev/zero | dd of=$@ bs=1 seek=40 conv=notrunc status=none && \
			  head -c 4 /dev/zero | dd of=$@ bs=1 seek=60 conv=notrunc status=none
CHAIN_AFTER_no_sections_static = $(CHAIN_AFTER_no_sections)
# The C library's startup code always brings some .eh_frame.
CHAIN_AFTER_debug_frame = objcopy --remove-section=.eh_frame $@
CHAIN_AFTER_debug_frame_compressed = $(CHAIN_AFTER_debug_frame)

$(UNWIND)/chain_%: tests/truth/unwind/chain.c tests/truth/unwind/shape.h tests/tests.mk
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(firstword $(CHAIN_$*)) $(UNWIND_CFLAGS) $(wordlist 2,99,$(CHAIN_$*)) -o $@ $<
	$(Q)$(or $(CHAIN_AFTER_$*),:)
$(UNWIND)/%: tests/truth/unwind/%.c tests/truth/unwind/shape.h
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(UNWIND_CFLAGS) -o $@ $(filter %.c %.S %.so,$^) -Wl,-z,lazy,-rpath,'$$ORIGIN' \
		-lpthread -ldl
$(UNWIND)/%.so: tests/truth/unwind/%.c tests/truth/unwind/shape.h
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(UNWIND_CFLAGS) -o $@ $(filter %.c %.so,$^) -shared -fPIC -Wl,-soname,$(@F) \
		-Wl,-z,lazy,-rpath,'$$ORIGIN'
$(UNWIND)/%: tests/truth/unwind/%.cc
	@mkdir -p $(@D)
	$(call step,CXX,$@)
	$(Q)$(CXX) -std=gnu++17 -O2 -g -fomit-frame-pointer -Wall -Wextra -o $@ $< -lpthread
$(UNWIND)/%_rust: tests/truth/unwind/%.rs
	@mkdir -p $(@D)
	$(call step,RUSTC,$@)
	$(Q)env -u MAKEFLAGS -u MFLAGS rustc -O -o $@ $<
$(UNWIND)/binding $(UNWIND)/binding_lazy.so: $(UNWIND)/binding_library.so
$(UNWIND)/binding $(UNWIND)/binding_lazy.so $(UNWIND)/binding_library.so: tests/truth/unwind/binding.h
$(UNWIND)/odd: tests/truth/unwind/odd.S tests/truth/unwind/odd.h

# Stops a process where it was sampled and asks another unwinder; it runs the production walker.
STOPS := $(B)/tests/truth/stops
STOPS_SOURCES := $(wildcard tests/truth/stops/*.c)
STOPS_OBJECTS := $(patsubst %.c,$(B)/%.o,$(filter-out %.bpf.c,$(STOPS_SOURCES)))
TRUTH_PROGRAMS += $(STOPS)/stops
$(STOPS)/%.bpf.o: tests/truth/stops/%.bpf.c $(B)/flags | $(B)/toolchain
	@mkdir -p $(@D)
	$(call step,BPF,$@)
	$(Q)$(CLANG) -target bpf -D__TARGET_ARCH_$(BPF_ARCH) -I. -O2 -g -mcpu=v3 -Wall -Wextra \
		-Wno-unused-parameter -Wno-unused-function -MMD -MP -MF $@.d -MT $@ -c -o $@ $<
.SECONDARY: $(STOPS)/stops.bpf.o $(STOPS)/stops.skel.h
$(STOPS)/%.skel.h: $(STOPS)/%.bpf.o
	$(call step,SKELETON,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@
$(STOPS)/%.o: tests/truth/stops/%.c $(STOPS)/stops.skel.h $(B)/flags
	$(call step,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d -c -o $@ $<
$(STOPS)/stops: $(STOPS_OBJECTS) $(call archives,$(B)/obj)
	$(call step,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Call-frame tables of files against libdw: of those here, or of CFI_FILES. Not sanitized, as they
# are many; the sample in tests/unit is.
CFI_FOLDERS := /lib /lib64 /usr/lib /usr/lib64 /usr/bin /usr/sbin /usr/*-linux-gnu/lib
CFI_FILES    = $$(find -L $(CFI_FOLDERS) -type f \( -name '*.so*' -o -perm -100 \) 2>/dev/null)
$(B)/tests/cfi/check_cfi: tests/cfi/check_cfi.c $(call archives,$(B)/obj) $(B)/flags
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(call archives,$(B)/obj) $(LDLIBS)

# Parsers of foreign input. The same file twice: with a main() that replays the corpus, for
# `make check`, and with libFuzzer, which needs clang and the packages of the group "fuzz".
FUZZERS      := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
FUZZ_REPLAYS := $(FUZZERS:%=$(B)/tests/fuzz/%_replay)
$(B)/tests/fuzz/%_replay: tests/fuzz/%_fuzz.c tests/fuzz/replay.c $(call archives,$(B)/asan) \
		$(B)/flags | $(B)/toolchain
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) -DFUZZ_NAME='"$*"' -MMD -MP -MF $@.d -o $@ \
		tests/fuzz/replay.c $< $(call archives,$(B)/asan) $(LDLIBS)

# What the fuzzers link has to be instrumented, too: a build of its own below $(B)/fuzz.
FUZZ_ARCHIVES = $(filter-out %/libprofiler.a %/libprofiler-capture.a,$(call archives,$(B)/asan))
$(B)/%_fuzz: tests/fuzz/%_fuzz.c $(FUZZ_ARCHIVES)
	$(call step,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)
.PHONY: fuzz build-fuzzers
build-fuzzers: $(FUZZERS:%=$(B)/%_fuzz)

T    ?= 60
FUZZ ?= $(FUZZERS)
fuzz:
	@.ci/packages.sh install build fuzz
	@$(MAKE) --no-print-directory build-fuzzers CC='$(CLANG)' B=$(B)/fuzz \
		SANITIZE='-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined'
	@for name in $(FUZZ); do \
		mkdir -p $(B)/fuzz/corpus/$$name tests/fuzz/corpus/$$name && \
		$(B)/fuzz/$${name}_fuzz -max_total_time=$(T) -timeout=10 -rss_limit_mb=2048 \
			-artifact_prefix=$(B)/fuzz/$$name- -print_final_stats=1 \
			$(B)/fuzz/corpus/$$name tests/fuzz/corpus/$$name || exit 1; \
	done

.PHONY: check check-built check-unit check-layers check-cfi check-unwind bench examples
check:
	@.ci/packages.sh install build test
	@$(MAKE) --no-print-directory check-built

check-built: all $(B)/asan/bolometer $(UNIT_TESTS) $(FUZZ_REPLAYS) $(TRUTH_PROGRAMS) examples
	@tests/run $(UNIT_TESTS) $(FUZZ_REPLAYS) $(SHELL_TESTS)

check-unit: $(UNIT_TESTS) $(FUZZ_REPLAYS)
	@tests/run $(UNIT_TESTS) $(FUZZ_REPLAYS)

check-cfi: $(B)/tests/cfi/check_cfi
	@$(list_cfi_files) | xargs -0 $<

check-layers: all
	@tests/run tests/docs/layers_test.sh

# All that the tests of unwinding can do, with those of the distribution's programs under load that
# are there. Not installed from here, as servers would be started: `.ci/packages.sh install unwind`.
check-unwind: all $(TRUTH_PROGRAMS)
	@UNWIND_ALL=1 tests/run $(wildcard tests/truth/unwind_*_test.sh)

# What the measurements need besides: a floor, a stopwatch, a large input.
BENCH_PROGRAMS := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/*.c))
$(B)/tests/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -g $(WARNINGS) -o $@ $<

# Those that measure a part of the program link it.
$(B)/tests/bench/table_build: tests/bench/table_build.c $(call archives,$(B)/obj) $(B)/flags
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(call archives,$(B)/obj) $(LDLIBS)

bench: all examples $(TRUTH_PROGRAMS) $(BENCH_PROGRAMS)
	@tests/bench/run.sh

# The example service and its load, see examples/README.md: a program for each examples/*.c and
# one for each folder.
EXAMPLE_FOLDERS := $(patsubst %/main.c,%,$(wildcard examples/*/main.c))
EXAMPLES := $(patsubst %.c,$(B)/%,$(wildcard examples/*.c)) $(EXAMPLE_FOLDERS:%=$(B)/%)
EXAMPLE_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g $(FRAMES) $(WARNINGS)
examples: $(EXAMPLES)
.SECONDEXPANSION:
$(EXAMPLES): $(B)/%: $$(wildcard %.c %/*.c %/*.h examples/*.h)
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(EXAMPLE_CFLAGS) -o $@ $(filter %.c,$^) -lz -lpthread
