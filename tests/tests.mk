# SPDX-License-Identifier: GPL-2.0-or-later
# The tests. Every test program prints TAP; tests/run collects it and prints the closing line.
#
#   tests/unit/*_test.c    cmocka, under sanitizers, no root, no kernel features
#   tests/golden/*_test.sh the program's own output against files; sanitized build
#   tests/truth/*_test.sh  captures of programs whose right profile is known; root and BPF
#   tests/truth/unwind*    stacks that have no frame pointers; more of it in `make check-unwind`
#   tests/browser/*_test.* the graph in headless Chromium
#   tests/docs/*_test.sh   what the documents claim
#   tests/fuzz/*_fuzz.c    parsers of foreign input: `make check` replays tests/fuzz/corpus/NAME,
#                          `make fuzz T=SECONDS` looks for more
#   tests/symbols          names and lines of programs in several languages against another reader;
#                          100,000 addresses of each in `make check-symbols`; short names apart
#   tests/cfi              every ELF file of this machine against libdw; `make check-cfi`
#   tests/faults/*_test.sh memory, system calls and kernel that fail, signals at any time; every call
#                          and every moment in `make check-faults`
#   tests/static/*_test.sh what analyzers find in the program: cppcheck here, the others, which take minutes,
#                          in `make check-static`
#   tests/vm              captures on other kernels, under emulation; `make check-vm`
#   tests/bench/*.sh       ratios against peers; `make bench`, never part of `make check`

TEST_LIBS  := -lcmocka -lm
# Of these there are two, for the stacks of either machine.
WALKER_TESTS := rules ends roots lookup
UNIT_TESTS := $(patsubst %.c,$(B)/%,$(filter-out $(WALKER_TESTS:%=tests/unit/walker_%_test.c), \
		$(wildcard tests/unit/*_test.c))) \
	      $(foreach t,$(WALKER_TESTS),$(B)/tests/unit/walker_$(t)_x86_test \
		$(B)/tests/unit/walker_$(t)_arm64_test)
SHELL_TESTS := $(wildcard tests/golden/*_test.sh tests/docs/*_test.sh tests/browser/*_test.sh \
		 tests/truth/*_test.sh tests/symbols/*_test.sh tests/faults/*_test.sh tests/static/cppcheck_test.sh)

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

# What another lets run out of memory.
$(B)/tests/unit/no_memory.so: tests/unit/no_memory.c
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -fno-builtin $(WARNINGS) -shared -fPIC -o $@ $<
$(B)/tests/unit/symbolizer_memory_test: | $(B)/tests/unit/no_memory.so $(B)/tests/bench/symbols

# What lets anything fail that the program asks for.
FAULTS := $(B)/tests/faults/faults.so
$(FAULTS): tests/faults/faults.c
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -g -fno-builtin $(WARNINGS) -shared -fPIC -o $@ $< -ldl

$(B)/asan/bolometer: $(B)/asan/profiler/main.o $(call archives,$(B)/asan)
	$(call step,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) -o $@ $^ $(LDLIBS)

# It writes the graphs that are looked at in a browser.
BROWSER_GRAPHS := $(B)/tests/browser/graphs
$(BROWSER_GRAPHS): tests/browser/graphs.c $(call archives,$(B)/asan) $(B)/flags
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) -MMD -MP -MF $@.d -o $@ $< $(call archives,$(B)/asan) $(LDLIBS)

FRAMES := -fno-omit-frame-pointer -fno-optimize-sibling-calls

# Programs whose profile is known, and the plugins that one of them loads.
TRUTH_PLUGINS  := $(patsubst %,$(B)/tests/truth/plugins/%.so,first second)
TRUTH_PROGRAMS := $(patsubst %.c,$(B)/%,$(wildcard tests/truth/*.c)) $(TRUTH_PLUGINS)
TRUTH_CFLAGS   := -std=gnu11 -D_GNU_SOURCE -O1 -g $(FRAMES) -fno-inline \
		  $(WARNINGS)
$(B)/tests/truth/%: tests/truth/%.c tests/truth/truth.h
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(TRUTH_CFLAGS) -o $@ $< -lpthread -ldl -lm
$(patsubst %.c,$(B)/%,$(wildcard tests/truth/wait_*.c) tests/truth/threads.c): tests/truth/wait.h
$(B)/tests/truth/long: tests/truth/many.h
$(B)/tests/truth/jit $(B)/tests/truth/jitmove $(B)/tests/truth/hostile_files: tests/truth/jit_code.h
# As distributions build; its paths are still calls.
$(B)/tests/truth/wait_condvar: TRUTH_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g -fomit-frame-pointer \
	-fno-inline -fno-optimize-sibling-calls $(WARNINGS)
$(B)/tests/truth/plugins/%.so: tests/truth/plugins/plugin.c tests/truth/truth.h
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(TRUTH_CFLAGS) -DPLUGIN_WORK=$*_plugin_work -shared -fPIC -o $@ $<

include tests/truth/unwind.mk

# Call-frame tables of files against libdw: of all that are installed, or of CFI_FILES. Not
# sanitized, as they are many; the sample in tests/unit is.
CFI_FOLDERS := $(sort $(realpath /lib /lib64 /usr/lib /usr/lib64 /usr/bin /usr/sbin \
		 $(wildcard /usr/*-linux-gnu/lib)))
list_cfi_files = $(if $(CFI_FILES),printf '%s\0' $(CFI_FILES),find $(CFI_FOLDERS) -type f \
		 \( -name '*.so*' -o -perm -100 \) -print0)
$(B)/tests/cfi/check_cfi: tests/cfi/check_cfi.c $(call archives,$(B)/obj) $(B)/flags
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(call archives,$(B)/obj) $(LDLIBS)

# What --demangle short shows of many names; tests/symbols/short_names.py looks at it.
$(B)/tests/symbols/short_names: tests/symbols/short_names.c $(call archives,$(B)/obj) $(B)/flags
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
T    ?= 60
FUZZ ?= $(FUZZERS)
.PHONY: fuzz build-fuzzers
build-fuzzers: $(FUZZ:%=$(B)/%_fuzz)

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

.PHONY: check check-built check-faults check-static check-unit check-layers check-cfi check-symbols check-tsan bench examples
check:
	@.ci/packages.sh install build test
	@$(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) check-built

check-built: all $(B)/asan/bolometer $(UNIT_TESTS) $(FUZZ_REPLAYS) $(TRUTH_PROGRAMS) examples \
		$(B)/tests/bench/symbols $(B)/tests/symbols/short_names $(BROWSER_GRAPHS) $(FAULTS)
	@tests/run $(UNIT_TESTS) $(FUZZ_REPLAYS) $(SHELL_TESTS)

# Another machine's run under an emulator of programs (RUN), in which some do not: it has no ptrace(), no
# openat2(), no vdso and this machine's kernel. These run in a kernel of theirs, in `make check-vm`, but
# for those which compile what they look at.
NOT_EMULATED := $(patsubst %,$(B)/tests/unit/%_test,binary hotspot snapshots space tracker_jit symbolizer_kernel \
		unwind_remote unwind_residents unwind_unwinder)
NOT_ELSEWHERE := $(patsubst %,$(B)/tests/unit/symbolizer_%_test,debug find jit memory)
HERE_TESTS := $(if $(CROSS),$(filter-out $(NOT_EMULATED) $(NOT_ELSEWHERE),$(UNIT_TESTS)),$(UNIT_TESTS))
check-unit: $(HERE_TESTS) $(FUZZ_REPLAYS)
	@RUN='$(RUN)' tests/run $(HERE_TESTS) $(FUZZ_REPLAYS)

# Hours: each call is made to fail in a run of its own.
check-faults: all $(B)/asan/bolometer $(TRUTH_PROGRAMS) $(FAULTS)
	@FAULT_SAMPLES=$(or $(SAMPLES),0) TEST_SECONDS=36000 tests/run $(wildcard tests/faults/*_test.sh)

check-static: all $(TRUTH_PROGRAMS) $(SKELETONS) $(ASSETS) $(B)/$(PPROF).h $(B)/profiler/capture/syscalls.inc
	@.ci/packages.sh install build static
	@TEST_SECONDS=3600 tests/run $(wildcard tests/static/*_test.sh)

check-cfi: $(B)/tests/cfi/check_cfi
	@$(list_cfi_files) | xargs -0 $<

check-symbols: $(B)/tests/bench/symbols $(B)/tests/symbols/short_names
	@tests/symbols/check.sh
	@ALL=1 NAMES=1000000 tests/symbols/short_names_test.sh

# Work beside the caller's (profiler/model/beside.h, profiler/unwind/loader/builder.h) under
# ThreadSanitizer, which cannot be had together with the others, and does not bear every placement of
# memory.
TSAN := $(B)/tsan
check-tsan:
	@$(MAKE) --no-print-directory B=$(TSAN) SANITIZE='-O1 -g -fsanitize=thread' \
		$(TSAN)/asan/bolometer
	@$(MAKE) --no-print-directory $(TRUTH_PROGRAMS)
	@TSAN_OPTIONS=halt_on_error=1 BOLOMETER=$(CURDIR)/$(TSAN)/asan/bolometer \
		setarch -R tests/run tests/golden/threads_test.sh tests/truth/sanitized_test.sh

check-layers: all
	@tests/run tests/docs/layers_test.sh

# What the measurements need besides: a floor, a peer, a stopwatch, a large input.
BENCH          := $(B)/tests/bench
BENCH_STACKS   := $(foreach s,deepstack coldstack pingpong,$(BENCH)/$(s).fp $(BENCH)/$(s).cfi)
BENCH_PROGRAMS := $(patsubst tests/bench/%.c,$(BENCH)/%,$(filter-out %.bpf.c %/coldstack.c %/pingpong.c, \
		    $(wildcard tests/bench/*.c))) $(BENCH_STACKS)
$(BENCH)/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -g $(WARNINGS) -o $@ $<

# Those that measure a part of the program link it, or load its programs.
$(patsubst %,$(BENCH)/%,table_build symbols naming load_cost stackid program_cost switch_count switch_cost): $(BENCH)/%: tests/bench/%.c \
		$(call archives,$(B)/obj) $(B)/flags
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(call archives,$(B)/obj) $(LDLIBS)
$(BENCH)/stackid: | $(BENCH)/stackid.skel.h
$(BENCH)/switch_count: | $(BENCH)/switch_count.skel.h
$(BENCH)/load_cost: | $(B)/bpf/capture.skel.h

# The same stacks with frame pointers, for walks along them, and as distributions build programs.
STACK_CFLAGS     := -std=gnu11 -D_GNU_SOURCE -O2 -g -fno-inline -fno-optimize-sibling-calls -I. \
		    $(WARNINGS)
STACK_CFLAGS_fp  := -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer
STACK_CFLAGS_cfi := -fomit-frame-pointer
$(BENCH)/deepstack.%: tests/truth/deepstack.c tests/truth/truth.h
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(STACK_CFLAGS) $(STACK_CFLAGS_$*) -o $@ $<
$(BENCH)/coldstack.%: tests/bench/coldstack.c tests/truth/truth.h
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(STACK_CFLAGS) $(STACK_CFLAGS_$*) -o $@ $<
$(BENCH)/pingpong.%: tests/bench/pingpong.c tests/truth/truth.h
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(STACK_CFLAGS) $(STACK_CFLAGS_$*) -o $@ $< -lpthread

$(BENCH)/%.bpf.o: tests/bench/%.bpf.c $(B)/flags | $(B)/toolchain
	@mkdir -p $(@D)
	$(call step,BPF,$@)
	$(Q)$(CLANG) -target bpf -D__TARGET_ARCH_$(BPF_ARCH) -I. -O2 -g -mcpu=v3 -Wall -Wextra \
		-Wno-unused-parameter -MMD -MP -MF $@.d -MT $@ -c -o $@ $<
$(BENCH)/%.skel.h: $(BENCH)/%.bpf.o
	$(call step,SKELETON,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@
.SECONDARY: $(foreach p,stackid switch_count,$(BENCH)/$(p).bpf.o $(BENCH)/$(p).skel.h)

bench: all examples $(TRUTH_PROGRAMS) $(BENCH_PROGRAMS)
	@tests/bench/run.sh

# The example service and its load, see examples/README.md: a program for each examples/*.c and
# one for each folder.
EXAMPLE_FOLDERS := $(patsubst %/main.c,%,$(wildcard examples/*/main.c))
EXAMPLE_SYMBOLS := $(B)/examples/addr2line
EXAMPLES := $(filter-out $(EXAMPLE_SYMBOLS),$(patsubst %.c,$(B)/%,$(wildcard examples/*.c))) \
	    $(EXAMPLE_FOLDERS:%=$(B)/%)
# Without frame pointers, as distributions build.
EXAMPLE_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g -fomit-frame-pointer -fno-optimize-sibling-calls \
		  $(WARNINGS)
examples: $(EXAMPLES) $(EXAMPLE_SYMBOLS)

# The symbolizer in another program: its archive, and that of what it is made with.
$(EXAMPLE_SYMBOLS): examples/addr2line.c $(call room_archive,symbolizer,$(B)/obj) \
		$(call room_archive,profiler/model,$(B)/obj)
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -o $@ $^ $(filter-out -lbpf -lunwind%,$(LDLIBS))

.SECONDEXPANSION:
$(EXAMPLES): $(B)/%: $$(wildcard %.c %/*.c %/*.h examples/*.h)
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) $(EXAMPLE_CFLAGS) -o $@ $(filter %.c,$^) -lz -lpthread

# The same on kernels that distributions ship, under emulation. KERNELS="6.1 5.10" chooses among those of
# tests/vm/kernels, SUITE="cpu doctor" among tests/vm/suite; ARCH=aarch64 needs a build for it in B.
KERNELS ?=
SUITE   ?=
.PHONY: check-vm check-vm-built
check-vm:
	@.ci/packages.sh install build test vm $(CROSS:%=cross)
	@$(if $(CROSS),$(MAKE) --no-print-directory -s sysroot)
	@$(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) check-vm-built

GUEST_TESTS := $(if $(CROSS),$(NOT_EMULATED))
check-vm-built: all $(TRUTH_PROGRAMS) $(GUEST_TESTS)
	@ARCH=$(ARCH) B=$(B) SYSROOT=$(SYSROOT) UNIT_TESTS='$(GUEST_TESTS)' SUITE='$(SUITE)' tests/vm/run $(KERNELS)
