#!/usr/bin/env bash
# The commands that write a project, init and new, and lint over what they
# wrote.
. "$(dirname "$0")/lib.sh"
begin
umask 022

mode_of() { find "$1" -maxdepth 0 -printf '%m\n' 2>/dev/null || stat -f %Lp "$1"; }
has_mode() { [ "$(mode_of "$1")" = "$2" ]; }
same() { cmp -s "$1" "$2"; }

# run EXPECTED NAME ARGUMENTS...: output to out.txt
run() {
    local expected=$1 name=$2 status=0
    shift 2
    "$STEPDECK" "$@" >"$work/out.txt" 2>&1 </dev/null || status=$?
    check_status "$name" "$expected" "$status" "$work/out.txt"
}

# ---- init -------------------------------------------------------------------

run 0 "init creates the folder and its parents" init deep/acme
check "init lists what it wrote" says 'written .*deep/acme/deploy-all.sh' out.txt
check "init says what to do next" says 'cd deep/acme' out.txt
cd deep/acme || exit 1
for file in step-000-interactive-setup step-001-preflight-check \
    step-010-first-deployment-step step-020-second-deployment-step \
    step-050-validation-testing step-998-pre-destroy-cleanup \
    step-999-destroy-everything deploy-all deployment-status error-handling \
    step-navigation; do
    check "init writes $file.sh, executable" has_mode "$file.sh" 755
done
check "init writes .gitignore, not executable" has_mode .gitignore 644
check "init keeps the template of new to itself" absent step-template.sh
check "init writes no file under its name in our sources" absent gitignore

run 0 "lint finds no fault in what init wrote" lint
check "lint says so in one sentence" says '^Nothing to mend' "$work/out.txt"
run 0 "what init wrote can be planned" plan
run 0 "what init wrote can be deployed" deploy --no-tui --auto-approve

run 0 "init once more succeeds" init
check "init once more writes nothing" says '^0 written' "$work/out.txt"

cd "$work" || exit 1
mkdir theirs
echo mine >theirs/deploy-all.sh
ln -s "$work/elsewhere" theirs/deploy.sh
printf 'node_modules/\n' >theirs/.gitignore
cp theirs/deploy-all.sh before
run 0 "init goes into a folder that has files" init theirs
check "init keeps a file that exists" same before theirs/deploy-all.sh
check "init follows no link" absent elsewhere
check "init tells what the .gitignore lacks" says '^ *\.env$' out.txt
check "init lists what it kept" says '^kept .*theirs/deploy-all.sh' out.txt

echo x >file
run 1 "init cannot make a folder of a file" init file
# A disk that takes no file over 8 KiB: the error names the file, and no half
# of it stays behind to be kept the next time.
(
    trap '' XFSZ
    ulimit -f 8
    "$STEPDECK" init full >/dev/null 2>full.txt </dev/null
    echo $? >full.status
)
check "init ends in 1 when the disk takes no more" says '^1$' full.status
check "init names the file it could not write" says "'README.md'" full.txt
check "init leaves no half-written file" absent full/README.md
run 0 "init goes on once there is room" init full
check "init writes what was missing" exists full/README.md

# ---- new --------------------------------------------------------------------

mkdir project
cd project || exit 1
run 0 "new writes a step" new 7 "Load the 'Data'!"
check "new makes a slug of the name" has_mode step-007-load-the-data.sh 755
check "new says how to run it" says 'stepdeck run step-007-load-the-data' \
    "$work/out.txt"
check "new misses the library" says 'error-handling.sh' "$work/out.txt"
check "new fills in the title" says 'Step 7: Load the data' \
    step-007-load-the-data.sh
if grep -q '@[A-Z]*@' step-007-load-the-data.sh; then
    not_ok "new leaves no placeholder" "$(grep '@[A-Z]*@' step-007-*.sh)"
else
    ok "new leaves no placeholder"
fi
run 0 "lint finds no fault in a new step" lint
run 2 "new refuses a file that exists" new 007 load-the-data
touch step-008-x.py
chmod +x step-008-x.py
run 2 "new refuses an id that another file has" new 8 x.sh
run 0 "new takes a number that is taken" new 008 other
check "new mentions that the number is taken" says 'step-008-x.py' \
    "$work/out.txt"
for number in 1000 -1 x 1x ''; do
    run 2 "new refuses the number '$number'" new -- "$number" name
done
for name in '' '!!!' '../..' "$(printf '%0200d' 0)"; do
    run 2 "new refuses the name '${name:0:20}'" new 9 "$name"
done
run 2 "new wants two arguments" new 9

# ---- lint -------------------------------------------------------------------

cat >step-020-bad.sh <<'STEP'
#!/bin/bash
# Test - A bad step
# Prerequisites: step-099-nowhere
DEPLOYMENT_STATE_DIR=".deployment-state"
trap 'echo oops' ERR
cd terraform
if true; then
STEP
chmod +x step-020-bad.sh
run 2 "lint ends in 2 with errors" lint
for place in '3: error: .*step-099-nowhere' '4: error: .*relative' \
    '5: error: .*ERR trap' '6: warning: .*cd' '[78]: error: syntax'; do
    check "lint tells '$place'" says "^step-020-bad.sh:$place" "$work/out.txt"
done
run 0 "lint ends in 0 without errors in the files asked for" lint \
    step-008-other.sh
run 2 "lint refuses a file that is not there" lint nowhere.sh
"$STEPDECK" lint --json >lint.json
check "lint --json is a list" says '^\[' lint.json
check "lint --json names the rules" says '"rule": "err-trap"' lint.json

finish
