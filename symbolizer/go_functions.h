/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions of Go programs, from the table that the runtime itself walks stacks
 * with: .gopclntab, which `-ldflags="-s -w"` and strip leave. Go's own names,
 * "main.(*server).handle", are what people write.
 *
 * Its layouts are those of Go 1.2, 1.16, 1.18 and 1.20 and later, each with a
 * magic number of its own (Go, src/debug/gosym/pclntab.go and
 * src/internal/abi/symtab.go; "Go 1.2 Runtime Symbol Information").
 */
#ifndef BOLOMETER_SYMBOLIZER_GO_FUNCTIONS_H
#define BOLOMETER_SYMBOLIZER_GO_FUNCTIONS_H

#include "symbolizer/elf_symbols.h"
#include "symbolizer/go_inlines.h"
#include "symbolizer/text_index.h"

/*
 * Adds the functions of the file's table, if it has one, to the index, with NAME_IN_GO; *ret_names
 * is set when there are any, and *ret_inlines when it says what is inlined. What makes no sense in it
 * is left out. Returns 0 or -ENOMEM.
 */
int go_functions_add(struct text_index *index, const struct elf_file *file,
		     struct elf_names *ret_names, struct go_inlines *ret_inlines);

#endif
