#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `make demo`: profiles the example service under load and draws its flame graph into demo/.
#   examples/demo.sh        DEMO names another folder, BOLOMETER another program
# Only bolometer itself runs as root, through sudo where necessary. Where this machine cannot
# capture, it says what is missing and draws a profile recorded elsewhere. Everything it started
# has ended when it ends. Exit status 0 when there is a graph to look at, and 1 when there is none.
set -u
cd "$(dirname "$0")/.." || exit 1

SECONDS_CAPTURED=10
SECONDS_OF_LOAD=14 # from before the capture until after it; ended with it in any case
FREQUENCY=499
RECORDED=examples/hotservice.folded
FOLDER=${DEMO:-demo}
SVG=$FOLDER/hotservice.svg
FOLDED=$FOLDER/hotservice.folded
bolometer=${BOLOMETER:-./bolometer}

# shellcheck source=examples/service.sh
source examples/service.sh

# The service, its load, and the capture; what goes wrong is in $log/capture.
capture() {
	say "starting examples/hotservice, an HTTP service on loopback"
	start_service || return
	say "hotservice is pid $service on port $port; loadgen keeps 8 connections busy"
	start_load "$SECONDS_OF_LOAD"
	sleep 1
	say "capturing for $SECONDS_CAPTURED s: ${as_root[*]} $bolometer cpu -p $service" \
		"-d $SECONDS_CAPTURED -F $FREQUENCY --title 'hotservice under load' -o $SVG -o $FOLDED"
	"${as_root[@]}" "$bolometer" cpu -p "$service" -d "$SECONDS_CAPTURED" -F "$FREQUENCY" \
		--title "hotservice under load" -o "$SVG" -o "$FOLDED" || return
	end_load
	sed 's/^/demo: the load saw /' "$log/load"
}

draw_recorded() {
	say "drawing the profile in $RECORDED, recorded on another machine, instead"
	"$bolometer" render --annotate "$RECORDED" --title "hotservice under load (recorded elsewhere)" \
		-o "$SVG" -o "$FOLDED"
}

# The part of the samples, in percent, whose stacks hold a frame.
percent_of() {
	frame=$1 awk '
		{
			count = $NF
			sub(/ [0-9]+$/, "")
			whole += count
			if (index(";" $0 ";", ";" ENVIRON["frame"] ";"))
				part += count
		}
		END { printf "%.0f", whole ? 100 * part / whole : 0 }' "$FOLDED"
}

read_result() {
	local route percent sha256 fnv1a routes=''
	for route in route_hash route_compress route_lookup route_journal; do
		percent=$(percent_of "$route")
		[ "$percent" -eq 0 ] || routes+="${routes:+, }$route $percent %"
	done
	sha256=$(percent_of sha256_compress)
	fnv1a=$(percent_of fnv1a)
	cat <<EOT

Open $SVG in any browser; the same stacks as text are in $FOLDED.
  Width is CPU time, as parts of all samples: $routes.
  Start with sha256_compress, $sha256 %; fnv1a, $fnv1a %, runs in two places, one under a lock.
  Then try build/examples/hotservice --slow-hash: what gets wider? examples/README.md goes on.
EOT
}

mkdir -p "$FOLDER" || exit 1
if ! find_root; then
	say "capturing needs root, and there is no sudo to become it"
	recorded=yes
elif ! "${as_root[@]}" "$bolometer" doctor >"$log/doctor" 2>&1; then
	say "this machine cannot capture; bolometer doctor says:"
	sed 's/^/    /' "$log/doctor"
	recorded=yes
elif ! capture; then
	say "the capture failed; bolometer doctor says:"
	sed 's/^/    /' "$log/doctor"
	recorded=yes
else
	recorded=no
fi
if [ "$recorded" = yes ] && ! draw_recorded; then
	say "no graph could be drawn"
	exit 1
fi
read_result
