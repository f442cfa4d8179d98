# SPDX-License-Identifier: GPL-2.0-or-later
#
#   make demo     set this machine up, build, profile the example service, draw its flame graph
#   make check    set this machine up, build, run every test
#   make          build ./bolometer (needs what `make deps` installs)
#   make help     all targets and variables

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VERSION := 0.1.0
PREFIX  ?= /usr/local
DESTDIR ?=

# The machine that it is built for; another one's objects and program are in a folder of their own.
HERE := $(shell uname -m)
ARCH ?= $(HERE)
override ARCH := $(patsubst amd64,x86_64,$(patsubst arm64,aarch64,$(ARCH)))
DEBIAN_ARCH   := $(patsubst x86_64,amd64,$(patsubst aarch64,arm64,$(ARCH)))
BPF_ARCH      := $(patsubst x86_64,x86,$(patsubst aarch64,arm64,$(ARCH)))
CROSS         := $(filter-out $(HERE),$(ARCH))
B             := build$(CROSS:%=/$(DEBIAN_ARCH))

# One short line a step; V=1 shows the commands.
Q    := $(if $(V),,@)
step  = @$(if $(V),:,printf '  %-8s %s\n' $(1) '$(2)')

# cc, c++ and the like only when neither the environment nor the command line names them. For
# another machine the command line alone: the environment's compile for this one.
ifneq ($(CROSS),)
ifneq ($(origin CC),command line)
CC := $(ARCH)-linux-gnu-gcc
endif
SYSROOT ?= $(CURDIR)/$(B)/sysroot
RUN     ?= qemu-$(ARCH) -L $(SYSROOT)
override CC += $(SYSROOT:%=--sysroot=%)
CXX := $(ARCH)-linux-gnu-g++ $(SYSROOT:%=--sysroot=%)
AR  := $(ARCH)-linux-gnu-ar
else
RUN :=
ifeq ($(origin CC),default)
CC := gcc
endif
endif
CLANG   ?= $(firstword $(shell command -v clang clang-19 clang-14 2>/dev/null) clang)
ESBUILD ?= esbuild
BPFTOOL ?= $(firstword $(shell PATH=$$PATH:/usr/sbin:/sbin command -v bpftool 2>/dev/null) bpftool)
OPT     ?= -O2 -g

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	    -Wwrite-strings -Wundef -Wvla -Wno-unused-parameter
CPPFLAGS += -I. -I$(B) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DBOLOMETER_VERSION='"$(VERSION)"'
CFLAGS   += -std=gnu11 $(OPT) $(WARNINGS) -fno-omit-frame-pointer -fstack-protector-strong
LDLIBS   := -lbpf -lunwind-$(ARCH) -lunwind -ldw -lelf -liberty -lprotobuf-c -lz -llzma -lpthread -lm
# Not under an emulator, where leaks cannot be looked for.
SANITIZE := -O1 -g $(if $(CROSS),,-fsanitize=address,undefined -fno-sanitize-recover=undefined)

# ---- the program -----------------------------------------------------------------------------
# One archive a room, in link order: each may use what stands after it.
ROOMS := profiler profiler/capture profiler/unwind/loader profiler/unwind/remote \
	 profiler/unwind/table profiler/proc profiler/file profiler/diff profiler/upload render symbolizer profiler/model
room_sources  = $(filter-out profiler/main.c,$(wildcard $(1)/*.c))
room_archive  = $(2)/lib$(subst /,-,$(1)).a
archives      = $(foreach r,$(ROOMS),$(if $(call room_sources,$(r)),$(call room_archive,$(r),$(1))))

SOURCES     := profiler/main.c $(foreach r,$(ROOMS),$(call room_sources,$(r)))
BPF_SOURCES := $(wildcard bpf/*.bpf.c)
SKELETONS   := $(BPF_SOURCES:%.bpf.c=$(B)/%.skel.h)

.PHONY: all
all: $(if $(CROSS),$(B)/bolometer,bolometer)

$(B)/bolometer: $(B)/obj/profiler/main.o $(call archives,$(B)/obj)
	$(call step,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Whatever B was before.
bolometer: $(B)/bolometer FORCE
	@cmp -s $< $@ || cp --remove-destination $< $@ # it may be running
FORCE:

# What was built with other tools or flags is built again.
FLAGS := $(CC) $(CPPFLAGS) $(CFLAGS) $(LDLIBS) $(CLANG) $(BPFTOOL)
$(B)/flags: FORCE
	@mkdir -p $(B)
	@echo '$(subst ','"'"',$(FLAGS))' | cmp -s - $@ || echo '$(subst ','"'"',$(FLAGS))' > $@

# The same objects twice: $(B)/obj for use, $(B)/asan for the tests under sanitizers.
define object_rules
$(1)/%.o: %.c $(B)/flags | $(B)/toolchain
	@mkdir -p $$(@D)
	$$(call step,CC,$$@)
	$$(Q)$$(CC) $$(CPPFLAGS) $$(CFLAGS) $(2) -MMD -MP -c -o $$@ $$<
$(foreach r,$(ROOMS),
$(call room_archive,$(r),$(1)): $(patsubst %.c,$(1)/%.o,$(call room_sources,$(r)))
	@rm -f $$@
	@$$(AR) rcs $$@ $$^
)
endef
$(eval $(call object_rules,$(B)/obj,))
$(eval $(call object_rules,$(B)/asan,$(SANITIZE)))

# The messages of pprof profiles, generated; the code that uses them is ours.
$(B)/profiler/model/%.pb-c.c $(B)/profiler/model/%.pb-c.h &: profiler/model/%.proto | $(B)/toolchain
	@mkdir -p $(B)
	$(call step,PROTOC,$<)
	$(Q)protoc-c --c_out=$(B) $<
PPROF := profiler/model/pprof.pb-c
define pprof_rules
$(1)/$(PPROF).o: $(B)/$(PPROF).c $(B)/flags
	@mkdir -p $$(@D)
	$$(call step,CC,$$@)
	$$(Q)$$(CC) $$(CPPFLAGS) $$(CFLAGS) $(2) -w -MMD -MP -c -o $$@ $$<
$(1)/libprofiler-model.a: $(1)/$(PPROF).o
$(patsubst %.c,$(1)/%.o,$(wildcard profiler/file/*.c render/*.c)): | $(B)/$(PPROF).h
endef
$(eval $(call pprof_rules,$(B)/obj,))
$(eval $(call pprof_rules,$(B)/asan,$(SANITIZE)))

-include $(shell find $(B)/obj $(B)/asan $(B)/tests -name '*.d' 2>/dev/null)

# Objects depend on the skeletons they include; the first build has no .d files yet to say so.
$(patsubst %.c,$(B)/obj/%.o,$(wildcard profiler/capture/*.c)): | $(SKELETONS)
$(patsubst %.c,$(B)/asan/%.o,$(wildcard profiler/capture/*.c)): | $(SKELETONS)

TO_BYTES = od -An -v -tx1 $< | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g' > $@

# The page's script is one file to the browser; this is the order of its parts.
PAGE := begin data numbers labels tree slices callers compare layout page draw state ranges evidence strip filters \
	search hints table dialogs input main
$(B)/render/page.js: $(PAGE:%=render/page/%.js) Makefile
	@mkdir -p $(@D)
	@cat $(PAGE:%=render/page/%.js) > $@
$(B)/render/page.css $(B)/render/static_view.css: $(B)/render/%.css:
	@mkdir -p $(@D)
	@cat $^ > $@
$(B)/render/page.css: render/page/page.css
$(B)/render/static_view.css: render/static_view.css

# What the graph carries is kept in files of its own, made small, and compiled in; the page is packed. No browser that
# cannot unpack it needs older syntax.
MINIFY := $(ESBUILD) --minify --charset=utf8 --log-level=warning --target=chrome103,firefox113,safari16.4
$(B)/render/%.min.js: $(B)/render/%.js
	$(call step,MINIFY,$@)
	$(Q)$(MINIFY) $< --outfile=$@
$(B)/render/%.min.css: $(B)/render/%.css
	$(Q)$(MINIFY) $< --outfile=$@
$(B)/render/%.gz.b64: $(B)/render/%
	@gzip -9n < $< | base64 -w0 > $@
$(B)/render/bootstrap.js.inc: render/bootstrap.js
	@mkdir -p $(@D)
	@$(TO_BYTES)
$(B)/render/%.inc: $(B)/render/%
	@$(TO_BYTES)
.SECONDARY: $(patsubst %,$(B)/render/%,page.js page.css static_view.css page.min.js page.min.css static_view.min.css \
	page.min.js.gz.b64 page.min.css.gz.b64)
ASSETS := $(patsubst %,$(B)/render/%.inc,bootstrap.js static_view.min.css page.min.js.gz.b64 page.min.css.gz.b64)
$(patsubst %.c,$(B)/obj/%.o,$(wildcard render/*.c)): | $(ASSETS)
$(patsubst %.c,$(B)/asan/%.o,$(wildcard render/*.c)): | $(ASSETS)

# The names of this machine's system calls.
$(B)/profiler/capture/syscalls.inc: $(B)/flags | $(B)/toolchain
	@mkdir -p $(@D)
	@echo '#include <sys/syscall.h>' | $(CC) $(CPPFLAGS) -E -dM - | \
		sed -n 's/^#define __NR_\([a-z0-9_]*\) .*/SYSCALL(\1)/p' | sort > $@
$(B)/obj/profiler/capture/wait_name.o $(B)/asan/profiler/capture/wait_name.o: \
	$(B)/profiler/capture/syscalls.inc

# ---- BPF -------------------------------------------------------------------------------------
$(B)/bpf/%.bpf.o: bpf/%.bpf.c $(B)/flags | $(B)/toolchain
	@mkdir -p $(@D)
	$(call step,BPF,$@)
	$(Q)$(CLANG) -target bpf -D__TARGET_ARCH_$(BPF_ARCH) -I. -O2 -g -mcpu=v3 -Wall -Wextra \
		-Wno-unused-parameter -MMD -MP -MT $@ -c -o $@ $<
$(B)/bpf/%.skel.h: $(B)/bpf/%.bpf.o
	$(call step,SKELETON,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@
-include $(wildcard $(B)/bpf/*.d)
.SECONDARY: $(BPF_SOURCES:%.bpf.c=$(B)/%.bpf.o)

# A clear line instead of a missing header in the middle of the build.
$(B)/toolchain: .ci/packages.sh
	@mkdir -p $(B)
	@.ci/packages.sh check build $(CROSS:%=cross)
	@$(if $(and $(CROSS),$(SYSROOT)),test -d $(SYSROOT)/usr/include || \
		{ echo 'no libraries for $(ARCH): `make ARCH=$(ARCH) deps` fetches them' >&2; exit 1; })
	@touch $@

include tests/tests.mk

# ---- use -------------------------------------------------------------------------------------
.PHONY: deps demo install clean help format
deps: $(CROSS:%=sysroot)
	@.ci/packages.sh install build test $(CROSS:%=cross)

# What another machine's program is linked with.
.PHONY: sysroot
sysroot: $(SYSROOT)/made
$(SYSROOT)/made: .ci/sysroot.sh .ci/packages.sh
	@.ci/sysroot.sh $(DEBIAN_ARCH) $(SYSROOT)
	@touch $@

demo:
	@.ci/packages.sh install build demo
	@$(MAKE) --no-print-directory all examples
	@examples/demo.sh

install: all
	install -D -m 755 $(B)/bolometer $(DESTDIR)$(PREFIX)/bin/bolometer
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	$(RUN) $(B)/bolometer help man > $(DESTDIR)$(PREFIX)/share/man/man1/bolometer.1

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf $(B) bolometer demo investigations

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)
## make demo       install what is missing, build, profile the example service; results in demo/
## make check      install what is missing, build, run every test
## make ARCH=arm64   on another machine: build build/arm64/bolometer; needs what `make ARCH=arm64 deps` fetches
## make            build ./bolometer
## make install    into PREFIX (/usr/local), below DESTDIR
## make bench      measure against the peers that are installed, as ratios
## make check-cfi  compare the call-frame tables of this machine's programs with libdw's
## make check-symbols  compare names and lines of large programs, and of a kernel, with llvm-addr2line's
## make check-faults  let memory, system calls and the kernel fail, call by call, for hours (SAMPLES=N: for N of each)
## make check-static  what the analyzers of gcc and clang, clang-tidy and cppcheck find
## make check-vm   boot distributions' kernels under emulation and capture there; KERNELS="6.1 5.10" chooses
## make check-tsan   look for races between threads
## make fuzz       look for input that breaks a parser, for T=60 seconds each
## make deps       install what building and testing need
## make clean      remove everything that was made
## make V=1        show the commands
## Variables: CC, CLANG, BPFTOOL, ESBUILD, PREFIX, DESTDIR, OPT, ARCH, B (where to build: build), SYSROOT, RUN
