// SPDX-License-Identifier: GPL-2.0-or-later
/* Files and the vdso as objects of the walker; see objects.h. */
#include "profiler/unwind/loader/objects.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/unwind/table/vdso.h"

uint32_t object_number(size_t place)
{
	return place ? (uint32_t)place : OBJECT_VDSO;
}

struct object *objects_get(struct objects *objects, uint32_t number)
{
	return &objects->objects[number == OBJECT_VDSO ? 0 : number];
}

void objects_publish(struct objects *objects, uint32_t number, uint32_t table)
{
	__atomic_store_n(&objects->memory->objects[number].table, table, __ATOMIC_RELEASE);
}

void objects_give_up(struct objects *objects, uint32_t number, int error)
{
	objects_get(objects, number)->state = OBJECT_NONE;
	objects_publish(objects, number, UNWIND_TABLE_NONE);
	if (error == -ENOENT || error == -ENOEXEC) {
		objects->without++;
	} else {
		objects->failed++;
		objects->one_failed = number;
	}
}

static void add_object(struct objects *objects, int fd, int open_error)
{
	size_t place = objects->count++;

	objects->objects[place] = (struct object){.fd = fd};
	if (fd < 0)
		objects_give_up(objects, object_number(place), -open_error);
}

int objects_init(struct objects *objects, const struct walker_memory *memory,
		 const struct binary_table *binaries)
{
	int vdso_fd, err;

	*objects = (struct objects){.memory = memory, .binaries = binaries};
	err = ARRAY_RESERVE(objects->objects, objects->cap, 1);
	if (err)
		return err;
	objects_publish(objects, UNWIND_OBJECT_CODE, UNWIND_TABLE_NONE);
	vdso_fd = vdso_open();
	add_object(objects, vdso_fd < 0 ? -1 : vdso_fd, -vdso_fd);
	return 0;
}

void objects_fini(struct objects *objects)
{
	if (objects->count && objects->objects[0].fd >= 0)
		close(objects->objects[0].fd);
	for (size_t i = 0; i < objects->count; i++)
		free(objects->objects[i].image);
	free(objects->objects);
	*objects = (struct objects){0};
}

void objects_forget(struct objects *objects, uint32_t number)
{
	struct object *object = objects_get(objects, number);

	free(object->image);
	*object = (struct object){.fd = -1, .turn = object->turn, .state = OBJECT_NONE};
	objects_publish(objects, number, UNWIND_TABLE_NONE);
}

/* Numbers of files that were forgotten, and are other files' now. */
static void renew(struct objects *objects)
{
	const struct binary_table *binaries = objects->binaries;

	for (size_t place = 1; place < objects->count; place++) {
		const struct binary *binary = &binaries->binaries[place - 1];
		struct object *object = &objects->objects[place];

		if (object->turn == binary->turn)
			continue;
		*object = (struct object){.fd = binary->fd, .turn = binary->turn};
		if (binary->fd < 0)
			objects_give_up(objects, object_number(place), -binary->open_error);
		else
			objects_publish(objects, object_number(place), UNWIND_TABLE_ABSENT);
	}
	objects->reused = binaries->reused;
}

int objects_sync(struct objects *objects)
{
	const struct binary_table *binaries = objects->binaries;
	size_t wanted = binaries->count + 1;
	int err;

	if (objects->reused != binaries->reused)
		renew(objects);

	objects->too_many = wanted > OBJECT_VDSO ? wanted - OBJECT_VDSO : 0;
	wanted -= objects->too_many;
	err = ARRAY_RESERVE(objects->objects, objects->cap, wanted);
	/* Files that nobody needed were closed, and may be open again. */
	for (size_t i = 1; i < objects->count; i++)
		objects->objects[i].fd = binaries->binaries[i - 1].fd;
	while (!err && objects->count < wanted) {
		const struct binary *binary = &binaries->binaries[objects->count - 1];

		add_object(objects, binary->fd, binary->open_error);
		objects->objects[objects->count - 1].turn = binary->turn;
	}
	return err;
}

uint32_t objects_of_binary(struct objects *objects, uint32_t binary)
{
	if (binary == BINARY_NONE || (size_t)binary + 1 >= objects->count)
		return UNWIND_OBJECT_CODE;
	return binary + 1;
}

const char *objects_path(const struct objects *objects, uint32_t number)
{
	if (number == OBJECT_VDSO || number == UNWIND_OBJECT_CODE)
		return "[vdso]";
	return objects->binaries->binaries[number - 1].path;
}

const struct elf_image *objects_image(struct objects *objects, uint32_t number)
{
	struct object *object = objects_get(objects, number);
	int err;

	if (object->image_read || object->fd < 0)
		return object->image;
	object->image = malloc(sizeof(*object->image));
	if (!object->image)
		return NULL;
	err = elf_image_read(object->fd, object->image);
	if (!err && object->image->machine != ELF_MACHINE_HERE)
		err = -ENOEXEC; /* an emulator's program: nobody runs it but the emulator */
	object->image_read = true;
	if (!err)
		return object->image;
	free(object->image);
	object->image = NULL;
	objects_give_up(objects, number, err);
	return NULL;
}

bool objects_touched(struct objects *objects, uint32_t number)
{
	uint32_t *touched = &objects->memory->objects[number].touched;

	/* Reading first leaves the programs' cache lines alone where nothing happened. */
	return __atomic_load_n(touched, __ATOMIC_RELAXED) &&
	       __atomic_exchange_n(touched, 0, __ATOMIC_RELAXED);
}
