#!/usr/bin/env bash
# The completions: what the generated bash script offers, and whether the
# shells that are installed understand theirs. The manual page, which comes
# from the same tables, as well.
#
# shellcheck disable=SC2016 # the expressions are for other shells, or names
. "$(dirname "$0")/lib.sh"
begin

mkdir -p other environments .deployment-state/runs/20260101T000000Z-aaaa
touch step-010-network.sh step-020-build.sh step-020-build.sh.bak \
    'step-030-$(touch evil).sh' other/step-040-elsewhere.sh environments/prod.env
"$STEPDECK" completion bash >bash.sh

# offers NAME EXPECTED WORD...: the words offered for the last WORD, sorted.
offers() {
    local name=$1 expected=$2 found
    shift 2
    found=$(
        "${BASH:-bash}" --norc -c '
            . ./bash.sh
            COMP_WORDS=(stepdeck "$@")
            COMP_CWORD=$#
            _stepdeck
            printf "%s\n" ${COMPREPLY[@]+"${COMPREPLY[@]}"}' bash "$@" |
            sort | tr '\n' ' '
    )
    found=${found# }
    if [ "${found% }" = "$expected" ]; then
        ok "$name"
    else
        not_ok "$name" "offered '$found', not '$expected'"
    fi
}

offers "commands" "deploy destroy" de
offers "commands behind options" "plan" -v -C other pl
offers "options of a command" "--format" report --fo
offers "options of deploy without a command" "--force-latest --force-restart" \
    --force
offers "options of every command" "--version" status --vers
offers "no options of other commands" "" version --fo
offers "fixed words" "always auto" --color a
offers "fixed words behind =" "always auto never" status --color =
offers "fixed words behind = in part" "never" status --color = n
offers "formats" "html" report --format h
offers "steps as arguments" "step-010-network step-020-build" run s
offers "each argument of several" "step-020-build" run step-010-network step-02
offers "steps as values" "step-010-network" deploy --from step-01
offers "steps of another folder" "step-040-elsewhere" -C other run step-
offers "environments" "prod" deploy --env p
offers "runs" "20260101T000000Z-aaaa" history 2
offers "shells" "zsh" completion z
offers "a value is no command" "status" --env deploy stat
offers "no words for a number" "" deploy --jobs ""
check "no file name is executed" absent evil

"$STEPDECK" completion zsh >_stepdeck
"$STEPDECK" completion fish >fish.fish
"$STEPDECK" help man >stepdeck.1
check "bash understands its script" bash -n bash.sh
if command -v shellcheck >/dev/null; then
    check "shellcheck finds no fault" shellcheck -s bash bash.sh
fi
if command -v zsh >/dev/null; then
    check "zsh understands its script" zsh -n _stepdeck
    check "zsh loads its script" zsh -fc \
        'autoload -U compinit && compinit -D -u && . ./_stepdeck &&
            [[ $_comps[stepdeck] == _stepdeck ]]'
fi
if command -v fish >/dev/null; then
    check "fish understands its script" fish -n fish.fish
    fish -c 'source fish.fish; complete -C "stepdeck run step-0"' \
        2>/dev/null >fish.txt
    check "fish offers steps" says '^step-010-network' fish.txt
    fish -c 'source fish.fish; complete -C "stepdeck report --format h"' \
        2>/dev/null >fish.txt
    check "fish offers fixed words" says '^html' fish.txt
fi
status=0
"$STEPDECK" completion tcsh >out.txt 2>&1 || status=$?
check_status "another shell is refused" 2 "$status" out.txt

check "the manual names every command" says '^\\fBcheckpoints' stepdeck.1
if command -v groff >/dev/null; then
    groff -man -Tutf8 -ww stepdeck.1 2>groff.txt >/dev/null
    check "the manual is clean roff" test ! -s groff.txt
fi

finish
