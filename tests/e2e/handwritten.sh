#!/usr/bin/env bash
# A project written by hand from the framework document: bash and stepdeck take
# turns on the same state, and neither does again what the other has done.
set -u
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
project=$(cd "$(dirname "$0")/handwritten" && pwd)
everything='network storage service traffic'

ledger() { tr '\n' ' ' <ledger.txt | sed 's/ $//'; }
all_completed() { [ "$(cat .deployment-state/step-*.status | sort -u)" = completed ]; }
fresh() { mkdir "$1" && cp "$project"/*.sh "$1"/ && cd "$1" || exit 1; }

begin

fresh first-bash
BREAK_AT=030 bash deploy-all.sh >out.txt 2>&1
check_status "bash stops at the step that breaks" 1 $? out.txt
"$STEPDECK" plan >plan.txt
check "the plan skips what bash has completed" grep -q 'skip .*step-020-storage .*already completed' plan.txt
check "the plan runs what failed under bash" grep -q 'run .*step-030-service .*failed last time' plan.txt
"$STEPDECK" deploy --no-tui >out.txt 2>&1
check_status "stepdeck finishes what bash began" 0 $? out.txt
check "nothing was done twice" [ "$(ledger)" = "$everything" ]
check "every step is completed" all_completed

cd "$work" && fresh first-stepdeck
BREAK_AT=030 "$STEPDECK" deploy --no-tui >out.txt 2>&1
check_status "stepdeck stops at the step that breaks" 3 $? out.txt
bash deploy-all.sh >out.txt 2>&1
check_status "bash finishes what stepdeck began" 0 $? out.txt
check "bash skips what stepdeck has completed" grep -q 'step-020-storage is completed already' out.txt
check "nothing was done twice either" [ "$(ledger)" = "$everything" ]
check "every step is completed as well" all_completed
"$STEPDECK" deploy --no-tui >out.txt 2>&1
check_status "stepdeck believes what bash has completed" 0 $? out.txt
check "and does none of it again" [ "$(ledger)" = "$everything" ]

# A step that stepdeck completed is changed and run by hand: the record that
# stepdeck kept no longer describes it.
second_has_passed() { [ "$(date +%s)" != "$second" ]; }
cd "$work" && fresh by-hand
"$STEPDECK" deploy --no-tui >out.txt 2>&1
echo '# changed' >>step-020-storage.sh
"$STEPDECK" plan >plan.txt
check "a changed step is stale" grep -q 'run .*step-020-storage .*the script changed' plan.txt
second=$(date +%s)
wait_for second_has_passed
bash ./step-020-storage.sh >/dev/null 2>&1
"$STEPDECK" plan >plan.txt
check "completed by hand it counts as completed" grep -q 'skip .*step-020-storage .*already completed' plan.txt

finish
