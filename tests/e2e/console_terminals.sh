#!/usr/bin/env bash
# Terminals of all kinds, and none: which of them get the console, what is
# drawn there, and what is said where there is no screen.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/screen.sh"

begin
mkdir project
cd project || exit 1
add_step step-010-one <<<'printf "\\033[31mred\\033[0m words, \\303\\244rger\\n"'
add_step step-020-two <<<'echo two'
check_status "a run to look at" 0 "$(deploy output; echo $?)" output
open_screen 100 30

# As the terminal got it, with its colours and attributes.
coloured() { terminal capture-pane -e -p -t test; }
has_colours() { coloured | grep -qE $'\e\\[([0-9;]*;)?([349][0-7]|38|48)[;m]'; }
has_bold() { coloured | grep -qE $'\e\\[([0-9;]*;)?1m'; }
no_colours() { ! has_colours; }
is_ascii() { ! screen | LC_ALL=C grep -q '[^ -~]'; }

# opens NAME ENVIRONMENT... -- CHECK...: the console with that environment.
opens() {
    local name=$1 settings=() test
    shift
    while [ "$1" != -- ]; do
        settings+=("$1")
        shift
    done
    shift
    enter "${settings[*]} stepdeck \$more; echo \"status \$?;\""
    sees "$name: the console" 'Steps 2/2'
    keys Tab
    for test in "$@"; do
        becomes "$name: $test" "$test"
    done
    keys q
    left_with "$name" 0
}

opens "256 colours" TERM=tmux-256color -- has_colours has_bold
opens "true colour" COLORTERM=truecolor -- has_colours
opens "NO_COLOR" NO_COLOR=1 -- no_colours has_bold
opens "linux" TERM=linux -- has_colours
opens "vt100" TERM=vt100 -- no_colours
opens "xterm-mono" TERM=xterm-mono -- no_colours
opens "C locale" LC_ALL=C -- is_ascii
enter 'more=--ascii; clear'
opens "--ascii" LC_ALL=C.UTF-8 -- is_ascii has_colours
enter 'more="--color never"; clear'
opens "--color never" TERM=xterm -- no_colours
enter 'more="--theme monochrome"; clear'
opens "monochrome" TERM=xterm -- has_bold
enter 'more=; clear'

# ---- no screen --------------------------------------------------------------

# plain NAME REASON COMMAND: lines on the ordinary screen, with the reason.
plain() {
    rm -rf .deployment-state
    enter "clear; $3; echo \"$1: status \$?;\""
    sees "$1: it runs to its end" "$1: status 0;"
    check "$1: with the reason" on_screen "$2"
    check "$1: which takes one line" [ "$(screen | grep -c -F "$2")" -eq 1 ]
    check "$1: in plain lines" on_screen 'step-020-two'
    check "$1: nothing asked" off_screen 'Run 2 steps'
    check "$1: all done" all_completed 2
}

plain "CI" 'CI is set' 'CI=1 stepdeck deploy -y'
plain "STEPDECK_NO_TUI" 'STEPDECK_NO_TUI is set' \
    'STEPDECK_NO_TUI=1 stepdeck deploy -y'
plain "dumb" 'TERM names no screen' 'TERM=dumb stepdeck deploy -y'
plain "no TERM" 'TERM names no screen' 'TERM= stepdeck deploy -y'
plain "an unknown TERM" "cannot drive the terminal 'no-such-terminal'" \
    'TERM=no-such-terminal stepdeck deploy -y'
plain "a pipe" 'this is no terminal' 'stepdeck deploy -y | cat'
plain "no input" 'this is no terminal' 'stepdeck deploy -y </dev/null'

rm -rf .deployment-state
enter 'clear; stepdeck deploy -y >file; echo "a file: status $?;"'
sees "a file: it runs to its end" 'a file: status 0;'
check "a file: no escape sequence in it" eval "! grep -q \$'\\e\\[?' file"
check "a file: all done" all_completed 2
finish
