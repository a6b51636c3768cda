#!/usr/bin/env bash
# Bad input: one clear error that says what, where and what to do, exit status
# 2, and nothing lost: no file of the project or of its state is touched.
set -u
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

contents() { find . -type f ! -name '.spare' -exec cksum {} + | sort; }

# A deployed project, to be broken in one place.
fresh() {
    cd "$work" || exit 1
    rm -rf project
    mkdir project
    cd project || exit 1
    printf '#!/bin/bash\n# P - One\necho one >>ledger\n' >step-010-one.sh
    printf '#!/bin/bash\n# P - Two\necho two >>ledger\n' >step-020-two.sh
    chmod +x step-*.sh
    echo 'GREETING=hello' >.env
    "$STEPDECK" deploy --no-tui -q >/dev/null || exit 1
}

# refused NAME PATTERN HINT COMMAND...: exit 2, two lines, nothing touched.
refused() {
    local name=$1 pattern=$2 hint=$3 before status
    shift 3
    before=$(contents)
    "$@" >../out 2>../err
    status=$?
    if [ "$status" -ne 2 ]; then
        not_ok "$name" "exit status $status: $(cat ../err)"
    elif [ "$(grep -c '^stepdeck: ' ../err)" -ne 1 ] || [ "$(wc -l <../err)" -gt 2 ]; then
        not_ok "$name" "not one error: $(cat ../err)"
    elif ! grep -Eq -- "$pattern" ../err; then
        not_ok "$name" "the message is: $(cat ../err)"
    elif ! sed -n 2p ../err | grep -Eq -- "$hint"; then
        not_ok "$name" "the advice is: $(cat ../err)"
    elif [ "$(contents)" != "$before" ]; then
        not_ok "$name" "files were touched"
    else
        ok "$name"
    fi
}

# header NAME LINE PATTERN: the line as third of a step's header.
header() {
    fresh
    printf '#!/bin/bash\n# P - Three\n# %s\ntrue\n' "$2" >step-030-three.sh
    chmod +x step-030-three.sh
    refused "header: $1" "step-030-three.sh:3:([0-9]+:)? $3" . "$STEPDECK" deploy --no-tui
}

# env NAME TEXT PATTERN: the text as .env.
env_file() {
    fresh
    # shellcheck disable=SC2059 # the text is a format, for its escapes
    printf "$2" >.env
    refused "env file: $1" "\\.env:[0-9]+:[0-9]+: $3" . "$STEPDECK" plan
}

arguments() {
    local name=$1 pattern=$2 hint=$3
    shift 3
    refused "argument: $name" "$pattern" "$hint" "$STEPDECK" "$@"
}

begin

header "attempts that are no number" 'Attempts: many' .
header "no attempts" 'Attempts: 0' .
header "a delay without a unit we know" 'Delay: 10 parsecs' .
header "a negative timeout" 'Timeout: -5' .
header "critical or not" 'Critical: perhaps' .
header "a version that is none" 'Prerequisites: command bash >= abc' .
header "a variable that cannot be" 'Prerequisites: env 1X' .
header "an empty question" 'Confirm:' .

# shellcheck disable=SC2016 # nothing is to be expanded
{
env_file "a command to run" 'A=$(id)\n' .
env_file "backticks" 'A=`id`\n' .
}
env_file "blanks around the equals sign" 'A = 1\n' .
env_file "an open quote" 'A="x\n' .
env_file "an array" 'A=(1 2)\n' .
env_file "another command" 'A=1; rm -rf x\n' .
env_file "a key that cannot be" '1A=x\n' .
env_file "a NUL byte" 'A=x\000y\n' .
fresh
echo 'PORT=99999999' >.env
refused "env file: a port that is none" "\\.env:1: PORT: '99999999' is not a port" 'from 1 to 65535' "$STEPDECK" plan
fresh
refused "an environment that does not exist" "there is no environment 'prod'" 'create environments/prod.env' "$STEPDECK" plan --env prod
refused "an environment with a path in it" 'not a usable name' 'letters' "$STEPDECK" plan --env ../../etc

fresh
cp step-020-two.sh step-020-two.py
refused "two files of one step" "step-020-two.py.*step-020-two.sh|step-020-two.sh.*step-020-two.py" 'rename' "$STEPDECK" deploy
fresh
mv step-020-two.sh 'step-020-two words.sh'
refused "a blank in a step's name" 'blank or control character' 'rename' "$STEPDECK" deploy
fresh
printf 'echo hi\n' >step-030-bare.sh
chmod +x step-030-bare.sh
refused "no interpreter line" 'step-030-bare.sh:1: ' '#!/bin/bash' "$STEPDECK" deploy --no-tui
fresh
printf '#!/bin/bash\r\ntrue\r\n' >step-030-crlf.sh
chmod +x step-030-crlf.sh
refused "Windows line ends" 'step-030-crlf.sh:1: .*Windows' 'sed' "$STEPDECK" deploy --no-tui
fresh
printf '#!/bin/bash\n# P - A\n# Prerequisites: step-031-b\ntrue\n' >step-030-a.sh
printf '#!/bin/bash\n# P - B\n# Prerequisites: step-030-a\ntrue\n' >step-031-b.sh
chmod +x step-03*.sh
refused "prerequisites in a circle" 'step-030-a -> step-031-b -> step-030-a|step-031-b -> step-030-a -> step-031-b' 'remove' "$STEPDECK" deploy --no-tui

fresh
arguments "an unknown command" "unknown command 'deplyo'" "did you mean 'stepdeck deploy'" deplyo
arguments "an unknown option" "unknown option '--fresh-strat'" "did you mean '--fresh-start'" deploy --fresh-strat
arguments "an unknown letter" "unknown option '-Z'" 'lists the options' deploy -Z
arguments "an option of another command" "'--fresh-start' does not go with 'history'" "history --help" history --fresh-start
arguments "a value that is missing" "'--from' needs a value" . deploy --from
arguments "a value that is not wanted" "'--dry-run=yes' takes no value" . deploy --dry-run=yes
arguments "jobs that are no number" "'--jobs': 'x'" 'whole number' deploy --jobs x
arguments "a time that is none" "'--lock-wait': 'soon'" '90s, 20m, 1h' deploy --lock-wait soon
arguments "a step that does not exist" "there is no step '555'" . deploy --from 555
arguments "a step with a slip" "there is no step 'step-010-ome'" "did you mean 'step-010-one'" run step-010-ome
arguments "too many arguments" "'plan' takes no arguments" 'plan --help' plan 010
arguments "too few arguments" "'run' takes STEP" 'run --help' run
arguments "a folder that does not exist" "cannot enter '/nonexistent'" 'folder that exists' plan -C /nonexistent
arguments "an events file that cannot be" "cannot write '/nonexistent/x'" '--events' deploy --events /nonexistent/x
arguments "an option of a cloud target" "'--tail' needs a cloud target" 'leave it out' deploy --tail
DEPLOY_TARGET=moon refused "a target that is unknown" "'moon' is no deployment target" 'none' "$STEPDECK" plan

# A state that was damaged is shown as far as it can be read, and nothing that
# it says is lost.
fresh
printf 'compl' >.deployment-state/step-020-two.status
"$STEPDECK" plan >../out 2>&1
check_status "a torn status is no end" 0 $? ../out
check "a torn status counts as pending" grep -q 'run .*step-020-two .*has not run yet' ../out
check "a torn status is named" grep -q "step-020-two.status' holds 'compl'" ../out
fresh
printf '{"fingerprint": {' >.deployment-state/step-020-two.json
"$STEPDECK" plan >../out 2>&1
check_status "a torn record is no end" 0 $? ../out
check "a torn record leaves the step completed" grep -q 'skip .*step-020-two .*already completed' ../out
check "a torn record is named" grep -q 'step-020-two.json' ../out
fresh
printf '2026-11-21T17:00' >>.deployment-state/checkpoints.log
"$STEPDECK" deploy --no-tui -q >../out 2>&1
check_status "a torn line in the checkpoints is no end" 0 $? ../out
fresh
for journal in .deployment-state/runs/*/events.ndjson; do
    printf '{"v":1,"seq":99,"ty' >>"$journal"
done
"$STEPDECK" history last >../out 2>&1
check_status "a torn journal is shown" 0 $? ../out
check "a torn journal is shown as far as it goes" grep -q 'step-020-two' ../out
fresh
for journal in .deployment-state/runs/*/events.ndjson; do
    head -c 3000 /dev/urandom >"$journal"
done
"$STEPDECK" history >../out 2>&1
check_status "a journal of noise is no end" 0 $? ../out
fresh
rm -rf .deployment-state && echo 'not a folder' >.deployment-state
"$STEPDECK" deploy --no-tui -q >../out 2>&1
check_status "a state that is no folder does not stop the deployment" 0 $? ../out
check "a state that is no folder is warned of" grep -q 'deployment-state' ../out
check "what lay in the way is untouched" grep -q 'not a folder' .deployment-state
fresh
rm -rf .deployment-state && mkdir ../elsewhere && ln -s ../elsewhere .deployment-state
"$STEPDECK" deploy --no-tui -q >../out 2>&1
check_status "a planted link does not stop the deployment" 0 $? ../out
check "a planted link is not followed" [ -z "$(ls -A ../elsewhere)" ]

finish
