// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading skeletons, making others, and letting libdw join them; see dwarf_skeleton.h. */
#include "symbolizer/dwarf_skeleton.h"

#include <dwarf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "symbolizer/dwarf_memory.h"
#include "symbolizer/text.h"

/* ---- what the skeleton says ------------------------------------------------------------------ */

static const char *text_of(Dwarf_Die *die, unsigned int name, unsigned int gnu_name)
{
	Dwarf_Attribute attr;

	if (dwarf_attr(die, name, &attr) || (gnu_name && dwarf_attr(die, gnu_name, &attr)))
		return dwarf_formstring(&attr);
	return NULL;
}

/* The section from the offset on that an attribute gives; without one, none of it. */
static struct dwarf_bytes part_of(const struct dwarf_image *image, const char *section,
				  Dwarf_Die *die, unsigned int name)
{
	struct dwarf_bytes bytes;
	Dwarf_Attribute attr;
	Dwarf_Word off;

	bytes.at = dwarf_image_section(image, section, &bytes.len);
	if (!bytes.at || !dwarf_attr(die, name, &attr) || dwarf_formudata(&attr, &off) ||
	    off > bytes.len)
		return (struct dwarf_bytes){0};
	return (struct dwarf_bytes){bytes.at + off, bytes.len - off};
}

/* Addresses of version 5 have a header, which says how many there are. */
static void cut_addrs(struct dwarf_skeleton *skeleton)
{
	uint32_t len;

	memcpy(&len, skeleton->addrs.at - 8, sizeof(len));
	if (len >= 4 && len - 4 < skeleton->addrs.len)
		skeleton->addrs.len = len - 4;
}

bool dwarf_skeleton_read(const struct dwarf_image *image, Dwarf_CU *cu, Dwarf_Die *die,
			 struct dwarf_skeleton *ret)
{
	struct dwarf_skeleton skeleton = {0};

	if (dwarf_cu_info(cu, &skeleton.version, NULL, NULL, NULL, &skeleton.id,
			  &skeleton.addr_size, NULL))
		return false;
	skeleton.name = text_of(die, DW_AT_dwo_name, DW_AT_GNU_dwo_name);
	skeleton.folder = text_of(die, DW_AT_comp_dir, 0);
	dwarf_lowpc(die, &skeleton.low);
	if (skeleton.version < 5) {
		skeleton.addrs = part_of(image, "addr", die, DW_AT_GNU_addr_base);
		skeleton.ranges = part_of(image, "ranges", die, DW_AT_GNU_ranges_base);
	} else {
		size_t len;
		const unsigned char *section = dwarf_image_section(image, "addr", &len);

		skeleton.addrs = part_of(image, "addr", die, DW_AT_addr_base);
		if (skeleton.addrs.at && skeleton.addrs.at - section >= 8)
			cut_addrs(&skeleton);
	}
	*ret = skeleton;
	return skeleton.name && (skeleton.addr_size == 4 || skeleton.addr_size == 8);
}

/* ---- the skeleton that is made --------------------------------------------------------------- */

static int put(struct text *text, uint64_t number, size_t len)
{
	union {
		uint64_t all;
		uint32_t four;
		uint16_t two;
		uint8_t one;
	} bytes;

	switch (len) {
	case 1:
		bytes.one = (uint8_t)number;
		break;
	case 2:
		bytes.two = (uint16_t)number;
		break;
	case 4:
		bytes.four = (uint32_t)number;
		break;
	default:
		bytes.all = number;
	}
	return text_append(text, (const char *)&bytes, len);
}

static int put_uleb(struct text *text, uint64_t number)
{
	int err;

	do {
		err = put(text, (number & 0x7f) | (number > 0x7f ? 0x80 : 0), 1);
		number >>= 7;
	} while (!err && number);
	return err;
}

/* Names and forms of attributes, in the order in which write_info() writes the values. */
static const uint32_t attributes[] = {
	DW_AT_dwo_name,
	DW_FORM_string,
	DW_AT_comp_dir,
	DW_FORM_string,
	DW_AT_low_pc,
	DW_FORM_addr,
	DW_AT_addr_base,
	DW_FORM_sec_offset,
	0,
	0,
};
static const uint32_t gnu_attributes[] = {
	DW_AT_GNU_dwo_name,
	DW_FORM_string,
	DW_AT_comp_dir,
	DW_FORM_string,
	DW_AT_low_pc,
	DW_FORM_addr,
	DW_AT_GNU_addr_base,
	DW_FORM_sec_offset,
	DW_AT_GNU_ranges_base,
	DW_FORM_sec_offset,
	DW_AT_GNU_dwo_id,
	DW_FORM_data8,
	0,
	0,
};

static int write_abbrev(const struct dwarf_skeleton *skeleton, struct text *text)
{
	bool is_gnu = skeleton->version < 5;
	const uint32_t *from = is_gnu ? gnu_attributes : attributes;
	size_t count = is_gnu ? ARRAY_LEN(gnu_attributes) : ARRAY_LEN(attributes);
	int err = put_uleb(text, 1);

	if (!err)
		err = put_uleb(text, is_gnu ? DW_TAG_compile_unit : DW_TAG_skeleton_unit);
	if (!err)
		err = put(text, DW_CHILDREN_no, 1);
	for (size_t i = 0; i < count && !err; i++)
		err = put_uleb(text, from[i]);
	return err ? err : put(text, 0, 1);
}

/* The unit behind its length, with the name of what libdw is to open. */
static int write_unit(const struct dwarf_skeleton *skeleton, const char *name, struct text *text)
{
	const char *folder = skeleton->folder ? skeleton->folder : "/";
	bool is_gnu = skeleton->version < 5;
	int err = put(text, is_gnu ? 4 : 5, 2);

	if (is_gnu) {
		err = err ?: put(text, 0, 4) ?: put(text, skeleton->addr_size, 1);
	} else {
		err = err ?: put(text, DW_UT_skeleton, 1) ?: put(text, skeleton->addr_size, 1);
		err = err ?: put(text, 0, 4) ?: put(text, skeleton->id, 8);
	}
	err = err ?: put_uleb(text, 1) ?: text_append(text, name, strlen(name) + 1);
	err = err ?: text_append(text, folder, strlen(folder) + 1);
	err = err ?: put(text, skeleton->low, skeleton->addr_size) ?: put(text, 0, 4);
	if (is_gnu)
		err = err ?: put(text, 0, 4) ?: put(text, skeleton->id, 8);
	return err;
}

static int write_info(const struct dwarf_skeleton *skeleton, const char *name, struct text *text)
{
	struct text unit = {0};
	int err = write_unit(skeleton, name, &unit);

	if (!err)
		err = put(text, unit.len, 4);
	if (!err)
		err = text_append(text, unit.bytes, unit.len);
	text_fini(&unit);
	return err;
}

/* The sections that the real one points into must be there, if only so that 0 is a place in them. */
static int add_part(struct elf_maker *maker, const char *name, struct dwarf_bytes part)
{
	static const unsigned char nothing[16];

	return part.len ? elf_maker_add(maker, name, part.at, part.len)
			: elf_maker_add(maker, name, nothing, sizeof(nothing));
}

static int make_skeleton(const struct dwarf_skeleton *skeleton, const char *name,
			 struct elf_maker *maker)
{
	struct text abbrev = {0}, info = {0};
	int err = write_abbrev(skeleton, &abbrev);

	if (!err)
		err = write_info(skeleton, name, &info);
	if (!err)
		err = elf_maker_add(maker, ".debug_info", info.bytes, info.len);
	if (!err)
		err = elf_maker_add(maker, ".debug_abbrev", abbrev.bytes, abbrev.len);
	if (!err)
		err = add_part(maker, ".debug_addr", skeleton->addrs);
	if (!err && skeleton->version < 5)
		err = add_part(maker, ".debug_ranges", skeleton->ranges);
	text_fini(&abbrev);
	text_fini(&info);
	return err ? err : elf_maker_finish(maker);
}

/* ---- joining --------------------------------------------------------------------------------- */

/* A file of our own with the bytes, which nobody can change any more; or -errno. */
static int memory_file(const struct elf_maker *maker)
{
	int fd = memfd_create("bolometer-unit", MFD_CLOEXEC | MFD_ALLOW_SEALING), err = 0;
	size_t done = 0;

	if (fd < 0)
		return -errno;
	while (done < maker->len && !err) {
		ssize_t n = write(fd, maker->bytes + done, maker->len - done);

		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR)
			err = -ENOMEM;
	}
	if (!err && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* Lets libdw join the unit with the skeleton: 1, 0 when it is another's, or no memory. */
static int join(const struct dwarf_skeleton *skeleton, struct dwarf_split *split,
		Dwarf_Die *ret_die)
{
	Dwarf_CU *cu;
	Dwarf_Die die;
	char name[32];
	int err;

	split->fd = memory_file(&split->unit);
	if (split->fd < 0)
		return split->fd == -ENOMEM ? -ENOMEM : 0;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", split->fd);
	err = make_skeleton(skeleton, name, &split->skeleton);
	if (err)
		return err;
	split->elf = elf_memory((char *)split->skeleton.bytes, split->skeleton.len);
	if (split->elf && dwarf_memory_left())
		split->dwarf = dwarf_begin_elf(split->elf, DWARF_C_READ, NULL);
	if (!split->dwarf || !dwarf_memory_left())
		return DWARF_NO_MEMORY;
	dwarf_memory_guard(split->dwarf);
	ret_die->addr = NULL;
	if (dwarf_get_units(split->dwarf, NULL, &cu, NULL, NULL, &die, ret_die) || !ret_die->addr)
		return 0;
	dwarf_memory_guard(dwarf_cu_getdwarf(ret_die->cu));
	return 1;
}

int dwarf_split_join(const struct dwarf_skeleton *skeleton, const struct dwarf_package *package,
		     struct dwarf_split *split, Dwarf_Die *ret_die)
{
	int found;

	*split = (struct dwarf_split){.open = true, .fd = -1};
	found = dwarf_package_unit(package, skeleton->id, &split->unit);
	if (found > 0)
		found = join(skeleton, split, ret_die);
	if (found <= 0)
		dwarf_split_close(split);
	return found;
}

void dwarf_split_close(struct dwarf_split *split)
{
	if (!split->open)
		return;
	dwarf_end(split->dwarf);
	elf_end(split->elf);
	if (split->fd >= 0)
		close(split->fd);
	elf_maker_fini(&split->unit);
	elf_maker_fini(&split->skeleton);
	*split = (struct dwarf_split){0};
}
