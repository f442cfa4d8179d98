// SPDX-License-Identifier: GPL-2.0-or-later
/* One index of all tables, and the names that it leads to; see elf_functions.h. */
#include "symbolizer/elf_functions.h"

#include "symbolizer/elf_plt.h"
#include "symbolizer/go_functions.h"
#include "symbolizer/symbol_name.h"

/* Of more aliases than this only the first are looked at; libraries have up to ten or so. */
#define MAX_ALIASES 64

int elf_functions_read(struct elf_functions *functions, const struct elf_file *file,
		       const struct elf_file *symtab)
{
	struct text_index *index = &functions->index;
	int err = 0;

	functions->text_start = file->nr_texts ? file->texts[0].addr : 0;
	if (symtab)
		err = elf_symbols_add(index, symtab, SHT_SYMTAB, NAME_IN_STRTAB,
				      &functions->symtab);
	if (!err && !functions->symtab.file)
		err = go_functions_add(index, file, &functions->go, &functions->go_inlines);
	if (!err)
		err = elf_symbols_add(index, file, SHT_DYNSYM, NAME_IN_DYNSTR, &functions->dynsym);
	if (!err)
		err = elf_plt_add(index, file);
	return err ? err : text_index_finish(index);
}

void elf_functions_fini(struct elf_functions *functions)
{
	text_index_fini(&functions->index);
	text_fini(&functions->name);
	text_fini(&functions->other_name);
}

/* Where the names of a table are; those of the PLT's stubs are the dynamic symbols'. */
static const struct elf_names *names_of(const struct elf_functions *functions,
					enum elf_name_table table)
{
	switch (table) {
	case NAME_IN_STRTAB:
		return &functions->symtab;
	case NAME_IN_GO:
		return &functions->go;
	default:
		return &functions->dynsym;
	}
}

static int read_name(struct elf_functions *functions, const struct text_symbol *symbol,
		     struct text *ret)
{
	const struct elf_names *names = names_of(functions, symbol->table);
	int err;

	text_clear(ret);
	if (!names->file)
		return 0;
	err = elf_names_read(names, symbol->name, ret);
	if (!err && ret->len)
		ret->len = symbol_name_len(ret->bytes, ret->len);
	return err;
}

/* Leaves in functions->name the best name of the aliases, empty when there is none to be read. */
static int best_name(struct elf_functions *functions, const struct text_hit *hit)
{
	struct symbol_name best = {0};
	size_t count = hit->count < MAX_ALIASES ? hit->count : MAX_ALIASES;
	int err;

	text_clear(&functions->name);
	for (size_t i = 0; i < count; i++) {
		struct text *text = &functions->other_name;
		struct symbol_name name;

		err = read_name(functions, &hit->aliases[i], text);
		if (err)
			return err;
		name = (struct symbol_name){text->bytes, text->len, hit->aliases[i].rank};
		if (text->len && (!best.len || symbol_name_better(&name, &best))) {
			struct text swap = functions->name;

			best = name;
			functions->name = functions->other_name;
			functions->other_name = swap;
		}
	}
	return 0;
}

/* The name of what covers an address, and what is written behind it. */
static int name_hit(struct elf_functions *functions, const struct text_hit *hit,
		    const char **ret_suffix)
{
	const struct text_symbol *symbol = hit->aliases;
	struct text_hit target;

	*ret_suffix =
		symbol->table == NAME_OF_PLT || symbol->table == NAME_OF_RESOLVER ? "@plt" : "";
	if (symbol->table != NAME_OF_RESOLVER)
		return best_name(functions, hit);
	text_clear(&functions->name);
	if (!text_index_find(&functions->index, functions->text_start + symbol->name, &target) ||
	    target.aliases->table == NAME_OF_RESOLVER)
		return 0;
	return best_name(functions, &target);
}

int elf_functions_find(struct elf_functions *functions, uint64_t addr, struct elf_function *ret)
{
	const char *suffix = "";
	struct text_hit hit;
	int err = 0;

	text_clear(&functions->name);
	if (text_index_find(&functions->index, addr, &hit))
		err = name_hit(functions, &hit, &suffix);
	if (err)
		return err;
	*ret = (struct elf_function){0};
	if (functions->name.len)
		*ret = (struct elf_function){
			.name = functions->name.bytes,
			.name_len = functions->name.len,
			.suffix = suffix,
			.addr = hit.aliases->addr,
			.first = hit.first,
			.last = hit.last,
		};
	return 0;
}
