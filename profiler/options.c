// SPDX-License-Identifier: GPL-2.0-or-later
/* The option table, and what is made from it; see options.h. */
#include "profiler/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/option_values.h"

#define DEFAULT_UNWIND_BYTES	 (64ULL << 20)
#define DEFAULT_MAX_OVERHEAD_PPM 30000
#define DEFAULT_SLICES		 100
#define DEFAULT_MIN_EFFECT_PPM	 5000

struct option_spec {
	const char *name;
	char letter;	      /* 0: none */
	const char *argument; /* NULL: a flag */
	option_parser *parse;
	size_t field;
	unsigned int commands;
	const char *help;
};

#define FIELD(name) offsetof(struct options, name)

static const struct option_spec specs[] = {
	{"pid", 'p', "PID[,PID...]", parse_ids, FIELD(pids), FOR_CAPTURES,
	 "these processes: all their threads, and threads and children they start meanwhile"},
	{"tid", 't', "TID[,TID...]", parse_ids, FIELD(tids), FOR_CAPTURES, "these threads"},
	{"cgroup", 0, "PATH", parse_text, FIELD(cgroup), FOR_CAPTURES,
	 "tasks in this cgroup (v2) and below; the path may start at the cgroup mount"},
	{"cpu", 'C', "LIST", parse_cpus, FIELD(cpus), FOR_CAPTURES, "only these CPUs, e.g. 0-3,8"},
	{"duration", 'd', "TIME", parse_duration, FIELD(duration_ns), FOR_CAPTURES,
	 "30, 30s, 500ms, 2m, 1h; default: until Ctrl-C, or until the target exits"},
	{"every", 0, "TIME", parse_span, FIELD(every_ns), FOR_CAPTURES,
	 "go on and write a profile for each interval of that length, without a gap between them: 1m; "
	 "they end at the clock's round times. File names get the time each began, before the suffix or "
	 "where they have %Y%m%d-%H%M%S"},
	{"keep", 0, "COUNT", parse_count, FIELD(keep), FOR_CAPTURES,
	 "of each -o keep so many files (--every): the oldest are removed, of an earlier run as well"},
	{"keep-for", 0, "TIME", parse_span, FIELD(keep_for_ns), FOR_CAPTURES,
	 "of each -o remove files that are older (--every): 24h, 7d"},
	{"frequency", 'F', "HZ", parse_frequency, FIELD(frequency_hz), FOR_CAPTURES,
	 "samples per second and CPU; default 99; for the views cpu and wall"},
	{"event", 'e', "EVENT", parse_text, FIELD(event), FOR_CPU,
	 "what drives the samples: " EVENT_DEFAULT " (default), page-faults, or where the CPU has counters "
	 "cycles, instructions, cache-references, cache-misses, branches, branch-misses"},
	{"min-wait", 0, "TIME", parse_wait, FIELD(min_wait_ns), FOR_WAITS,
	 "only waits of at least this length, e.g. 2ms or 500us"},
	{"max-wait", 0, "TIME", parse_wait, FIELD(max_wait_ns), FOR_WAITS,
	 "only waits of at most this length"},
	{"state", 0, "LIST", parse_states, FIELD(wait_states), FOR_WAITS,
	 "only waits that began in one of these states: sleep, disk, stopped, traced, parked, idle, "
	 "all; default: all but idle, which is what kernel threads without work are"},
	{"complete-only", 0, NULL, parse_flag, FIELD(complete_only), FOR_WAITS,
	 "leave out waits that had begun before the capture, or went on after it"},
	{"chain", 0, "N", parse_chain, FIELD(waker_chain), FOR_WAITS,
	 "in the view offwake, show who woke the waker, and so on: up to N wakers, 1 (default) to 4"},
	{"max-overhead", 0, "PCT", parse_percent, FIELD(max_overhead_ppm), FOR_WAITS,
	 "of the CPUs' time that tracing may take, before only some of the waits are looked at and "
	 "the others estimated; default 3; 0: no limit"},
	{"user", 0, NULL, parse_flag, FIELD(user_only), FOR_CAPTURES, "user frames only"},
	{"kernel", 0, NULL, parse_flag, FIELD(kernel_only), FOR_CAPTURES, "kernel frames only"},
	{"group", 0, "KEY", parse_group, FIELD(group), FOR_CAPTURES | FOR_RENDER | FOR_DIFF,
	 "root frame of each stack: thread (default), process, tid, pid, cpu, cgroup, container, "
	 "none; of files with labels also label:KEY"},
	{"before", 0, "FILE...", parse_texts, FIELD(before), FOR_DIFF,
	 "the files that follow, up to --after, are of the first side"},
	{"after", 0, "FILE...", parse_texts, FIELD(after), FOR_DIFF,
	 "the files that follow are of the second side"},
	{"normalize", 0, "HOW", parse_normalisation, FIELD(normalisation), FOR_DIFF,
	 "compare shares of the total, amounts per second of time, or none: plain amounts; default: "
	 "total for samples; for times time, if both sides say how long they took"},
	{"rename", 0, "REGEX=TEXT", parse_texts, FIELD(renames), FOR_DIFF,
	 "call functions otherwise before they are matched, repeatable; an extended regular "
	 "expression up to the last =, and what its matches become, with \\1 to \\9 for its parts"},
	{"min-effect", 0, "POINTS", parse_percent, FIELD(min_effect_ppm), FOR_DIFF,
	 "what is smaller, in points of the whole, is not called a regression however certain it is; "
	 "default 0.5"},
	{"fail-on", 0, "GATE", parse_texts, FIELD(gates), FOR_DIFF,
	 "exit with status 3 when this is so, repeatable: 'total(FUNCTION)>+5%', self(...), >+2pp for "
	 "points, >+1ms/s for time a second, or regression: any function that does more"},
	{"verdict", 0, "FILE", parse_text, FIELD(verdict), FOR_DIFF,
	 "write what moved, and what became of the gates, as JSON; - is standard output"},
	{"from", 0, "NAME", parse_text, FIELD(from), FOR_INPUTS,
	 "the format of the files that are read: svg, pprof, speedscope, perf-script, bpftrace, bcc or "
	 "folded; default: what their content looks like"},
	{"output", 'o', "FILE", parse_texts, FIELD(outputs), FOR_OUTPUTS,
	 "write FILE, repeatable; its suffix decides the format: .svg, .html, .folded or .txt, .pb.gz "
	 "or .pprof, .json (speedscope), .firefox.json, .tree and .top (to read); - is "
	 "folded text on standard output; of a capture also VIEW:FILE, where VIEW is the command "
	 "that draws it so: -o offcpu:blocked.svg -o wall:all.svg"},
	{"push", 0, "URL", parse_texts, FIELD(pushes), FOR_PUSHES,
	 "send the profile as pprof to the Pyroscope server there; of a capture also VIEW:URL, "
	 "repeatable. A capture without -o is written as .pb.gz, render without -o writes nothing"},
	{"push-name", 0, "NAME", parse_text, FIELD(push_name), FOR_PUSHES,
	 "application (service_name) that it is filed under; default: the process, the program, the "
	 "last part of the cgroup, or system"},
	{"push-label", 0, "KEY=VALUE", parse_texts, FIELD(push_labels), FOR_PUSHES,
	 "label of what is sent, repeatable; host and view are there unless they are given here, and "
	 "without a VALUE are not"},
	{"push-auth", 0, "FILE", parse_text, FIELD(push_auth), FOR_PUSHES,
	 "who you are: lines with user: NAME and password: WORD, or any header, such as "
	 "Authorization: Bearer TOKEN and X-Scope-OrgID: TENANT; others must not be able to read it"},
	{"push-ca", 0, "FILE", parse_text, FIELD(push_ca), FOR_PUSHES,
	 "certificates that the server's must be signed by, in PEM; default: $CURL_CA_BUNDLE, "
	 "$SSL_CERT_FILE, or the system's"},
	{"push-timeout", 0, "TIME", parse_wait, FIELD(push_timeout_ns), FOR_PUSHES,
	 "how long to try at most; default 60s"},
	{"format", 0, "NAME", parse_text, FIELD(format), FOR_OUTPUTS,
	 "svg, html, folded, pprof, speedscope, firefox, tree or top, whatever the suffix"},
	{"title", 0, "TEXT", parse_text, FIELD(title), FOR_OUTPUTS, "heading of the graph"},
	{"note", 0, "TEXT", parse_text, FIELD(note), FOR_OUTPUTS,
	 "a remark, shown in the graph and kept in the file"},
	{"annotate", 0, NULL, parse_flag, FIELD(annotate), FOR_OUTPUTS,
	 "mark names in text: _[k] kernel, _[j] JIT, _[i] inlined"},
	{"event", 0, "EVENT", parse_text, FIELD(read_event), FOR_RENDER | FOR_DIFF,
	 "of a file with samples of several events the one to read, as perf script writes it, with or "
	 "without its modifiers; default: the first"},
	{"addrs", 0, NULL, parse_flag, FIELD(addrs), FOR_RENDER | FOR_DIFF,
	 "tell functions without a name apart by the address, in text of other tools that has addresses"},
	{"slices", 0, "N", parse_slices, FIELD(slices), FOR_CAPTURES,
	 "keep apart N slices of the capture's time, at most; default 100, 0 for none"},
	{"demangle", 0, "HOW", parse_demangle, FIELD(demangle), FOR_CAPTURES,
	 "names of C++, Rust and D: full (default); short, without arguments, contents of templates "
	 "and what compilers put behind names of copies, but with arguments where functions would "
	 "else be called the same; none: as the linker sees them"},
	{"no-demangle", 0, NULL, parse_no_demangle, FIELD(demangle), FOR_CAPTURES,
	 "C++, Rust and D names as the linker sees them"},
	{"no-inline", 0, NULL, parse_flag, FIELD(no_inline), FOR_CAPTURES,
	 "one frame an address: functions that the compiler inlined count as the one they are in"},
	{"lines", 0, NULL, parse_flag, FIELD(lines), FOR_CAPTURES,
	 "functions with the source file and line that was reached in them, where debug information "
	 "says so; a function at two lines is two frames"},
	{"no-cache", 0, NULL, parse_flag, FIELD(no_cache), FOR_CAPTURES,
	 "neither use nor keep what files said of addresses; otherwise it is in $BOLOMETER_CACHE, "
	 "$XDG_CACHE_HOME/bolometer or ~/.cache/bolometer, with 256 MB at most"},
	{"no-confine", 0, NULL, parse_flag, FIELD(no_confine), FOR_CAPTURES,
	 "read programs, libraries and the names of generated code in this process, with its "
	 "privileges, and not each in one that can do nothing else"},
	{"symfs", 0, "DIR", parse_folder, FIELD(symfs), FOR_CAPTURES,
	 "look for programs, libraries and their debug files below DIR first, by their whole paths; "
	 "they are used only where the build id is the same"},
	{"no-debuginfod", 0, NULL, parse_flag, FIELD(no_debuginfod), FOR_CAPTURES,
	 "fetch no debug files from the servers in $DEBUGINFOD_URLS, which otherwise, if it is set, "
	 "are asked after the capture for those of what has at least a thousandth of the profile"},
	{"no-jcmd", 0, NULL, parse_flag, FIELD(no_jcmd), FOR_CAPTURES,
	 "do not ask Java machines for the names of their code when the capture ends, as jcmd PID "
	 "Compiler.perfmap does (JDK 17 and later)"},
	{"table-entries", 0, "N", parse_entries, FIELD(table_entries), FOR_CAPTURES,
	 "size of the kernel tables; default: from the rate and the number of CPUs"},
	{"unwind", 0, "WAY", parse_unwind, FIELD(unwind), FOR_CAPTURES,
	 "how user stacks are walked: cfi (call-frame information, and frame pointers in code that "
	 "has none), fp (frame pointers alone), auto (default: cfi, or fp where the kernel cannot)"},
	{"unwind-memory", 0, "MB", parse_megabytes, FIELD(unwind_bytes), FOR_CAPTURES,
	 "memory for tables of call-frame information, at most; default 64"},
	{"max-memory", 0, "SIZE", parse_size, FIELD(max_memory_bytes), FOR_OUTPUTS,
	 "hold no more than this, with all that the kernel holds for it: 512M, 2G; default: half of "
	 "the machine's memory, or three quarters of its cgroup's; what a capture has no room for then "
	 "is counted as lost"},
	{"quiet", 'q', NULL, parse_flag, FIELD(quiet), FOR_OUTPUTS, "only errors on standard error"},
	{"verbose", 'v', NULL, parse_flag, FIELD(verbose), FOR_OUTPUTS,
	 "say what is done: programs, tables, mappings, symbols; of files what they are taken for"},
	{"help", 'h', NULL, parse_flag, FIELD(help), FOR_ALL, "this help"},
};

void options_init(struct options *options)
{
	*options = (struct options){
		.event = EVENT_DEFAULT,
		.group.key = GROUP_THREAD,
		.unwind_bytes = DEFAULT_UNWIND_BYTES,
		.waker_chain = 1,
		.max_overhead_ppm = DEFAULT_MAX_OVERHEAD_PPM,
		.slices = DEFAULT_SLICES,
		.min_effect_ppm = DEFAULT_MIN_EFFECT_PPM,
	};
}

void options_fini(struct options *options)
{
	free(options->pids.numbers);
	free(options->tids.numbers);
	free(options->cpus.numbers);
	free(options->outputs.texts);
	free(options->pushes.texts);
	free(options->push_labels.texts);
	free(options->operands.texts);
	free(options->before.texts);
	free(options->after.texts);
	free(options->renames.texts);
	free(options->gates.texts);
	*options = (struct options){0};
}

/* What getopt_long wants to know, for the options of one command. */
struct getopt_tables {
	struct option longs[ARRAY_LEN(specs) + 1];
	char shorts[2 * ARRAY_LEN(specs) + 3];
};

/* Long options come back as their place in the table, above every letter. */
#define LONG_BASE 256

static void getopt_tables_make(struct getopt_tables *tables, enum command_set command)
{
	size_t nr_longs = 0, nr_shorts = 0;

	*tables = (struct getopt_tables){0};
	tables->shorts[nr_shorts++] = ':'; /* tell a missing argument from an unknown option */
	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		if (!(specs[i].commands & command))
			continue;
		tables->longs[nr_longs++] = (struct option){
			specs[i].name, specs[i].argument ? required_argument : no_argument, NULL,
			LONG_BASE + (int)i};
		if (!specs[i].letter)
			continue;
		tables->shorts[nr_shorts++] = specs[i].letter;
		if (specs[i].argument)
			tables->shorts[nr_shorts++] = ':';
	}
}

static const struct option_spec *spec_of(int found)
{
	if (found >= LONG_BASE)
		return &specs[found - LONG_BASE];
	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		if (specs[i].letter == found)
			return &specs[i];
	}
	return NULL;
}

/* What getopt did not like, in words. */
static void explain(int found, char **argv, char *ret_mistake, size_t size)
{
	const char *word = argv[optind - 1];
	const struct option_spec *spec = spec_of(optopt);

	if (found == ':')
		snprintf(ret_mistake, size, "%s needs a value: %s", word,
			 spec ? spec->argument : "VALUE");
	else if (optopt >= LONG_BASE)
		snprintf(ret_mistake, size, "--%s takes no value", spec->name);
	else if (optopt)
		snprintf(ret_mistake, size, "this command has no option -%c", optopt);
	else
		snprintf(ret_mistake, size, "this command has no option %s", word);
}

/* getopt takes "--titl" for "--title"; a typing error would then start a capture. */
static bool is_whole_name(char **argv, const struct option_spec *spec)
{
	size_t len = strlen(spec->name);

	/* The option is the last word that was taken, or, with a value of its own, the one before. */
	for (int at = optind - 1; at > 0 && at >= optind - 2; at--) {
		const char *word = argv[at];

		if (!strncmp(word, "--", 2) && !strncmp(word + 2, spec->name, len) &&
		    (!word[2 + len] || word[2 + len] == '='))
			return true;
	}
	return false;
}

/* Whether a value is an option that the value was forgotten before. Numbers may be negative. */
static bool is_option(const char *value)
{
	return value[0] == '-' && (value[1] == '-' || (value[1] >= 'a' && value[1] <= 'z') ||
				   (value[1] >= 'A' && value[1] <= 'Z'));
}

static bool takes_words(const struct option_spec *spec)
{
	return spec->argument && !strcmp(spec->argument, "FILE...");
}

/* The words before "--", which getopt sees; what follows is the program to start. */
static int split_program(struct options *options, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--")) {
			options->program = &argv[i + 1];
			return i;
		}
	}
	return argc;
}

int options_parse(struct options *options, enum command_set command, int argc, char **argv,
		  char *ret_mistake, size_t mistake_size)
{
	struct getopt_tables tables;
	const char *wrong;
	int found;

	if (command & FOR_CAPTURES)
		argc = split_program(options, argc, argv);
	getopt_tables_make(&tables, command);
	opterr = 0;
	optind = 0; /* GNU: start over, whatever was parsed before */
	while ((found = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
		const struct option_spec *spec = spec_of(found);

		if (!spec) {
			explain(found, argv, ret_mistake, mistake_size);
			return -EINVAL;
		}
		if (found >= LONG_BASE && !is_whole_name(argv, spec)) {
			snprintf(ret_mistake, mistake_size,
				 "options are not abbreviated; --%s was meant?", spec->name);
			return -EINVAL;
		}
		if (spec->argument && is_option(optarg)) {
			snprintf(ret_mistake, mistake_size, "--%s needs a value before %s: %s",
				 spec->name, optarg, spec->argument);
			return -EINVAL;
		}
		wrong = spec->parse(optarg, (char *)options + spec->field);
		/* "--before a b --after c d": the words up to the next option are values as well. */
		while (!wrong && takes_words(spec) && optind < argc && !is_option(argv[optind]))
			wrong = spec->parse(argv[optind++], (char *)options + spec->field);
		if (wrong) {
			snprintf(ret_mistake, mistake_size, "--%s %s: %s", spec->name, optarg,
				 wrong);
			return wrong == option_no_memory ? -ENOMEM : -EINVAL;
		}
	}
	for (; optind < argc; optind++) {
		wrong = parse_texts(argv[optind], &options->operands);
		if (wrong) {
			snprintf(ret_mistake, mistake_size, "an argument%s %s",
				 wrong == option_no_memory ? ":" : "", wrong);
			return wrong == option_no_memory ? -ENOMEM : -EINVAL;
		}
	}
	if (options->program && !options->program[0]) {
		snprintf(ret_mistake, mistake_size, "-- needs a program to start after it");
		return -EINVAL;
	}
	return 0;
}

#define HELP_INDENT 26
#define HELP_WIDTH  78

/* Text wrapped at words, from column HELP_INDENT on. */
static void print_wrapped(const char *text, FILE *out)
{
	size_t column = HELP_INDENT;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (column > HELP_INDENT && column + 1 + word > HELP_WIDTH) {
			fprintf(out, "\n%*s", HELP_INDENT, "");
			column = HELP_INDENT;
		} else if (column > HELP_INDENT) {
			fputc(' ', out);
			column++;
		}
		fwrite(text, 1, word, out);
		column += word;
		text += word + strspn(text + word, " ");
	}
	fputc('\n', out);
}

void options_print_help(enum command_set commands, FILE *out)
{
	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		const struct option_spec *spec = &specs[i];
		char head[64], letter[8] = "    ";

		if (!(spec->commands & commands))
			continue;
		if (spec->letter)
			snprintf(letter, sizeof(letter), "-%c, ", spec->letter);
		snprintf(head, sizeof(head), "%s--%s%s%s", letter, spec->name,
			 spec->argument ? " " : "", spec->argument ? spec->argument : "");
		if (strlen(head) + 4 > HELP_INDENT)
			fprintf(out, "  %s\n%*s", head, HELP_INDENT, "");
		else
			fprintf(out, "  %-*s", HELP_INDENT - 2, head);
		print_wrapped(spec->help, out);
	}
}

void man_print(const char *text, FILE *out)
{
	bool line_starts = true;

	for (; *text; text++) {
		if (line_starts && (*text == '.' || *text == '\''))
			fputs("\\&", out);
		if (*text == '-' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
		line_starts = *text == '\n';
	}
}

void options_print_man(FILE *out)
{
	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		const struct option_spec *spec = &specs[i];

		fputs(".TP\n", out);
		if (spec->letter)
			fprintf(out, "\\fB\\-%c\\fR, ", spec->letter);
		fputs("\\fB\\-\\-", out);
		man_print(spec->name, out);
		fputs("\\fR", out);
		if (spec->argument)
			fprintf(out, " \\fI%s\\fR", spec->argument);
		fputc('\n', out);
		man_print(spec->help, out);
		fputc('\n', out);
	}
}
