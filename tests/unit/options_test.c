// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line: every option and type of value, what is refused and in which words. */
#include "tests/unit/unit.h"

#include <errno.h>

#include "profiler/commands.h"
#include "profiler/option_values.h"

/* ---- one command line ---- */

static struct options options;
static char mistake[512];

/* Parses "word word word"; empty words are written ''. Returns what options_parse() does. */
static int parse(enum command_set command, const char *line)
{
	static char text[2048];
	static char *argv[128];
	int argc = 0;

	options_fini(&options);
	options_init(&options);
	mistake[0] = '\0';
	snprintf(text, sizeof(text), "command %s", line);
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		argv[argc++] = strcmp(word, "''") ? word : word + 2;
	argv[argc] = NULL;
	return options_parse(&options, command, argc, argv, mistake, sizeof(mistake));
}

#define ACCEPTS(command, line) assert_int_equal(parse(command, line), 0)
#define REFUSES(command, line, words)                                                     \
	do {                                                                              \
		assert_int_equal(parse(command, line), -EINVAL);                          \
		if (!strstr(mistake, words))                                              \
			fail_msg("%s: \"%s\" does not say \"%s\"", line, mistake, words); \
		assert_null(strchr(mistake, '\n'));                                       \
	} while (0)

static void defaults(void **state)
{
	ACCEPTS(FOR_CPU, "");
	assert_int_equal(options.frequency_hz, 0);
	assert_int_equal(options.duration_ns, 0);
	assert_int_equal(options.group.key, GROUP_THREAD);
	assert_string_equal(options.event, "cpu-clock");
	assert_int_equal(options.pids.count + options.tids.count + options.cpus.count, 0);
	assert_null(options.program);
	assert_null(options.format);
	assert_false(options.quiet || options.verbose || options.help || options.annotate);
}

static void comparisons(void **state)
{
	ACCEPTS(FOR_DIFF, "a.folded b.folded -o x.svg");
	assert_int_equal(options.operands.count, 2);
	assert_int_equal(options.normalisation, NORMALISE_AUTO);
	assert_int_equal(options.min_effect_ppm, 5000);
	ACCEPTS(FOR_DIFF, "--before a b - --normalize none --after c d --min-effect 1.5 --after e "
			  "--rename x=y --rename z= --fail-on regression --fail-on total(f)>5% "
			  "--verdict v.json");
	assert_int_equal(options.before.count, 3);
	assert_string_equal(options.before.texts[1], "b");
	assert_string_equal(options.before.texts[2], "-");
	assert_int_equal(options.after.count, 3);
	assert_string_equal(options.after.texts[2], "e");
	assert_int_equal(options.operands.count, 0);
	assert_int_equal(options.normalisation, NORMALISE_NONE);
	assert_int_equal(options.min_effect_ppm, 15000);
	assert_int_equal(options.renames.count, 2);
	assert_int_equal(options.gates.count, 2);
	assert_string_equal(options.verdict, "v.json");
	/* A side's files end with the next option; what comes before them is no side's. */
	ACCEPTS(FOR_DIFF, "x --before a b -q y --after=c d z");
	assert_int_equal(options.before.count, 2);
	assert_int_equal(options.after.count, 3);
	assert_int_equal(options.operands.count, 2);
	assert_string_equal(options.operands.texts[0], "x");
	assert_string_equal(options.operands.texts[1], "y");
	REFUSES(FOR_DIFF, "--before --after x", "--before needs a value");
	REFUSES(FOR_DIFF, "--normalize speed a b", "is no way to normalize; use total, time or none");
	REFUSES(FOR_DIFF, "--min-effect -1 a b", "--min-effect");
	REFUSES(FOR_RENDER, "--before a", "no option --before");
	REFUSES(FOR_CPU, "--fail-on regression", "no option --fail-on");
}

static void names_are_written_in_three_ways(void **state)
{
	ACCEPTS(FOR_CPU, "");
	assert_int_equal(options.demangle, DEMANGLE_FULL);
	ACCEPTS(FOR_CPU, "--demangle short");
	assert_int_equal(options.demangle, DEMANGLE_SHORT);
	ACCEPTS(FOR_OFFCPU, "--demangle none");
	assert_int_equal(options.demangle, DEMANGLE_NONE);
	ACCEPTS(FOR_CPU, "--no-demangle --demangle full");
	assert_int_equal(options.demangle, DEMANGLE_FULL);
}

static void every_option_sets_its_field(void **state)
{
	ACCEPTS(FOR_CPU, "-p 4242,17 --tid 5 --cgroup system.slice -C 1,0 -d 2m -F 997 "
			 "-e cycles --user --group pid -o a.svg --output b.folded --format svg "
			 "--title T --note N --annotate --no-demangle --no-inline --no-jcmd --lines --table-entries 64 "
			 "--unwind fp --unwind-memory 16 --slices 0 --symfs / --no-debuginfod -q -v");
	assert_int_equal(options.pids.count, 2);
	assert_int_equal(options.pids.numbers[0], 17);
	assert_int_equal(options.pids.numbers[1], 4242);
	assert_int_equal(options.tids.numbers[0], 5);
	assert_string_equal(options.cgroup, "system.slice");
	assert_int_equal(options.cpus.numbers[1], 1);
	assert_true(options.duration_ns == 120000000000);
	assert_int_equal(options.frequency_hz, 997);
	assert_string_equal(options.event, "cycles");
	assert_true(options.user_only && !options.kernel_only);
	assert_int_equal(options.group.key, GROUP_PID);
	assert_int_equal(options.outputs.count, 2);
	assert_string_equal(options.outputs.texts[0], "a.svg");
	assert_string_equal(options.outputs.texts[1], "b.folded");
	assert_string_equal(options.format, "svg");
	assert_string_equal(options.title, "T");
	assert_string_equal(options.note, "N");
	assert_true(options.annotate && options.demangle == DEMANGLE_NONE && options.quiet && options.verbose);
	assert_true(options.no_inline && options.no_jcmd && options.lines && options.no_debuginfod);
	assert_string_equal(options.symfs, "/");
	assert_int_equal(options.table_entries, 64);
	assert_int_equal(options.slices, 0);
	assert_int_equal(options.unwind, UNWIND_FP);
	assert_int_equal(options.unwind_bytes, 16 << 20);
	ACCEPTS(FOR_CPU, "--kernel");
	assert_true(options.kernel_only && !options.user_only);
	ACCEPTS(FOR_HELP, "--help");
	assert_true(options.help);
	/* A list grows when it is given again. */
	ACCEPTS(FOR_CPU, "-p 3 -p 1,2 --pid=2,9");
	assert_int_equal(options.pids.count, 4);
}

static void waits(void **state)
{
	static const char *const bad[] = {"''", "2", "-1", "abc"};

	ACCEPTS(FOR_OFFCPU, "");
	assert_int_equal(options.min_wait_ns + options.max_wait_ns, 0);
	assert_int_equal(options.wait_states, 0);
	assert_int_equal(WAIT_DEFAULT, WAIT_SLEEP | WAIT_DISK | WAIT_STOPPED | WAIT_TRACED |
					       WAIT_PARKED);
	assert_int_equal(options.waker_chain, 1);
	assert_int_equal(options.max_overhead_ppm, 30000);
	assert_false(options.complete_only);
	ACCEPTS(FOR_WALL, "--min-wait 2ms --max-wait 1.5s --state disk,idle --complete-only --chain 4 "
			  "--max-overhead 0.5 -F 49");
	assert_int_equal(options.min_wait_ns, 2000000);
	assert_int_equal(options.max_wait_ns, 1500000000);
	assert_int_equal(options.wait_states, WAIT_DISK | WAIT_IDLE);
	assert_true(options.complete_only);
	assert_int_equal(options.waker_chain, 4);
	assert_int_equal(options.max_overhead_ppm, 5000);
	assert_int_equal(options.frequency_hz, 49);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		char line[64];

		snprintf(line, sizeof(line), "--state sleep,%s", bad[i]);
		REFUSES(FOR_RUNQ, line, "is not a list of states; use sleep, disk");
	}
	for (int set = FOR_OFFCPU; set <= FOR_WALL; set <<= 1)
		ACCEPTS((enum command_set)set, "--min-wait 1us --state all --max-overhead 3%");
	REFUSES(FOR_CPU, "--min-wait 1ms", "no option --min-wait");
	REFUSES(FOR_RENDER, "--state all", "no option --state");
	REFUSES(FOR_OFFCPU, "-e cycles", "no option -e");
}

static void limits_of_waits(void **state)
{
	REFUSES(FOR_OFFCPU, "--min-wait 0", "--min-wait 0: is no limit; give a time above 0");
	REFUSES(FOR_OFFCPU, "--max-wait 0.0s", "is no limit; give a time above 0");
	REFUSES(FOR_OFFCPU, "--max-wait 9000h", "is too long; give at most 8760h, or leave it out");
	REFUSES(FOR_OFFCPU, "--min-wait 5x", "is not a time; write 2ms, 500us or 1.5s");
	REFUSES(FOR_OFFCPU, "--min-wait -5ms", "is not a time");
	REFUSES(FOR_OFFWAKE, "--chain 0", "is not a number of wakers from 1 to 4");
	REFUSES(FOR_OFFWAKE, "--chain 5", "is not a number of wakers from 1 to 4");
	REFUSES(FOR_OFFWAKE, "--chain 2x", "is not a number of wakers from 1 to 4");
}

static void percentages(void **state)
{
	static const struct {
		const char *text;
		uint64_t ppm;
	} good[] = {{"3", 30000},    {"3%", 30000}, {"0", 0},	      {"0.0%", 0},  {"0.5", 5000},
		    {"100", 1000000}, {"100.0%", 1000000}, {"0.0001", 1}, {"2.", 20000},
		    {"1.00019", 10001}};
	static const char *const bad[] = {"''", "%",    "-1",  "101", "100.1", "3%%",
					  "3 %", "1e2", "abc", ".5",  "3.5.5"};
	char line[64];

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		snprintf(line, sizeof(line), "--max-overhead %s", good[i].text);
		ACCEPTS(FOR_OFFCPU, line);
		assert_int_equal(options.max_overhead_ppm, good[i].ppm);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		uint64_t ppm = 7;

		assert_non_null(parse_percent(strcmp(bad[i], "''") ? bad[i] : "", &ppm));
		assert_int_equal(ppm, 7);
	}
	REFUSES(FOR_OFFCPU, "--max-overhead 5k", "is not a percentage from 0 to 100");
	/* It would have become no limit. */
	REFUSES(FOR_OFFCPU, "--max-overhead 0.00001", "is too little; give at least 0.0001, or 0");
}

static void durations(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{"30", 30000000000},	      {"30s", 30000000000},
		{"500ms", 500000000},	      {"7us", 7000},
		{"2m", 120000000000},	      {"1.5m", 90000000000},
		{"0.5", 500000000},	      {"1.", 1000000000},
		{"0.000000001", 1},	      {"1.00000000000000000001", 1000000000},
		{"8760h", 31536000000000000},
	};
	static const char *const bad[] = {
		"''", "s",   "-1",   "+1",  ".5",  "1.5.5", "1ns",
		"1S", "1e3", "0x10", "1,5", "inf", "1sx",
	};
	static const char *const nothing[] = {"0", "0s", "0ms", "0.0000000001", "00.00h"};
	static const char *const too_long[] = {"8761h",
					       "6000000h",
					       "5124095577h",
					       "307445734562m",
					       "18446744073709551615s",
					       "18446744073710"};
	char line[128];

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		snprintf(line, sizeof(line), "-d %s", good[i].text);
		ACCEPTS(FOR_CPU, line);
		assert_true(options.duration_ns == good[i].ns);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(line, sizeof(line), "--duration %s", bad[i]);
		REFUSES(FOR_CPU, line, "is not a time; write 30, 30s, 500ms or 2m");
	}
	for (size_t i = 0; i < ARRAY_LEN(nothing); i++) {
		uint64_t ns = 7;

		assert_non_null(strstr(parse_duration(nothing[i], &ns), "would record nothing"));
		assert_int_equal(ns, 7);
	}
	for (size_t i = 0; i < ARRAY_LEN(too_long); i++) {
		snprintf(line, sizeof(line), "-d %s", too_long[i]);
		REFUSES(FOR_CPU, line, "is too long");
	}
}

static void intervals(void **state)
{
	ACCEPTS(FOR_CPU, "--every 1m --keep 100 --keep-for 7d");
	assert_true(options.every_ns == 60000000000 && options.keep == 100);
	assert_true(options.keep_for_ns == 604800000000000);
	REFUSES(FOR_CPU, "--every often", "is not a time; write 10s, 1m, 1h or 7d");
	REFUSES(FOR_CPU, "--every 0", "is no time that can pass");
	REFUSES(FOR_WALL, "--keep-for 366d", "is no time that can pass");
	REFUSES(FOR_CPU, "--keep 0", "is not a number above 0");
	REFUSES(FOR_CPU, "--keep 3x", "is not a number above 0");
	REFUSES(FOR_RENDER, "--every 1m", "no option --every");
}

static void ids(void **state)
{
	static const char *const bad[] = {
		"''", "0",   "abc", "1,",	  ",1",		"1,,2", "1;2",
		"-1", "1-3", "0x1", "4294967296", "2147483648", "1,0",	"99999999999999999999999"};
	char line[128];

	ACCEPTS(FOR_CPU, "-p 2147483647,1,1,1");
	assert_int_equal(options.pids.count, 2);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(line, sizeof(line), "-p %s", bad[i]);
		REFUSES(FOR_CPU, line, "is not a list of ids");
		snprintf(line, sizeof(line), "--tid %s", bad[i]);
		REFUSES(FOR_CPU, line, "--tid");
	}
}

static void cpu_lists(void **state)
{
	static const char *const bad[] = {"''",	   "3-1", "0-99999999", "65536",
					  "a",	   "0-",  "-3",		"1,",
					  "0-3-5", "0:2", "1,,2",	"0-18446744073709551615"};
	static const uint32_t wanted[] = {0, 1, 2, 3, 7, 8, 12};
	double started = cpu_seconds();
	char line[128];

	ACCEPTS(FOR_CPU, "--cpu 8,0-3,12,2-3,7-8");
	assert_int_equal(options.cpus.count, ARRAY_LEN(wanted));
	assert_memory_equal(options.cpus.numbers, wanted, sizeof(wanted));
	ACCEPTS(FOR_CPU, "-C 0-65535,0-65535,65535,5-9");
	assert_int_equal(options.cpus.count, 65536);
	for (uint32_t i = 0; i < 65536; i++)
		assert_int_equal(options.cpus.numbers[i], i);
	assert_true(cpu_seconds() - started < 1.0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(line, sizeof(line), "-C %s", bad[i]);
		REFUSES(FOR_CPU, line, "is not a list of CPUs");
	}
}

static void other_numbers_and_words(void **state)
{
	ACCEPTS(FOR_CPU, "-F 4294967295");
	REFUSES(FOR_CPU, "-F 0", "is not a frequency");
	REFUSES(FOR_CPU, "-F 4294967296", "is not a frequency");
	REFUSES(FOR_CPU, "-F 99.5", "is not a frequency");
	REFUSES(FOR_CPU, "-F -99", "is not a frequency");
	REFUSES(FOR_CPU, "--frequency 1k", "--frequency 1k: is not a frequency");
	ACCEPTS(FOR_CPU, "--table-entries 16777216");
	REFUSES(FOR_CPU, "--table-entries 63", "is not a table size");
	REFUSES(FOR_CPU, "--table-entries 16777217", "is not a table size");
	ACCEPTS(FOR_CPU, "-d 1");
	assert_int_equal(options.slices, 100);
	ACCEPTS(FOR_WALL, "--slices 2");
	assert_int_equal(options.slices, 2);
	ACCEPTS(FOR_CPU, "--slices 1000");
	REFUSES(FOR_CPU, "--slices 1", "is not a number of slices; write 2 to 1000, or 0 for none");
	REFUSES(FOR_CPU, "--slices 1001", "is not a number of slices");
	REFUSES(FOR_CPU, "--group threads", "is not a key; use thread, process, tid");
	REFUSES(FOR_CPU, "--symfs /nowhere/at/all", "does not exist");
	REFUSES(FOR_CPU, "--symfs /dev/null", "is not a folder");
	REFUSES(FOR_CPU, "--demangle long", "is no way to write names; use full, short or none");
	REFUSES(FOR_CPU, "--unwind dwarf", "is no way to unwind; use auto, cfi or fp");
	REFUSES(FOR_CPU, "--unwind-memory 0", "is not a number of megabytes from 1 to 1024");
	REFUSES(FOR_CPU, "--unwind-memory 1025", "is not a number of megabytes");
	REFUSES(FOR_CPU, "--unwind-memory 64MB", "is not a number of megabytes");
	for (int key = 0; key < GROUP_LABEL; key++) {
		char line[64];

		snprintf(line, sizeof(line), "--group %s", group_key_word((enum group_key)key));
		ACCEPTS(FOR_CPU, line);
		assert_int_equal(options.group.key, key);
		assert_null(options.group.label);
	}
	ACCEPTS(FOR_RENDER, "--group label:end:point");
	assert_int_equal(options.group.key, GROUP_LABEL);
	assert_string_equal(options.group.label, "end:point");
	REFUSES(FOR_RENDER, "--group label:", "is not a key; use thread, process, tid");
	REFUSES(FOR_CPU, "--title ''", "--title : is empty");
	REFUSES(FOR_CPU, "--titl x", "options are not abbreviated; --title was meant?");
	REFUSES(FOR_CPU, "--titl=x", "options are not abbreviated; --title was meant?");
	REFUSES(FOR_CPU, "-p -d 1", "--pid needs a value before -d");
	REFUSES(FOR_CPU, "--output --title x", "--output needs a value before --title");
	REFUSES(FOR_RENDER, "-o ''", "--output : is empty");
	REFUSES(FOR_RENDER, "a.folded ''", "an argument is empty");
}

static void mistakes_name_the_option(void **state)
{
	REFUSES(FOR_CPU, "--nonsense", "no option --nonsense");
	REFUSES(FOR_CPU, "-Z", "no option -Z");
	REFUSES(FOR_CPU, "-qZ", "no option -Z");
	REFUSES(FOR_CPU, "-d", "-d needs a value: TIME");
	REFUSES(FOR_CPU, "--duration", "--duration needs a value: TIME");
	REFUSES(FOR_CPU, "-p", "-p needs a value: PID[,PID...]");
	REFUSES(FOR_CPU, "--quiet=yes", "--quiet takes no value");
	/* Options of other commands are none of this one. */
	REFUSES(FOR_RENDER, "-F 99 x", "no option -F");
	REFUSES(FOR_RENDER, "--pid 1", "no option --pid");
	REFUSES(FOR_DOCTOR, "-o x.svg", "no option -o");
	REFUSES(FOR_HELP, "--title x", "no option --title");
	/* A mistake that does not fit its place is cut, not overrun. */
	{
		char *argv[] = {(char *)"cpu", (char *)"--nonsense", NULL};
		char small[8];

		memset(small, 'x', sizeof(small));
		assert_int_equal(options_parse(&options, FOR_CPU, 2, argv, small, 4), -EINVAL);
		assert_int_equal(strlen(small), 3);
		assert_int_equal(small[4], 'x');
	}
}

static void programs_come_after_two_dashes(void **state)
{
	ACCEPTS(FOR_CPU, "-d 1 -- prog -d 5 -- x");
	assert_non_null(options.program);
	assert_string_equal(options.program[0], "prog");
	assert_string_equal(options.program[2], "5");
	assert_string_equal(options.program[3], "--");
	assert_string_equal(options.program[4], "x");
	assert_null(options.program[5]);
	assert_true(options.duration_ns == 1000000000);
	assert_int_equal(options.operands.count, 0);
	REFUSES(FOR_CPU, "-d 1 --", "-- needs a program to start after it");
	/* Without "--" words are operands, which the command refuses. */
	ACCEPTS(FOR_CPU, "prog -d 2");
	assert_null(options.program);
	assert_int_equal(options.operands.count, 1);
	assert_true(options.duration_ns == 2000000000);
	/* Commands that start nothing: what follows is an operand, whatever it looks like. */
	ACCEPTS(FOR_RENDER, "a.folded -o x.svg b.folded -- -c.folded");
	assert_null(options.program);
	assert_int_equal(options.operands.count, 3);
	assert_string_equal(options.operands.texts[0], "a.folded");
	assert_string_equal(options.operands.texts[1], "b.folded");
	assert_string_equal(options.operands.texts[2], "-c.folded");
	ACCEPTS(FOR_RENDER, "- -o -");
	assert_string_equal(options.operands.texts[0], "-");
	assert_string_equal(options.outputs.texts[0], "-");
}

/* ---- help and man page ---- */

static char *printed(void (*print)(enum command_set, FILE *), enum command_set command)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	print(command, out);
	fclose(out);
	return text;
}

/* Every option that the help of a command lists is one that it takes, and the other way round. */
static void help_lists_what_is_taken(void **state)
{
	static const char *const names[] = {"pid",	     "tid",	  "cgroup",   "cpu",
					    "duration",	     "frequency", "event",    "user",
					    "kernel",	     "group",	  "output",   "format",
					    "title",	     "note",	  "annotate", "addrs", "no-demangle", "demangle",
					    "table-entries", "unwind", "unwind-memory", "quiet",	  "verbose",  "help",
					    "min-wait", "max-wait", "state", "complete-only",
					    "chain", "max-overhead", "slices", "no-inline", "no-cache", "no-confine", "no-jcmd",
					    "lines", "from", "symfs", "no-debuginfod", "every", "keep", "keep-for",
					    "push", "push-name", "push-label", "push-auth", "push-ca", "push-timeout", "max-memory"};
	static const enum command_set sets[] = {FOR_CPU,  FOR_OFFCPU, FOR_WALL,
						FOR_RENDER, FOR_DOCTOR, FOR_HELP};

	for (size_t c = 0; c < ARRAY_LEN(sets); c++) {
		char *help = printed(options_print_help, sets[c]);
		size_t listed = 0;

		for (char *at = help; (at = strstr(at, "--")); at += 2)
			listed += (at == help || at[-1] == ' ') && at[2] >= 'a' && at[2] <= 'z';
		for (size_t i = 0; i < ARRAY_LEN(names); i++) {
			char line[64], words[64];
			bool taken;

			snprintf(line, sizeof(line), "--%s", names[i]);
			parse(sets[c], line);
			snprintf(words, sizeof(words), "no option --%s", names[i]);
			taken = !strstr(mistake, words);
			snprintf(words, sizeof(words), " --%s", names[i]);
			assert_int_equal(strstr(help, words) != NULL, taken);
			listed -= taken;
		}
		/* One in the table that is missing above would be left over. */
		assert_int_equal(listed, 0);
		for (char *line = strtok(help, "\n"); line; line = strtok(NULL, "\n"))
			assert_true(strlen(line) <= 80);
		free(help);
	}
}

static void commands_are_found(void **state)
{
	for (const struct command *command = commands; command->name; command++) {
		assert_ptr_equal(command_find(command->name), command);
		assert_non_null(command->run);
		assert_true(*command->about);
		/* A capture is called like what it draws. */
		assert_int_equal(command->view != VIEW_PLAIN, (command->bit & FOR_CAPTURES) != 0);
		if (command->view != VIEW_PLAIN)
			assert_string_equal(command->name, views[command->view].name);
	}
	assert_null(command_find("cp"));
	assert_null(command_find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(names_are_written_in_three_ways),
		cmocka_unit_test(every_option_sets_its_field),
		cmocka_unit_test(waits),
		cmocka_unit_test(limits_of_waits),
		cmocka_unit_test(percentages),
		cmocka_unit_test(durations), cmocka_unit_test(intervals),
		cmocka_unit_test(ids),
		cmocka_unit_test(cpu_lists),
		cmocka_unit_test(other_numbers_and_words),
		cmocka_unit_test(mistakes_name_the_option),
		cmocka_unit_test(comparisons),
		cmocka_unit_test(programs_come_after_two_dashes),
		cmocka_unit_test(help_lists_what_is_taken),
		cmocka_unit_test(commands_are_found),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	options_fini(&options);
	return failed;
}
