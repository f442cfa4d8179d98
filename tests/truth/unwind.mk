# SPDX-License-Identifier: GPL-2.0-or-later
# Programs whose stacks are known and have no frame pointers, see tests/truth/unwind/shape.h, and the
# tests that look at them: tests/truth/unwind_*_test.sh.

UNWIND        := $(B)/tests/truth/unwind
UNWIND_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g -fomit-frame-pointer $(WARNINGS) -Wno-vla
have           = $(shell command -v $(1) 2>/dev/null)

# gcc, whatever CC is; for another machine the one that builds for it.
UNWIND_GCC     := $(if $(CROSS),$(CC),gcc)
UNWIND_OBJCOPY := $(CROSS:%=%-linux-gnu-)objcopy
UNWIND_LD      := $(CROSS:%=%-linux-gnu-)ld
UNWIND_CLANG   := $(CLANG) $(CROSS:%=--target=%-linux-gnu --sysroot=$(SYSROOT) --gcc-toolchain=/usr)
UNWIND_PROTECTION_x86_64  := -fcf-protection
UNWIND_PROTECTION_aarch64 := -mbranch-protection=standard

# Each is one way of building the same chain of calls, which gives other call-frame information, or
# the same in another place. Ways whose tools are missing are left out, and skipped by name.
CHAIN_gcc          := $(UNWIND_GCC)
CHAIN_O0           := $(UNWIND_GCC) -O0
CHAIN_Os           := $(UNWIND_GCC) -Os
CHAIN_frames       := $(UNWIND_GCC) -fno-omit-frame-pointer
CHAIN_static       := $(UNWIND_GCC) -static
CHAIN_static_pie   := $(UNWIND_GCC) -static-pie -fPIE
CHAIN_no_pie       := $(UNWIND_GCC) -no-pie
CHAIN_high         := $(UNWIND_GCC) -no-pie -Wl,-Ttext-segment=0x10000000
CHAIN_one_segment  := $(UNWIND_GCC) -Wl,-z,noseparate-code
CHAIN_large        := $(UNWIND_GCC) -no-pie -mcmodel=large
CHAIN_lto          := $(UNWIND_GCC) -flto=auto
CHAIN_hardened     := $(UNWIND_GCC) -fstack-protector-all -fstack-clash-protection $(UNWIND_PROTECTION_$(ARCH))
CHAIN_stripped     := $(UNWIND_GCC) -s
CHAIN_no_header    := $(UNWIND_GCC) -Wl,--no-eh-frame-hdr
CHAIN_no_sections  := $(UNWIND_GCC)
CHAIN_no_sections_static := $(UNWIND_GCC) -static-pie -fPIE
CHAIN_debug_frame  := $(UNWIND_GCC) -fno-asynchronous-unwind-tables -fno-unwind-tables -Wl,--no-eh-frame-hdr
CHAIN_debug_frame_compressed := $(CHAIN_debug_frame) -gz
CHAIN_debug_frame_beside := $(UNWIND_GCC) -fno-asynchronous-unwind-tables -fno-unwind-tables
CHAIN_clang        := $(UNWIND_CLANG)
CHAIN_clang_O0     := $(UNWIND_CLANG) -O0
CHAIN_clang_static := $(UNWIND_CLANG) -static
ifneq ($(call have,$(UNWIND_LD).gold),)
CHAIN_gold         := $(UNWIND_GCC) -fuse-ld=gold
endif
ifneq ($(call have,$(UNWIND_LD).lld),)
CHAIN_lld          := $(UNWIND_GCC) -fuse-ld=lld
endif
ifneq ($(call have,ld.lld),)
CHAIN_clang_lld    := $(UNWIND_CLANG) -fuse-ld=lld
endif
ifneq ($(ARCH),x86_64)
undefine CHAIN_large
endif
CHAINS := $(patsubst CHAIN_%,$(UNWIND)/chain_%,$(filter-out CHAIN_AFTER_%,$(filter CHAIN_%,$(.VARIABLES))))

UNWIND_PROGRAMS := $(CHAINS) $(patsubst %,$(UNWIND)/%,frames signals binding stacks calls recurse \
		     forks vforks loads generated threads exceptions binding_library.so binding_lazy.so \
		     loads_plugin.so)
ifeq ($(ARCH),x86_64)
UNWIND_PROGRAMS += $(UNWIND)/odd
endif
ifneq ($(and $(if $(CROSS),,yes),$(call have,rustc)),)
UNWIND_PROGRAMS += $(UNWIND)/threads_rust
endif
TRUTH_PROGRAMS += $(UNWIND_PROGRAMS)

# Nothing of the file but its segments remains: no section headers (e_shoff, e_shnum, e_shstrndx).
CHAIN_AFTER_no_sections = head -c 8 /dev/zero | dd of=$@ bs=1 seek=40 conv=notrunc status=none && \
			  head -c 4 /dev/zero | dd of=$@ bs=1 seek=60 conv=notrunc status=none
CHAIN_AFTER_no_sections_static = $(CHAIN_AFTER_no_sections)
# The C library's startup code always brings some .eh_frame.
CHAIN_AFTER_debug_frame = $(UNWIND_OBJCOPY) --remove-section=.eh_frame $@
CHAIN_AFTER_debug_frame_compressed = $(CHAIN_AFTER_debug_frame)

$(UNWIND)/chain_%: tests/truth/unwind/chain.c tests/truth/unwind/shape.h tests/truth/unwind.mk
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

.PHONY: check-unwind
# All that the tests of unwinding can do, with those of the distribution's programs under load that
# are there. Not installed from here, as servers would be started: `.ci/packages.sh install unwind`.
check-unwind: all $(TRUTH_PROGRAMS)
	@UNWIND_ALL=1 tests/run $(wildcard tests/truth/unwind_*_test.sh)
