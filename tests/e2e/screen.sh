# shellcheck shell=bash
# shellcheck disable=SC2154 # work, failed: of lib.sh
# Shared by the tests of the console: the real program in a terminal of its
# own (a private tmux server), keys in, screens out. Needs lib.sh.
#
#     begin
#     open_screen 100 30          a shell in the current folder, in a terminal
#     enter stepdeck deploy       types a line and Enter
#     sees "the plan" 'Run 3 steps?'
#     keys y Tab                  as tmux names them
#     on_screen TEXT / row_with TEXT / screen
#     close_screen                also done at the end
#
# Nothing here sleeps to decide: sees looks at the screen until a deadline.

socket=console

before_clean_up() {
    local folder
    cd "$work" || return
    close_screen
    # Whatever a test has left running finds its file "go" and ends.
    for folder in "$work"/*/; do
        : >"$folder/go"
    done
    wait_for no_strays || printf 'a stepdeck of this test is still running\n'
}

# Only processes that work in our folder are ours.
no_strays() {
    local directory
    for directory in /proc/[0-9]*/cwd; do
        case $(readlink "$directory" 2>/dev/null) in
        "$work"/*) return 1 ;;
        esac
    done
    return 0
}

terminal() { tmux -L "$socket" -f "$work/tmux.conf" "$@"; }

# What every terminal of a test has in common; nothing of the caller's.
prepare_screens() {
    command -v tmux >/dev/null || skip_all "no tmux"
    unset TMUX TMUX_PANE COLORTERM TERM_PROGRAM PAGER EDITOR VISUAL
    mkdir -p "$work/tmux" "$work/config/stepdeck" "$work/bin"
    ln -sf "$STEPDECK" "$work/bin/stepdeck"
    cat >"$work/tmux.conf" <<'TMUX'
set -g default-terminal tmux-256color
set -g remain-on-exit on
set -g set-clipboard on
set -g status off
TMUX
    # Esc directly before another key would be Alt with that key.
    printf '[keys]\nback = Esc F8\n' >"$work/config/stepdeck/config.ini"
    # The shell must not switch bracketed paste on by itself.
    printf 'set enable-bracketed-paste off\n' >"$work/inputrc"
    export TMUX_TMPDIR=$work/tmux XDG_CONFIG_HOME=$work/config LC_ALL=C.UTF-8 \
        INPUTRC=$work/inputrc PATH=$work/bin:$PATH HISTFILE='' \
        TERM=xterm-256color
    # terminfo forgets what it has begun when it does not know the terminal.
    printf 'leak:libtinfo\n' >"$work/leaks"
    export LSAN_OPTIONS="suppressions=$work/leaks:print_suppressions=0"
}

# open_screen COLUMNS ROWS [COMMAND]: in place of the one there was.
open_screen() {
    if [ -d "$work/tmux" ]; then
        close_screen
    else
        prepare_screens
    fi
    terminal new-session -d -s test -x "$1" -y "$2" -c "$PWD" \
        "${3:-exec env PS1='ready> ' bash --norc --noprofile -i}" 2>"$work/tmux.err" ||
        skip_all "tmux opens no terminal: $(cat "$work/tmux.err")"
    [ -n "${3:-}" ] || wait_for on_screen 'ready>'
}

close_screen() {
    terminal kill-server 2>/dev/null
    wait_for no_terminal
}

no_terminal() { ! terminal has-session 2>/dev/null; }

# ---- in ---------------------------------------------------------------------

keys() { terminal send-keys -t test "$@"; }
# One level back, whatever is typed next.
back() { keys F8; }
type_text() { terminal send-keys -t test -l -- "$1"; }
enter() {
    type_text "$*"
    keys Enter
}
# answer NAME KEY COMMAND...: a question that comes by itself takes no keys at
# first, so the key is pressed until the command succeeds.
answer() {
    local name=$1 key=$2
    shift 2
    becomes "$name" pressing "$key" "$@"
}

pressing() {
    local key=$1
    shift
    "$@" && return
    keys "$key"
    soon "$@"
}

# soon COMMAND...: whether it succeeds within half a second.
soon() {
    local left=25
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        sleep 0.02
    done
}

resize() { terminal resize-window -t test -x "$1" -y "$2"; }
# paste FILE: bracketed, when the program asked for that.
paste_file() {
    terminal load-buffer -b pasted "$1" \; paste-buffer -p -r -b pasted -t test
}

# ---- out --------------------------------------------------------------------

screen() { terminal capture-pane -p -t test; }
# The screen and what has scrolled off it.
all_lines() { terminal capture-pane -p -S - -t test; }
on_screen() { screen | grep -q -F -e "$1"; }
off_screen() { ! on_screen "$1"; }
row_with() { screen | grep -F -e "$1"; }
# row_says TEXT MORE: a row holds both.
row_says() { row_with "$1" | grep -q -F -e "$2"; }
row_matches() { row_with "$1" | grep -q -E -e "$2"; }
# of_terminal FORMAT: what tmux knows about it: alternate_on, cursor_flag ...
of_terminal() { terminal display-message -p -t test "#{$1}"; }
terminal_is() { [ "$(of_terminal "$1")" = "$2" ]; }

# What the screen says when a check fails: the first few times, for what comes
# behind has mostly the same cause.
show_screen() {
    [ "$failed" -gt 3 ] || screen | sed 's/ *$//; s/^/    |/'
}

# sees NAME TEXT: the text comes on the screen.
sees() {
    if wait_for on_screen "$2"; then
        ok "$1"
    else
        not_ok "$1" "the screen does not say '$2'"
        show_screen
    fi
}

# loses NAME TEXT: the text goes.
loses() {
    if wait_for off_screen "$2"; then
        ok "$1"
    else
        not_ok "$1" "the screen still says '$2'"
        show_screen
    fi
}

# becomes NAME COMMAND...: succeeds in the end; the screen is shown if not.
becomes() {
    local name=$1
    shift
    if wait_for "$@"; then
        ok "$name"
    else
        not_ok "$name" "failed: $*"
        show_screen
    fi
}

# left_with NAME STATUS: the console was left, and the terminal is as it was. If
# not, the next scene gets a new one.
left_with() {
    sees "$1: the prompt is back, with status $2" "status $2;"
    if off_screen "status $2;"; then
        open_screen 100 30
        return
    fi
    wait_for terminal_is alternate_on 0
    # shellcheck disable=SC2016 # for the shell in the terminal
    enter 'stty -a >"$TMUX_TMPDIR/stty" 2>&1; echo "st"ty-is-told'
    sees "$1: what is typed is seen" 'st"ty-is'
    wait_for on_screen stty-is-told
    check "$1: the terminal is as it was" terminal_is_restored
    enter clear
    wait_for off_screen 'stty-is'
}

terminal_is_restored() {
    local word all fine=true
    for word in alternate_on=0 cursor_flag=1 keypad_flag=0 keypad_cursor_flag=0 \
        mouse_any_flag=0 wrap_flag=1 insert_flag=0; do
        terminal_is "${word%=*}" "${word#*=}" || {
            complain "$word is not so"
            fine=false
        }
    done
    all=" $(tr -s '; \n' ' ' <"$work/tmux/stty") "
    for word in echo icanon isig icrnl onlcr opost; do
        case $all in
        *" $word "*) ;;
        *)
            complain "stty: no $word"
            fine=false
            ;;
        esac
    done
    $fine
}

# console ARGUMENTS...: stepdeck in the terminal; its status is told.
# shellcheck disable=SC2120 # often none
console() { enter "stepdeck $*; echo \"status \$?;\""; }
