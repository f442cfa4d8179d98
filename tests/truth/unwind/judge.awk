# SPDX-License-Identifier: GPL-2.0-or-later
# Judges folded stacks by the chain of calls that they must hold.
#
# Environment: root    pattern of what leads to the chain, each frame with its ";"
#              chain   patterns of its frames, outermost first, spaces between; a "?" at the end
#                      of one: it may be left out
#              wrong   file for the stacks that are not complete
# Prints "COMPLETE FULL IMPOSSIBLE SAMPLES", the first two in percent:
#   complete    from the root down the chain as far as the sample was, and then no frame of it again
#   full        with the chain's last frame
#   impossible  samples with a frame of the chain below one that never calls it
# LIBRARY in a pattern stands for a function that has no name where no symbols are.

BEGIN {
	nr = split(ENVIRON["chain"], link, " ")
	for (i = 1; i <= nr; i++) {
		optional[i] = sub(/\?$/, "", link[i])
		link[i] = pattern(link[i])
	}
	root = "^" substr(pattern(ENVIRON["root"]), 3)
	sub(/\)\$$/, "", root)
}

function pattern(text) {
	gsub(/LIBRARY/, "\\[[^];]*\\](\\+0x[0-9a-f]+)?", text)
	return "^(" text ")$"
}

function is_link(frame, i) { return frame ~ link[i] }

function is_any(frame,   i) {
	for (i = 1; i <= nr; i++)
		if (is_link(frame, i))
			return 1
	return 0
}

# Whether a frame of the chain may stand below `before`.
function may_follow(before, frame,   i, j) {
	for (i = 2; i <= nr; i++) {
		if (!is_link(frame, i))
			continue
		for (j = i - 1; j >= 1; j--) {
			if (is_link(before, j))
				return 1
			if (!optional[j])
				break
		}
	}
	return 0
}

# The number of frames at the start that are the chain's, -1 where others of it follow.
function along(frame, n,   at, i) {
	i = 1
	for (at = 1; at <= n && i <= nr; i++) {
		if (is_link(frame[at], i))
			at++
		else if (!optional[i])
			break
	}
	reached_end = i > nr && at > 1 && is_link(frame[at - 1], nr)
	for (i = at; i <= n; i++)
		if (is_any(frame[i]))
			return -1
	return at - 1
}

# Names of one chain that stand below others of it, and do not belong there.
function has_hole(frame, n,   i) {
	for (i = 2; i <= n; i++)
		if (is_any(frame[i]) && is_any(frame[i - 1]) && !may_follow(frame[i - 1], frame[i]))
			return 1
	return 0
}

{
	count = $NF
	all += count
	line = $0
	sub(/ [0-9]+$/, "")
	stack = substr($0, index($0, ";") + 1)
	whole = stack !~ /\[(incomplete|truncated|unknown|no stack)/
	rooted = match(stack ";", root)
	rest = rooted ? substr(stack, RLENGTH + 1) : stack
	n = split(rest, frame, ";")
	hole = has_hole(frame, n)
	good = rooted && whole && !hole && along(frame, n) > 0
	complete += good ? count : 0
	full += good && reached_end ? count : 0
	impossible += hole ? count : 0
	if (!good)
		print count, line >ENVIRON["wrong"]
}

END {
	printf "%.2f %.2f %d %d\n", all ? 100 * complete / all : 0, all ? 100 * full / all : 0,
		impossible, all
}
