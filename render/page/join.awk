# SPDX-License-Identifier: GPL-2.0-or-later
# Joins the parts of the page's script into what graphs carry: without comments that end a line
# (but for the first, which says what it is), indentation, spaces beside punctuation and
# line ends and semicolons that end nothing; `const` is `let`,
# and one `let` does for several lines of them. Strings, templates and what follows a slash stay as they are; so none
# of these may span lines.

BEGIN { punctuation = "=<>!&|?:,;(){}[]*%" }

function is_punctuation(c) { return c != "" && index(punctuation, c) }

# Whether a space between two characters says nothing. It does between signs: a - -b.
function is_spare(before, after) {
	if (before ~ /[-+]/ || after ~ /[-+]/)
		return before !~ /[-+]/ || after !~ /[-+]/
	return is_punctuation(before) || is_punctuation(after)
}

function squeeze(line,    out, i, c, next_c, quote, rest) {
	out = ""
	for (i = 1; i <= length(line); i++) {
		c = substr(line, i, 1)
		if (quote != "") {
			out = out c
			if (c == "\\")
				out = out substr(line, ++i, 1)
			else if (c == quote)
				quote = ""
			continue
		}
		rest = substr(line, i)
		if (rest ~ /^ *\/\*.*\*\/$/)
			return out
		if (rest ~ /^ \/ /) {
			out = out "/"
			i += 2
			continue
		}
		# A regular expression, or templates that may be one in another.
		if (c == "/" || (c == "`" && gsub(/`/, "`", rest) > 2))
			return out substr(line, i)
		if (c == "'" || c == "\"" || c == "`")
			quote = c
		if (c == " " && is_spare(substr(out, length(out), 1), substr(line, i + 1, 1)) &&
		    !(rest ~ /^ >/ && out ~ /]]$/))
			continue
		out = out c
	}
	return out
}

NR == 1 { printf "%s\n", $0; next }
{ sub(/^\t+/, "") }
/^\/\*/ { inside = 1 }
inside {
	if ($0 ~ /\*\/$/)
		inside = 0
	next
}
$0 == "" { next }
{
	line = squeeze($0)
	if (line ~ /^const[ {[]/)
		sub(/^const/, "let", line)
	sub(/^for\(const/, "for(let", line)
	# No loop has an empty body, whose semicolon would be needed.
	if (line ~ /^[]}]/)
		sub(/[;,]$/, "", text)
	if (line ~ /^let[ {[].*;$/ && before ~ /^let[ {[].*;$/) {
		sub(/;$/, ",", text)
		before = line
		sub(/^let ?/, "", line)
	} else {
		before = line
	}
	if (length(text) > 2000 || (text !~ /[;{,(=&|?:]$/ && line !~ /^[]}),.?:&|]/)) {
		if (text != "")
			printf "%s\n", text
		text = ""
	}
	text = text line
}
END { printf "%s\n", text }
